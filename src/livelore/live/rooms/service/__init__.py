"""What can be done with rooms: keep them, go live, be let in, be found."""

from livelore.live.rooms.service.classes import Classes
from livelore.live.rooms.service.cutting import Cutting
from livelore.live.rooms.service.home import Card, Home, HomeFeed
from livelore.live.rooms.service.playback import Playback, PlaybackUrls, Visitor
from livelore.live.rooms.service.rooms import RoomsService, RoomView
from livelore.live.rooms.service.sessions import RoomTerms

__all__ = [
    "Card",
    "Classes",
    "Cutting",
    "Home",
    "HomeFeed",
    "Playback",
    "PlaybackUrls",
    "RoomTerms",
    "RoomView",
    "RoomsService",
    "Visitor",
]

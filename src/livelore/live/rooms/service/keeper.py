"""Rooms, their stream keys and their moderators."""

from dataclasses import replace

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.ids import new_id, new_secret
from livelore.live.rooms import store
from livelore.live.rooms.errors import RoomNotFound, TooManyRooms
from livelore.live.rooms.model import (
    ROOMS_MAX,
    Room,
    check_title,
)
from livelore.ports.clock import Clock, now_ms
from livelore.trust.identity.model import token_hash
from livelore.web.caller import Caller


class RoomKeeper:
    """Rooms as they are kept.

    Args:
        database: Where they are.
        clock: For ids and times.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add_room(
        self, host_id: str, title: str, title_en: str = "", cover: str = "board"
    ) -> Room:
        """Open a room for a host.

        Raises:
            RoomFieldInvalid: The title is empty or too long.
            TooManyRooms: The host has 20 already.
        """
        room = Room(
            new_id(now_ms(self._clock)),
            host_id,
            check_title(title),
            check_title(title_en, "title_en", may_be_empty=True),
            check_title(cover, "cover", may_be_empty=True)[:32],
            self._clock.now(),
        )

        def work(connection: Connection) -> Room:
            if len(store.rooms_of_host(connection, host_id)) >= ROOMS_MAX:
                raise TooManyRooms(rooms_max=ROOMS_MAX)
            store.add_room(connection, room)
            return room

        return await self._database.write(work)

    async def rename_room(self, host_id: str, room_id: str, title: str, title_en: str) -> Room:
        """Change the titles of one's own room.

        Raises:
            RoomNotFound: There is none, or it is another host's.
            RoomFieldInvalid: A title is empty or too long.
        """
        title = check_title(title)
        title_en = check_title(title_en, "title_en", may_be_empty=True)

        def work(connection: Connection) -> Room:
            room = own(connection, host_id, room_id)
            room = replace(room, title=title, title_en=title_en)
            store.update_room(connection, room)
            return room

        return await self._database.write(work)

    async def rooms_of_host(self, host_id: str) -> list[Room]:
        """A host's rooms, oldest first."""
        return await self._database.read(lambda c: store.rooms_of_host(c, host_id))

    async def room(self, room_id: str) -> Room:
        """A room.

        Raises:
            RoomNotFound: There is none.
        """
        return await self._database.read(lambda c: existing(c, room_id))

    async def renew_stream_key(self, host_id: str, room_id: str) -> str:
        """A new stream key for one's own room, shown this once; the old one is dead.

        Raises:
            RoomNotFound: There is none, or it is another host's.
        """
        key = new_secret(24)
        at = self._clock.now()

        def work(connection: Connection) -> None:
            own(connection, host_id, room_id)
            store.set_stream_key(connection, room_id, token_hash(key), at)

        await self._database.write(work)
        return key

    async def owns_key(self, room_id: str, stream_key: str) -> bool:
        """Whether a stream key is the one of this room."""
        hashed = token_hash(stream_key)
        return await self._database.read(lambda c: store.room_of_key(c, hashed)) == room_id

    async def set_moderator(
        self, host_id: str, room_id: str, user_id: str, *, is_appointed: bool
    ) -> None:
        """Appoint or dismiss a moderator of one's own room.

        Raises:
            RoomNotFound: There is none, or it is another host's.
        """

        def work(connection: Connection) -> None:
            own(connection, host_id, room_id)
            store.set_moderator(connection, room_id, user_id, is_appointed=is_appointed)

        await self._database.write(work)

    async def may_manage(self, caller: Caller, room_id: str) -> Room:
        """A room of which the caller is host, moderator or the site's operator.

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: Any other case; a stranger learns nothing.
        """
        user_id = caller.require_user()

        def work(connection: Connection) -> Room:
            room = existing(connection, room_id)
            is_allowed = (
                caller.role == "operator"
                or room.host_id == user_id
                or store.is_moderator(connection, room_id, user_id)
            )
            if not is_allowed:
                raise RoomNotFound(room_id=room_id[:32])
            return room

        return await self._database.read(work)

    async def cut_off_rooms(self) -> list[Room]:
        """Rooms that an operator keeps off air, the newest first."""
        return await self._database.read(store.rooms_cut_off)

    async def rooms_by_id(self, ids: list[str]) -> dict[str, Room]:
        """Those of these rooms that exist."""
        return await self._database.read(lambda c: store.rooms_by_id(c, ids))


def existing(connection: Connection, room_id: str) -> Room:
    """A room, inside a transaction; absent ones are refused."""
    room = store.room_by_id(connection, room_id)
    if room is None:
        raise RoomNotFound(room_id=room_id[:32])
    return room


def own(connection: Connection, host_id: str, room_id: str) -> Room:
    """A host's own room; another host's looks like none."""
    room = existing(connection, room_id)
    if room.host_id != host_id:
        raise RoomNotFound(room_id=room_id[:32])
    return room

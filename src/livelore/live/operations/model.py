"""What an operator sees of a room, and which room they should look at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from livelore.live.rooms.model import LiveSession, Room
from livelore.live.streams.model import StreamState


@dataclass(frozen=True, slots=True)
class RoomOnAir:
    """A room with its live session, viewers and stream."""

    room: Room
    session: LiveSession
    host_name: str
    cover: str
    n_viewers: int
    stream: StreamState | None

    @property
    def is_in_trouble(self) -> bool:
        """Whether the picture is gone, or something of it should be mended."""
        if self.session.state == "interrupted" or self.stream is None:
            return True
        return self.stream.health.problem_code is not None


def by_risk(rooms: Sequence[RoomOnAir]) -> list[RoomOnAir]:
    """Rooms in trouble first, then by viewers, then by start."""
    return sorted(rooms, key=lambda each: (not each.is_in_trouble, -each.n_viewers, each.room.id))

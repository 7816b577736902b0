"""An operator keeps a room off air, and lets it go on again."""

from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.live.rooms import store
from livelore.live.rooms.errors import RoomNotFound
from livelore.live.rooms.model import LiveSession, Room
from livelore.live.rooms.service.rooms import RoomsService
from livelore.ports.clock import Clock
from livelore.trust.audit.model import check_reason
from livelore.trust.audit.service import AuditService, NewEntry


class Cutting:
    """Cut-offs: the session ends, the key is dead, the act is written down, all or nothing.

    Args:
        database: Where all of it is kept.
        clock: Since when.
        rooms: Ends the session.
    """

    def __init__(self, database: Database, clock: Clock, rooms: RoomsService) -> None:
        self._database = database
        self._clock = clock
        self._rooms = rooms
        self._audit = AuditService(database, clock)

    async def cut_off(self, operator_id: str, room_id: str, reason: str) -> LiveSession | None:
        """Take a room off air until it is allowed again; a second time changes nothing.

        Returns:
            The live session that this ended, None when there was none.

        Raises:
            RoomNotFound: There is no such room.
            ReasonInvalid: No reason, or one over 200 characters.
        """
        why = check_reason(reason)
        at = self._clock.now()

        def work(connection: Connection) -> LiveSession | None:
            room = _existing(connection, room_id)
            if room.cut_off_at is None:
                store.set_cut_off(connection, room_id, at, why)
                self._record(connection, operator_id, room, "room.cut_off", why)
            return self._rooms.end_in(connection, room)

        return await self._database.write(work)

    async def allow(self, operator_id: str, room_id: str) -> None:
        """Let a room go on air again, with the key it has.

        Raises:
            RoomNotFound: There is no such room.
        """

        def work(connection: Connection) -> None:
            room = _existing(connection, room_id)
            if room.cut_off_at is not None:
                store.set_cut_off(connection, room_id, None, "")
                self._record(connection, operator_id, room, "room.allowed")

        await self._database.write(work)

    def _record(
        self, connection: Connection, operator_id: str, room: Room, act: str, reason: str = ""
    ) -> None:
        entry = NewEntry(operator_id, act, "room", room.id, room.title, reason)
        self._audit.record_in(connection, entry)


def _existing(connection: Connection, room_id: str) -> Room:
    room = store.room_by_id(connection, room_id)
    if room is None:
        raise RoomNotFound(room_id=room_id[:32])
    return room

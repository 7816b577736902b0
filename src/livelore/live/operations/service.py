"""The site at a glance, and the acts of those who run it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from livelore.knowledge.catalog.service import CatalogService
from livelore.knowledge.ledger.service import BooksCheck, LedgerService, TrialLine
from livelore.knowledge.orders.service import OrdersService, Today
from livelore.live.chat.service import ChatService
from livelore.live.operations.model import RoomOnAir, by_risk
from livelore.live.rooms.model import Room
from livelore.live.rooms.service import Cutting, RoomsService
from livelore.live.streams.service import StreamsService
from livelore.ports.clock import Clock
from livelore.trust.audit.service import AuditService, Chain, Entry, NewEntry
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller

CUT_OFF_CODE = "room.cut_off"
"""Code of the notice by which a room is told."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Who knows what the desk shows."""

    rooms: RoomsService
    cutting: Cutting
    streams: StreamsService
    chat: ChatService
    catalog: CatalogService
    orders: OrdersService
    ledger: LedgerService
    identity: IdentityService
    audit: AuditService


@dataclass(frozen=True, slots=True)
class Overview:
    """Five figures, and what stands behind them."""

    at: datetime
    n_rooms: int
    n_viewers: int
    today: Today
    books: BooksCheck | None


@dataclass(frozen=True, slots=True)
class Books:
    """The trial balance as it is now, and the last check of everything."""

    at: datetime
    lines: list[TrialLine]
    last_check: BooksCheck | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Acts with the names of who did them, and whether any was altered."""

    entries: list[Entry]
    names: dict[str, str]
    has_more: bool
    chain: Chain


class OperationsService:
    """The operator's desk; every method asks for the role.

    Args:
        clock: For today.
        sources: Who knows what is shown.
        time_zone: Of today.
    """

    def __init__(self, clock: Clock, sources: Sources, time_zone: str) -> None:
        self._clock = clock
        self._from = sources
        self._zone = ZoneInfo(time_zone)

    async def overview(self, caller: Caller) -> Overview:
        """The five figures."""
        caller.require_role("operator")
        now = self._clock.now()
        sessions = await self._from.rooms.open_sessions()
        midnight = now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return Overview(
            now,
            len(sessions),
            sum(self._from.chat.n_viewers(each.room_id) for each in sessions),
            await self._from.orders.today(midnight),
            await self._from.ledger.last_check(),
        )

    async def rooms(self, caller: Caller) -> tuple[list[RoomOnAir], list[Room]]:
        """Rooms on air, those in trouble first; and rooms that are kept off air."""
        caller.require_role("operator")
        sessions = await self._from.rooms.open_sessions()
        rooms = await self._from.rooms.rooms_by_id([each.room_id for each in sessions])
        hosts = await self._from.identity.users([room.host_id for room in rooms.values()])
        lessons = await self._from.catalog.lessons([each.lesson_id or "" for each in sessions])
        found: list[RoomOnAir] = []
        for session in sessions:
            room, lesson = rooms[session.room_id], lessons.get(session.lesson_id or "")
            found.append(
                RoomOnAir(
                    room,
                    session,
                    hosts[room.host_id].display_name,
                    (lesson.cover if lesson else "") or room.cover,
                    self._from.chat.n_viewers(room.id),
                    self._from.streams.state(room.id),
                )
            )
        return by_risk(found), await self._from.rooms.cut_off_rooms()

    async def cut_off(self, caller: Caller, room_id: str, reason: str) -> None:
        """Stop a room: nobody sees it any more, its encoder is hung up on and refused.

        Raises:
            RoomNotFound: There is no such room.
            ReasonInvalid: No reason, or one over 200 characters.
        """
        operator_id = caller.require_role("operator")
        await self._from.cutting.cut_off(operator_id, room_id, reason)
        await self._from.streams.kick(room_id)
        await self._from.chat.notice(room_id, CUT_OFF_CODE, {"reason": reason.strip()[:200]})

    async def allow(self, caller: Caller, room_id: str) -> None:
        """Let a room go on air again.

        Raises:
            RoomNotFound: There is no such room.
        """
        await self._from.cutting.allow(caller.require_role("operator"), room_id)

    async def books(self, caller: Caller) -> Books:
        """The trial balance now, and the last check."""
        caller.require_role("operator")
        lines = await self._from.ledger.trial_balance()
        return Books(self._clock.now(), lines, await self._from.ledger.last_check())

    async def check_books(self, caller: Caller) -> Books:
        """Count everything again, now."""
        operator_id = caller.require_role("operator")
        check = await self._from.ledger.check_books()
        verdict = "ok" if not check.findings else f"{len(check.findings)} findings"
        await self._from.audit.record(
            NewEntry(operator_id, "ledger.checked", "ledger", "ledger", "", verdict)
        )
        return await self.books(caller)

    async def audit(self, caller: Caller, before: int | None, limit: int) -> AuditPage:
        """What operators did, newest first, and whether any of it was altered since."""
        caller.require_role("operator")
        found = await self._from.audit.entries(before, limit + 1)
        users = await self._from.identity.users([each.new.operator_id for each in found])
        names = {user_id: user.display_name for user_id, user in users.items()}
        return AuditPage(found[:limit], names, len(found) > limit, await self._from.audit.chain())

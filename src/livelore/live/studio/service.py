"""The host's numbers, from those who own them."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.knowledge.ledger.model import COIN
from livelore.knowledge.ledger.service import LedgerService
from livelore.knowledge.orders.service import OrdersService
from livelore.live.chat.service import ChatService
from livelore.live.gifts.service import GiftsService
from livelore.live.rooms.errors import RoomNotFound
from livelore.live.rooms.model import LiveSession
from livelore.live.rooms.service import RoomsService
from livelore.live.streams.model import StreamState
from livelore.live.streams.service import StreamsService
from livelore.live.studio import store
from livelore.live.studio.model import Curve, Point, RevenueLine
from livelore.ports.clock import Clock
from livelore.web.caller import Caller

log = structlog.get_logger(__name__)
TICK_S = 5.0
"""Between two looks at the rooms that are on: the curves have a point a minute."""
PAID_KINDS: tuple[Literal["gift", "super_chat"], ...] = ("gift", "super_chat")
FRESH_S = 0.9
"""Numbers younger than this are given again: pages ask once a second."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a host is told."""

    state: str
    n_viewers: int
    n_viewers_peak: int
    peak_at: datetime | None
    danmaku_per_minute: int
    n_danmaku: int
    n_gifts: int
    currency: str
    lines: list[RevenueLine]
    checked_at: datetime
    agrees_with_ledger: bool
    stream: StreamState | None
    series: list[Point]


@dataclass(frozen=True, slots=True)
class Report:
    """What remains of a live session: its figures, the money as the books hold it now."""

    session: LiveSession
    n_viewers_peak: int
    peak_at: datetime | None
    n_danmaku: int
    n_gifts: int
    currency: str
    lines: list[RevenueLine]
    checked_at: datetime
    agrees_with_ledger: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the numbers come from."""

    rooms: RoomsService
    chat: ChatService
    gifts: GiftsService
    orders: OrdersService
    ledger: LedgerService
    streams: StreamsService


@dataclass(frozen=True, slots=True)
class _Money:
    lines: list[RevenueLine]
    n_gifts: int
    agrees: bool

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


class StudioService:
    """Numbers of rooms that are on.

    Args:
        database: Read once for all sums of money, so that they are of one moment.
        clock: For minutes and freshness.
        sources: Where the numbers come from.
        currency: Of the revenue.
    """

    def __init__(self, database: Database, clock: Clock, sources: Sources, currency: str) -> None:
        self._database = database
        self._clock = clock
        self._from = sources
        self._currency = currency
        self._curves: dict[str, Curve] = {}
        self._fresh: dict[str, tuple[float, Numbers]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to draw the curves of rooms that are on."""
        self._task = asyncio.create_task(self._run(), name="studio-curves")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def numbers(self, caller: Caller, room_id: str) -> Numbers:
        """What the host, the moderators and operators see of a room.

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: The caller has no say in this room.
        """
        await self._from.rooms.may_manage(caller, room_id)
        now = self._clock.monotonic()
        known = self._fresh.get(room_id)
        if known is None or now - known[0] > FRESH_S:
            known = (now, await self._count(caller, room_id))
            self._fresh[room_id] = known
        return known[1]

    async def _count(self, caller: Caller, room_id: str) -> Numbers:
        view = await self._from.rooms.view(caller, room_id)
        session = view.session
        n_viewers = self._from.chat.n_viewers(room_id)
        at = self._clock.now()
        money, n_danmaku, rate = _Money([], 0, agrees=True), 0, 0
        curve = None
        if session is not None:
            money = await self._money(session)
            n_danmaku, rate = await self._danmaku(session)
            curve = self._curve(session)
            await self._note(curve, n_viewers, money.total_minor, n_danmaku)
        return Numbers(
            state=view.state,
            n_viewers=n_viewers,
            n_viewers_peak=0 if curve is None else curve.n_viewers_peak,
            peak_at=None if curve is None else curve.peak_at,
            danmaku_per_minute=rate,
            n_danmaku=n_danmaku,
            n_gifts=money.n_gifts,
            currency=self._currency,
            lines=money.lines,
            checked_at=at,
            agrees_with_ledger=money.agrees,
            stream=self._from.streams.state(room_id),
            series=[] if curve is None else curve.per_minute(),
        )

    async def _money(self, session: LiveSession) -> _Money:
        """The host's part, from the books; and whether the books hold what was sold and sent."""
        return await self._database.read(lambda c: self._money_in(c, session))

    def _money_in(self, connection: Connection, session: LiveSession) -> _Money:
        sent = self._from.gifts.totals_in(connection, session.id)
        found = self._from.ledger.revenue_in(connection, f"live_session:{session.id}")
        earned = {line.kind: line for line in found}
        lines: list[RevenueLine] = []
        agrees = True
        if session.lesson_id is not None:
            sold = self._from.orders.sales_of_lesson_in(connection, session.lesson_id)
            lines.append(RevenueLine("ticket", sold.n_lines, sold.host_minor))
            agrees = sold.total_minor == sold.booked_minor
        for kind in PAID_KINDS:
            n_pieces, coins = sent.get(kind, (0, 0))
            line = earned.get(kind)
            booked_minor = 0 if line is None else line.total_minor
            agrees = agrees and booked_minor == (COIN.value_of(coins) if coins else 0)
            lines.append(RevenueLine(kind, n_pieces, 0 if line is None else line.host_minor))
        return _Money(lines, sum(pieces for pieces, _ in sent.values()), agrees)

    async def _danmaku(self, session: LiveSession) -> tuple[int, int]:
        return await self._from.chat.danmaku_counts(session.room_id, session.id)

    async def report(self, caller: Caller, live_session_id: str) -> Report:
        """The figures of a live session, on air or long over (host, moderators, operators).

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: There is no such session, or the caller has no say in its room.
        """
        caller.require_user()
        session = await self._from.rooms.session(live_session_id)
        if session is None:
            raise RoomNotFound(live_session_id=live_session_id[:32])
        await self._from.rooms.may_manage(caller, session.room_id)
        money = await self._money(session)
        n_danmaku, _ = await self._danmaku(session)
        peak, peak_at = await self._database.read(lambda c: store.peak(c, session.id))
        return Report(
            session=session,
            n_viewers_peak=peak,
            peak_at=peak_at,
            n_danmaku=n_danmaku,
            n_gifts=money.n_gifts,
            currency=self._currency,
            lines=money.lines,
            checked_at=self._clock.now(),
            agrees_with_ledger=money.agrees,
        )

    async def _note(self, curve: Curve, n_viewers: int, revenue_minor: int, n_danmaku: int) -> None:
        at = self._clock.now()
        if curve.note(at, n_viewers, revenue_minor, n_danmaku):
            session_id = curve.live_session_id
            await self._database.write(lambda c: store.raise_peak(c, session_id, n_viewers, at))

    def _curve(self, session: LiveSession) -> Curve:
        curve = self._curves.get(session.room_id)
        if curve is None or curve.live_session_id != session.id:
            curve = self._curves[session.room_id] = Curve(session.id)
        return curve

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                await self._draw()
            except Exception:
                log.exception("studio_tick_failed")

    async def _draw(self) -> None:
        sessions = await self._from.rooms.open_sessions()
        for session in sessions:
            money = await self._money(session)
            n_danmaku, _ = await self._danmaku(session)
            n_viewers = self._from.chat.n_viewers(session.room_id)
            await self._note(self._curve(session), n_viewers, money.total_minor, n_danmaku)
        on = {session.room_id for session in sessions}
        for room_id in [room_id for room_id in self._curves if room_id not in on]:
            del self._curves[room_id]

"""One room's sockets and newest messages: what is said once is written to all in one pass.

The first message goes out at once; after that a socket is written to at most once per gap, counted
from the start of the pass, with everything that came meanwhile in one frame, encoded once. A pass
yields between slices of sockets. `Socket.position` is the whole truth about what a viewer has: a
pass writes to those who stand at its beginning, everybody else is brought up to date alone.

Everything here runs on the event loop and nothing but reading old messages waits.
"""

import asyncio
from bisect import insort
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from livelore.kit.websocket import CloseCode, Opcode, encode_deflated, encode_frame
from livelore.live.chat.counters import ChatCounters
from livelore.live.chat.headcount import Headcount
from livelore.live.chat.limits import HubLimits
from livelore.live.chat.model import (
    Message,
    RoomState,
    Rules,
    dump,
    frame_of,
    on_top,
    pin_rank,
    sample,
    tombstone,
)
from livelore.live.chat.newcomer import Recent, hello, you
from livelore.live.chat.viewer import Viewer
from livelore.ports.clock import Clock, now_ms
from livelore.web.sockets import SLICE, Broadcast, Socket, broadcast

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RoomReads:
    """Where older messages come from: ``(after_seq, limit)`` → messages in order."""

    after: Callable[[int, int], Awaitable[list[Message]]]
    paid_after: Callable[[int, int], Awaitable[list[Message]]]


class RoomHub:
    """Sockets and newest messages of one room. `open` it before anybody joins.

    Args:
        room_id: The room.
        clock: For the times in messages.
        limits: See `HubLimits`.
        reads: Where older messages are.
        counters: Of all rooms of the process.
    """

    def __init__(
        self,
        room_id: str,
        clock: Clock,
        limits: HubLimits,
        reads: RoomReads,
        counters: ChatCounters,
    ) -> None:
        self.room_id = room_id
        self.counters = counters
        self.state = RoomState("off_air")
        self.rules = Rules()
        self.mutes: dict[str, int] = {}
        self.last_seq = 0
        self.headcount = Headcount(limits.presence_s, self._wake)
        self._clock = clock
        self._limits = limits
        self._reads = reads
        self._is_open = False
        self._is_filling = False
        self._sent_seq = 0
        self._ring: deque[Message] = deque(maxlen=limits.ring_max)
        self._paid: deque[Message] = deque()
        self._paid_floor = 0
        self._pinned: list[Message] = []
        self._pending: list[Message] = []
        self._ahead: dict[int, Message] = {}
        self._viewers: dict[Socket, Viewer] = {}
        self._n_deflating = 0
        self._next_pass_at = 0.0
        self._passing: asyncio.Task[None] | None = None
        self._reading: set[asyncio.Task[None]] = set()
        self._recent = Recent(limits.recent_max)

    # Messages come in

    def open(self, newest: Sequence[Message], last_seq: int, pinned: Sequence[Message]) -> None:
        """Take over from the table; what was published meanwhile follows it."""
        self._ring.extend(newest)
        self._pinned = list(pinned)
        self.last_seq = self._sent_seq = self._paid_floor = last_seq
        self._is_open = True
        early, self._ahead = self._ahead, {}
        self.publish(early.values())

    def publish(self, messages: Iterable[Message]) -> None:
        """Send committed messages to everyone; in any order, any number of times."""
        if len(self._ahead) > self._limits.ring_max:
            self._ahead.clear()  # read from the table instead
        self._ahead.update((message.seq, message) for message in messages)
        if not self._is_open:
            return
        for seq in [seq for seq in self._ahead if seq <= self.last_seq]:
            del self._ahead[seq]
        while (message := self._ahead.pop(self.last_seq + 1, None)) is not None:
            self._accept(message)
        if self._ahead and not self._is_filling:
            self._is_filling = True
            self._start(self._fill_hole())
        self._wake()

    def _accept(self, message: Message) -> None:
        if message.target_seq is not None and message.target_seq != message.seq:
            self._bury(message.target_seq)
        self.last_seq = message.seq
        self.counters.n_in += 1
        self._ring.append(message)
        self._pending.append(message)
        if message.is_paid:
            self._paid.append(message)
            if len(self._paid) > self._limits.paid_max:
                self._paid_floor = self._paid.popleft().seq
        if message.pinned_until_ms is not None:
            self._pin(message)

    def _pin(self, message: Message) -> None:
        """Put it in its place; over are those at the end, and they are left out first."""
        at_ms = now_ms(self._clock)
        insort(self._pinned, message, key=pin_rank)
        while self._pinned and (
            len(self._pinned) > self._limits.pinned_kept
            or (self._pinned[-1].pinned_until_ms or 0) <= at_ms
        ):
            self._pinned.pop()

    def pinned(self) -> list[Message]:
        """What is on top now, of what was sent, the first on top."""
        sent = (message for message in self._pinned if message.seq <= self._sent_seq)
        return on_top(sent, now_ms(self._clock), self._limits.pinned_max)

    def _bury(self, seq: int) -> None:
        """A deleted message leaves a tombstone wherever it is still held."""
        self._recent.forget()
        at = seq - self._ring[0].seq if self._ring else -1
        if 0 <= at < len(self._ring):
            self._ring[at] = tombstone(self._ring[at])
        self._pending = [tombstone(m) if m.seq == seq else m for m in self._pending]
        self._paid = deque(m for m in self._paid if m.seq != seq)
        self._pinned = [m for m in self._pinned if m.seq != seq]

    async def _fill_hole(self) -> None:
        """Read what another process committed and the bus has not brought after a while."""
        found: list[Message] = []
        try:
            await asyncio.sleep(self._limits.gap_s)
            if self._ahead:
                found = await self._reads.after(self.last_seq, self._limits.ring_max)
        finally:
            self._is_filling = False
        self.publish(found)

    # Messages go out

    def _wake(self) -> None:
        if self._passing is None and (self._pending or self.headcount.is_due):
            self._passing = asyncio.get_running_loop().create_task(self._send(), name="room-pass")

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._pending or self.headcount.is_due:
                wait_s = self._next_pass_at - loop.time()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                    continue
                self._next_pass_at = loop.time() + self._limits.gap_s
                await self._pass()
        finally:
            self._passing = None

    async def _pass(self) -> None:
        messages, self._pending = self._pending, []
        after = self._sent_seq
        last = self._sent_seq = messages[-1].seq if messages else after
        kept, left_out = sample(messages, self._limits.plain_max)
        extra = [self._sampled(last, len(left_out))] if left_out else []
        if self.headcount.is_due:
            extra.append(self.headcount.tell(last, now_ms(self._clock)))
        sockets = list(self._viewers)
        if left_out:
            self._send_own(kept, left_out, extra, after)
        frames = self._frames([message.encoded for message in kept] + extra)
        for start in range(0, len(sockets), SLICE):
            n_written = broadcast(sockets[start : start + SLICE], frames, after, last)
            self.counters.n_frames += n_written
            self.counters.n_out += n_written * len(kept)
            await asyncio.sleep(0)

    def _send_own(
        self, kept: list[Message], left_out: list[Message], extra: list[bytes], after: int
    ) -> None:
        """Before the sampled frame: to those of whom something was left out, all of their own."""
        self.counters.n_sampled += len(left_out)
        authors = {message.user_id for message in left_out}
        for socket, viewer in self._viewers.items():
            if viewer.user_id in authors and viewer.user_id is not None:
                own = [m for m in left_out if m.user_id == viewer.user_id]
                mine = sorted([*kept, *own], key=lambda message: message.seq)
                frames = self._frames([message.encoded for message in mine] + extra)
                n_written = broadcast([socket], frames, after, self._sent_seq)
                self.counters.n_frames += n_written
                self.counters.n_out += n_written * len(mine)

    def _frames(self, parts: Sequence[bytes]) -> Broadcast:
        """The same for all, compressed once if anybody takes it so."""
        array = b"[" + b",".join(parts) + b"]"
        plain = encode_frame(Opcode.TEXT, array)
        deflated = encode_deflated(Opcode.TEXT, array) if self._n_deflating else plain
        return Broadcast(plain, deflated)

    def _sampled(self, seq: int, n_left_out: int) -> bytes:
        fields = {"seq": seq, "type": "notice", "ts": now_ms(self._clock), "code": "chat.sampled"}
        return dump({**fields, "fields": {"n_left_out": n_left_out}}).encode()

    # Viewers come, fall behind and go

    @property
    def n_viewers(self) -> int:
        """People in the room, those in other processes too."""
        return self.headcount.n_all

    @property
    def n_sockets(self) -> int:
        """Sockets that get this room's frames."""
        return len(self._viewers)

    @property
    def is_idle(self) -> bool:
        """Whether nobody is here and nothing is on its way."""
        return not (self._viewers or self._pending or self._reading or self._passing)

    def join(self, viewer: Viewer, after: int | None) -> None:
        """Let somebody in: with a ``hello``, or with what they missed since ``after``."""
        if after is None:
            self._greet(viewer, is_gap=False)
        elif self._covers(after):
            self._resume(viewer, self._between(after))
        else:
            self._start(self._join_from_table(viewer, after))

    async def _join_from_table(self, viewer: Viewer, after: int) -> None:
        if after > self.last_seq:  # another process is ahead of this one
            self.publish(await self._reads.after(self.last_seq, self._limits.ring_max))
        older: list[Message] = []
        if after >= 0 and 0 < self.last_seq - after <= self._limits.resume_max:
            older = await self._reads.after(after, self._limits.resume_max)
        reached = older[-1].seq if older else after
        if older and (reached >= self._sent_seq or self._covers(reached)):
            known = [message for message in older if message.seq <= self._sent_seq]
            self._resume(viewer, known + self._between(reached))
        elif self._sent_seq < after <= self.last_seq:
            self._greet(viewer, is_gap=False)
        else:
            paid = await self._reads.paid_after(max(after, 0), self._limits.paid_max)
            self._greet(viewer, is_gap=True, paid=paid)

    def _covers(self, after: int) -> bool:
        """Whether the ring has everything after ``after`` that was sent."""
        if after == self._sent_seq:
            return True
        return bool(self._ring) and self._ring[0].seq <= after + 1 <= self._sent_seq

    def _between(self, after: int) -> list[Message]:
        return [message for message in self._ring if after < message.seq <= self._sent_seq]

    def _resume(self, viewer: Viewer, missed: list[Message]) -> None:
        if self._add(viewer):
            parts = [message.encoded for message in missed]
            presence = self.headcount.presence(self._sent_seq, now_ms(self._clock))
            viewer.socket.send(frame_of([*parts, presence]))

    def _greet(self, viewer: Viewer, *, is_gap: bool, paid: Sequence[Message] = ()) -> None:
        if self._add(viewer):
            viewer.socket.send(frame_of([self._hello(viewer, is_gap=is_gap, paid=paid)]))

    def _add(self, viewer: Viewer) -> bool:
        """Count somebody in, at what was sent so far; the next pass has what comes after."""
        if viewer.socket.is_closed:
            return False
        if viewer.socket not in self._viewers:
            self._viewers[viewer.socket] = viewer
            self._n_deflating += viewer.socket.is_deflating
            self.headcount.come(viewer.user_id)
        viewer.socket.position = self._sent_seq
        return True

    def catch_up(self, viewer: Viewer) -> None:
        """Bring somebody who did not read to the newest state."""
        socket, position = viewer.socket, viewer.socket.position
        if socket not in self._viewers or position >= self._sent_seq:
            return
        if self._sent_seq - position <= self._limits.catch_up_max and self._covers(position):
            parts = [message.encoded for message in self._between(position)]
        elif position >= self._paid_floor:
            paid = [message for message in self._paid if message.seq > position]
            parts = [self._hello(viewer, is_gap=True, paid=paid)]
        else:  # more paid messages were missed than are kept: they come with the reconnect
            socket.close(CloseCode.TRY_AGAIN_LATER, "too far behind")
            return
        socket.position = self._sent_seq
        socket.send(frame_of(parts))

    def leave(self, viewer: Viewer) -> None:
        """Count somebody out."""
        if self._viewers.pop(viewer.socket, None) is None:
            return
        self._n_deflating -= viewer.socket.is_deflating
        self.headcount.go(viewer.user_id)

    def viewers_of(self, user_id: str) -> list[Viewer]:
        """Everyone here who is this user."""
        return [viewer for viewer in self._viewers.values() if viewer.user_id == user_id]

    def _hello(self, viewer: Viewer, *, is_gap: bool, paid: Sequence[Message] = ()) -> bytes:
        at_ms, seq = now_ms(self._clock), self._sent_seq
        head = {
            "seq": seq,
            "type": "hello",
            "ts": at_ms,
            "room_id": self.room_id,
            "state": self.state.state,
            "live_session_id": self.state.live_session_id,
            "n_viewers": self.n_viewers,
            "gap": is_gap,
            "you": you(viewer, self.mutes, at_ms),
        }
        if paid:
            recent = self._recent.with_paid(seq, self._ring, paid)
        else:
            recent = self._recent.up_to(seq, self._ring)
        return hello(head, recent, self.pinned())

    # The end

    def _start(self, work: "Awaitable[None]") -> None:
        task = asyncio.ensure_future(self._logged(work))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _logged(self, work: "Awaitable[None]") -> None:
        try:
            await work
        except Exception:
            log.exception("room_read_failed", room_id=self.room_id)

    def close(self) -> None:
        """Let go of timers and tasks; sockets are closed by their pool."""
        self.headcount.close()
        for task in (self._passing, *self._reading):
            if task is not None:
                task.cancel()

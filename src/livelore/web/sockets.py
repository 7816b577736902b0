"""Sockets after the upgrade: one small object each, written to straight through the descriptor.

`send` never waits. What does not fit the kernel's buffer is finished by the transport; until then
the socket is not ready and whoever broadcasts passes over it. A peer who leaves it so is closed.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from livelore.kit.websocket import (
    CloseCode,
    FrameReader,
    Message,
    Opcode,
    WebSocketError,
    decode_close,
    encode_close,
    encode_frame,
)

MESSAGE_MAX = 4096
"""Longest message of a viewer, bytes: a danmaku of 60 characters needs a tenth."""
SEND_BUFFER = 32 * 1024
"""``SO_SNDBUF``; the kernel doubles it and would otherwise keep over 1 MB for a stalled peer."""
CLOSE_S = 1.0
"""How long a peer may take to answer a close frame."""
RECEIVED_MAX = 400
"""Messages that a peer may send between two sweeps (20 s): 20 a second."""

SWEEP_S = 20.0
"""Time between two questions whether a silent peer is still there."""
SLICE = 256
"""Sockets handled before the event loop gets its turn."""
SOCKETS_MAX = 50_000
"""Sockets of one process, where its owner does not say otherwise."""

_PING = encode_frame(Opcode.PING, b"")


class SocketOwner(Protocol):
    """What a socket tells about itself; called on the event loop, must not wait."""

    def on_text(self, data: bytes) -> None:
        """A whole text message, valid UTF-8."""
        ...

    def on_ready(self) -> None:
        """The peer has read what was pending: send it the newest."""
        ...

    def on_closed(self) -> None:
        """Gone; nothing more is called."""
        ...


class Socket(asyncio.Protocol):
    """One peer.

    Attributes:
        position: The last sequence number written to it; kept by whoever broadcasts.
        descriptor: Of the connection, for writing; -1 when only the transport may write.
        is_deflating: Whether it takes compressed frames.
        is_ready: Whether a frame would be taken now.
        is_closed: Whether a close frame was sent or the connection is lost.
    """

    __slots__ = (
        "_loop",
        "_n_received",
        "_owner",
        "_pool",
        "_reader",
        "_timer",
        "_transport",
        "descriptor",
        "is_alive",
        "is_closed",
        "is_deflating",
        "is_ready",
        "position",
    )

    def __init__(
        self, transport: asyncio.Transport, pool: "SocketPool", *, is_deflating: bool = False
    ) -> None:
        self._transport = transport
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader(MESSAGE_MAX, may_deflate=is_deflating)
        self.is_deflating = is_deflating
        self._owner: SocketOwner | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._n_received = 0
        self.descriptor = _prepare(transport)
        self.position = 0
        self.is_alive = True
        self.is_ready = True
        self.is_closed = False

    def start(self, owner: SocketOwner) -> None:
        """Begin to tell ``owner`` what comes in."""
        self._owner = owner
        self._pool.add(self)

    def send(self, frame: bytes) -> bool:
        """Write a frame now; what the kernel does not take follows as soon as it can.

        Args:
            frame: A whole frame, header and payload.

        Returns:
            False when the socket is not ready: nothing of the frame was or will be written.
        """
        if not self.is_ready:
            return False
        try:
            n_sent = os.write(self.descriptor, frame)
        except OSError as error:
            return self.send_slowly(frame, error)
        if n_sent != len(frame):
            self.finish(frame, n_sent)
        return True

    def finish(self, frame: bytes, n_sent: int) -> None:
        """Leave the rest of a frame to the transport, of which the kernel took ``n_sent`` bytes."""
        self._transport.write(memoryview(frame)[n_sent:])

    def send_slowly(self, frame: bytes, error: OSError) -> bool:
        """Leave a frame to the transport, of which the kernel took nothing."""
        if self.descriptor >= 0 and not isinstance(error, BlockingIOError):
            self.abort()
            return False
        self._transport.write(frame)  # full, or TLS, which only the transport can write
        return True

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Say goodbye; cut the connection if the peer does not answer in time."""
        if self.is_closed:
            return
        self.is_closed, self.is_ready = True, False
        self._transport.write(encode_close(code, reason))
        self._set_timer(CLOSE_S, self._transport.abort)

    def shutdown(self) -> None:
        """The server ends (called by uvicorn)."""
        self.close(CloseCode.SERVICE_RESTART, "server restarts")

    def abort(self) -> None:
        """Cut the connection at once."""
        self.is_closed, self.is_ready = True, False
        self._transport.abort()

    def sweep(self) -> None:
        """Ask whether the peer is there; cut it off when it did not answer the last time."""
        self._n_received = 0
        if not self.is_alive:
            self.abort()
            return
        self.is_alive = False
        self.send(_PING)

    def _set_timer(self, delay_s: float, then: Callable[[], object]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay_s, then)

    def _give_up(self) -> None:
        self._pool.n_stalled_closed += 1
        self.close(CloseCode.TRY_AGAIN_LATER, "too slow")

    # What the transport calls

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer."""
        self.is_alive = True
        try:
            messages = self._reader.feed(data)
        except WebSocketError as error:
            if self.is_closed:
                self.abort()
            self.close(error.code, error.reason)
            return
        self._n_received += len(messages)
        if self._n_received > RECEIVED_MAX:
            self.close(CloseCode.POLICY_VIOLATION, "too many messages")
            return
        for message in messages:
            self._take(message)

    def _take(self, message: Message) -> None:
        if message.opcode is Opcode.CLOSE:
            self._answer_close(message.data)
        elif self.is_closed:
            return
        elif message.opcode is Opcode.TEXT:
            if self._owner is not None:
                self._owner.on_text(message.data)
        elif message.opcode is Opcode.PING:
            self.send(encode_frame(Opcode.PONG, message.data))
        elif message.opcode is Opcode.BINARY:
            self.close(CloseCode.UNSUPPORTED_DATA, "text only")

    def _answer_close(self, data: bytes) -> None:
        if not self.is_closed:
            code, _ = decode_close(data)
            known = code in {item.value for item in CloseCode} and code != CloseCode.NO_STATUS
            self.close(CloseCode(code) if known else CloseCode.NORMAL)
        self._transport.close()

    def pause_writing(self) -> None:
        """The kernel's buffer is full."""
        self.is_ready = False
        if not self.is_closed:
            self._set_timer(self._pool.stall_s, self._give_up)

    def resume_writing(self) -> None:
        """What was pending is written."""
        if self.is_closed:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.is_ready = True
        if self._owner is not None:
            self._owner.on_ready()

    def connection_lost(self, exc: Exception | None) -> None:  # asyncio's name
        """The connection is gone."""
        self.is_closed, self.is_ready, self.descriptor = True, False, -1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._pool.discard(self)
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.on_closed()


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One frame for many, in both its forms.

    Attributes:
        plain: For every peer.
        deflated: For those who take compressed frames; ``plain`` again when there are none.
    """

    plain: bytes
    deflated: bytes


def broadcast(sockets: Sequence[Socket], frames: Broadcast, after: int, last: int) -> int:
    """Write one frame to every socket that is ready for it.

    Those that are busy, or that stand elsewhere in the sequence, are passed over: they are
    brought up to date by themselves when they are ready again.

    Args:
        sockets: Whom to write to.
        frames: The whole frame, the same bytes for all.
        after: Only sockets at this `Socket.position` get it …
        last: … and stand here afterwards.

    Returns:
        How many got it.
    """
    write, plain, deflated, n_written = os.write, frames.plain, frames.deflated, 0
    for peer in sockets:  # the hot loop of the whole product: every frame of a room passes here
        if peer.position != after or not peer.is_ready:
            continue
        peer.position = last
        n_written += 1
        frame = deflated if peer.is_deflating else plain
        try:
            n_sent = write(peer.descriptor, frame)
        except OSError as error:
            peer.send_slowly(frame, error)
        else:
            if n_sent != len(frame):
                peer.finish(frame, n_sent)
    return n_written


class SocketPool:
    """All sockets of the process: counted, bounded, swept of those that are gone.

    Args:
        stall_s: A socket that stays full for so long is closed.
        sockets_max: More are refused.
    """

    def __init__(self, stall_s: float, sockets_max: int = SOCKETS_MAX) -> None:
        self.stall_s = stall_s
        self.sockets_max = sockets_max
        self.n_stalled_closed = 0
        self.connections: set[Any] = set()  # Any: uvicorn's own, of which it ends every one
        self._sockets: set[Socket] = set()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._sockets)

    @property
    def is_full(self) -> bool:
        """Whether another socket would be one too many."""
        return len(self._sockets) >= self.sockets_max

    def add(self, member: Socket) -> None:
        """Count a socket in."""
        self._sockets.add(member)
        self.connections.add(member)

    def discard(self, member: Socket) -> None:
        """Count it out."""
        self._sockets.discard(member)
        self.connections.discard(member)

    def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._sweep(), name="socket-sweep")

    async def stop(self) -> None:
        """Close every socket; they are told to come back."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for member in tuple(self._sockets):
            member.shutdown()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            members = tuple(self._sockets)
            for start in range(0, len(members), SLICE):
                for member in members[start : start + SLICE]:
                    member.sweep()
                await asyncio.sleep(0)


def _prepare(transport: asyncio.Transport) -> int:
    """Bound the kernel's buffer and find the descriptor; -1 when only the transport may write."""
    transport.set_write_buffer_limits(high=0)
    if transport.get_extra_info("sslcontext") is not None:
        return -1
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return int(connection.fileno())

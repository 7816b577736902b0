"""One viewer of a room: between their socket and the hub."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from livelore.kit.websocket import CloseCode
from livelore.live.chat.model import Standing
from livelore.web.sockets import Socket

if TYPE_CHECKING:
    from livelore.live.chat.hub import RoomHub

WAITING_MAX = 8
"""Answers to one viewer (not room messages) that wait for a full socket."""


class Viewer:
    """Somebody in the room through one socket; what the socket tells goes on from here."""

    __slots__ = ("_receive", "_timer", "_waiting", "hub", "socket", "standing")

    def __init__(
        self,
        socket: Socket,
        standing: Standing,
        hub: "RoomHub",
        receive: Callable[["Viewer", bytes], None],
    ) -> None:
        self.socket = socket
        self.standing = standing
        self.hub = hub
        self._receive = receive
        self._waiting: list[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def user_id(self) -> str | None:
        """Whose socket it is; None for somebody who is not logged in."""
        return self.standing.person.id if self.standing.person else None

    def tell(self, frame: bytes) -> None:
        """Send to this viewer alone; a few frames wait for a socket that is full."""
        if self.socket.send(frame) or self.socket.is_closed:
            return
        self._waiting = [*(self._waiting or ())[1 - WAITING_MAX :], frame]

    def leave_in(self, delay_s: float, goodbye: bytes) -> None:
        """Close after a while, with a last frame: for those whose time here is limited.

        One timer of the event loop and nothing else: sending to the room does not look at it.
        """
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0.0, delay_s), self._leave, goodbye)

    def _leave(self, goodbye: bytes) -> None:
        self.tell(goodbye)
        self.socket.close(CloseCode.ACCESS_OVER, "preview over")

    def on_text(self, data: bytes) -> None:
        """A message of the client."""
        self._receive(self, data)

    def on_ready(self) -> None:
        """The socket has room again."""
        waiting, self._waiting = self._waiting or (), None
        for frame in waiting:
            self.tell(frame)
        self.hub.catch_up(self)

    def on_closed(self) -> None:
        """The socket is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self.hub.leave(self)

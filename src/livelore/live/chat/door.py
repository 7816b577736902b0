"""The socket of a room: who comes in, what they say, what they are answered."""

import asyncio
import re
from collections.abc import Callable

import msgspec
import structlog

from livelore.kit.errors import AppError, UnavailableError
from livelore.kit.websocket import Opcode, encode_frame
from livelore.live.chat.errors import AlreadySent, MessageInvalid, TooManySockets
from livelore.live.chat.model import CLIENT_ID_MAX, Repeated, is_client_id
from livelore.live.chat.schemas import ClientMessage
from livelore.live.chat.service import ChatService, Spoken
from livelore.live.chat.viewer import Viewer
from livelore.live.rooms.errors import PreviewOver
from livelore.ports.clock import now_ms
from livelore.web.sockets import Socket
from livelore.web.upgrade import SocketRequest, SocketRoute

log = structlog.get_logger(__name__)

ROUTE = re.compile(r"/api/v1/rooms/([A-Za-z0-9_-]{1,64})/ws")
SOCKETS_PER_USER_MAX = 10
"""Sockets of one user in one room: tabs and devices, not a flood."""

_decoder = msgspec.json.Decoder(ClientMessage)


class RoomDoor:
    """Lets viewers into rooms and handles what they send.

    Args:
        chat: The rooms.
    """

    def __init__(self, chat: ChatService) -> None:
        self._chat = chat
        self._speaking: set[asyncio.Task[None]] = set()

    @property
    def route(self) -> SocketRoute:
        """For `SocketGate`."""
        return SocketRoute(ROUTE, self.admit)

    async def admit(self, request: SocketRequest) -> Callable[[Socket], Viewer]:
        """Decide about one upgrade.

        Raises:
            AppError: The caller may not see this room, or has enough sockets in it.
        """
        standing = await self._chat.standing_of(request.caller, request.path_id)
        hub = (await self._chat.rooms.open(request.path_id)).hub
        person = standing.person
        if person is not None and hub.headcount.n_sockets_of(person.id) >= SOCKETS_PER_USER_MAX:
            raise TooManySockets(sockets_max=SOCKETS_PER_USER_MAX)
        after = _seq(request.query.get("after"))

        def enter(socket: Socket) -> Viewer:
            viewer = Viewer(socket, standing, hub, self._receive)
            hub.join(viewer, after)
            if standing.ends_at is not None:
                left = standing.ends_at - self._chat.clock.now()
                over = PreviewOver(room_id=hub.room_id)
                viewer.leave_in(left.total_seconds(), self._error_frame(over, None))
            return viewer

        return enter

    def _receive(self, viewer: Viewer, data: bytes) -> None:
        try:
            message = _decoder.decode(data)
        except msgspec.DecodeError:
            self._refuse(viewer, MessageInvalid(), None)
            return
        if message.type == "ping":
            at_ms = now_ms(self._chat.clock)
            viewer.tell(encode_frame(Opcode.TEXT, b'[{"type":"pong","seq":0,"ts":%d}]' % at_ms))
            return
        if message.client_id is not None and not is_client_id(message.client_id):
            self._refuse(viewer, MessageInvalid(client_id_max=CLIENT_ID_MAX), None)
            return
        task = asyncio.get_running_loop().create_task(self._speak(viewer, message))
        self._speaking.add(task)
        task.add_done_callback(self._speaking.discard)

    async def _speak(self, viewer: Viewer, message: ClientMessage) -> None:
        spoken = Spoken(message.text, message.client_id, message.mode, message.color)
        try:
            outcome = await self._chat.speak(viewer.standing, viewer.hub.room_id, spoken)
        except AppError as error:
            self._refuse(viewer, error, message.client_id)
        except Exception:
            log.exception("danmaku_failed", room_id=viewer.hub.room_id)
            self._refuse(viewer, UnavailableError(reason="internal"), message.client_id)
        else:
            if isinstance(outcome, Repeated):
                self._refuse(viewer, AlreadySent(seq=outcome.seq), message.client_id)

    def _refuse(self, viewer: Viewer, error: AppError, client_id: str | None) -> None:
        viewer.tell(self._error_frame(error, client_id))

    def _error_frame(self, error: AppError, client_id: str | None) -> bytes:
        body = {
            "type": "error",
            "seq": 0,
            "ts": now_ms(self._chat.clock),
            "code": error.code,
            "client_id": client_id,
            "fields": error.fields,
        }
        return encode_frame(Opcode.TEXT, msgspec.json.encode([body], enc_hook=str))


def _seq(text: str | None) -> int | None:
    """The number in ``?after=``; 0 or nonsense counts as a first visit."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text) or None

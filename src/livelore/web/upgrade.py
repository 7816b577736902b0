"""From HTTP to a `Socket`: the protocol class for uvicorn's ``ws=``.

Addresses that a `SocketRoute` names are answered here, on the transport; every other upgrade goes
to uvicorn's own protocol. ASGI would cost 1.6-2 times the CPU per delivery and 24 KiB a connection
(DESIGN section 4).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog

from livelore.kit.errors import AppError, UnavailableError
from livelore.kit.websocket import DEFLATE_ANSWER, accept_key, accepts_deflate, is_valid_key
from livelore.web.caller import Authenticate, Caller
from livelore.web.errors import NotLoggedIn, OriginRefused, UpgradeInvalid
from livelore.web.middleware import SESSION_COOKIE, cookies_of
from livelore.web.problems import MEDIA_TYPE, problem_bytes
from livelore.web.sockets import Socket, SocketOwner, SocketPool

log = structlog.get_logger(__name__)

ADMIT_S = 10.0
"""How long the answer to an upgrade may take."""
_DEFLATE_HEADER = f"Sec-WebSocket-Extensions: {DEFLATE_ANSWER}\r\n".encode()
EARLY_MAX = 4096
"""Bytes that a peer may send before it has the answer."""


@dataclass(frozen=True, slots=True)
class SocketRequest:
    """Who wants which socket."""

    path_id: str
    query: dict[str, str]
    caller: Caller


Admit = Callable[[SocketRequest], Awaitable[Callable[[Socket], SocketOwner]]]
"""Lets a request in by giving what makes the socket's owner; raises AppError to refuse."""


@dataclass(frozen=True, slots=True)
class SocketRoute:
    """Addresses that match ``pattern``, whose group 1 is the id in the path."""

    pattern: re.Pattern[str]
    admit: Admit


@dataclass(frozen=True, slots=True)
class _Head:
    target: str
    headers: dict[bytes, bytes]

    def text(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1").strip()


def parse_head(data: bytes) -> _Head:
    """Target and headers of a request that uvicorn has parsed and put together again."""
    lines = data.split(b"\r\n")
    headers: dict[bytes, bytes] = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip()
    return _Head(lines[0].split(b" ")[1].decode("latin-1"), headers)


class SocketGate:
    """Decides about upgrades; gives the class that uvicorn instantiates for each.

    Args:
        routes: What is answered here.
        authenticate: Proves tokens.
        pool: Where admitted sockets live.
        public_url: Under which people reach the site, where a proxy changes ``Host``.
    """

    def __init__(
        self,
        routes: list[SocketRoute],
        authenticate: Authenticate,
        pool: SocketPool,
        public_url: str = "",
    ) -> None:
        self._public_host = urlsplit(public_url).netloc.lower()
        self._routes = routes
        self._authenticate = authenticate
        self.pool = pool

    def protocol_class(self) -> type[asyncio.Protocol]:
        """For ``uvicorn.Config(ws=…)``."""
        gate = self

        class RoomUpgrade(_Upgrade):
            def __init__(self, **uvicorn_s_own: Any) -> None:  # Any: handed through
                super().__init__(gate, uvicorn_s_own)

        return RoomUpgrade

    def route_of(self, head: _Head) -> tuple[SocketRoute, str] | None:
        """The route of a request and the id in its path, if it is one of ours."""
        path = unquote(urlsplit(head.target).path)
        for route in self._routes:
            if match := route.pattern.fullmatch(path):
                return route, match[1]
        return None

    async def admit(
        self, route: SocketRoute, path_id: str, head: _Head, address: str
    ) -> Callable[[Socket], SocketOwner]:
        """Check the request from the outside in.

        Raises:
            AppError: What the HTTP answer says.
        """
        if head.text(b"sec-websocket-version") != "13":
            raise UpgradeInvalid(header="Sec-WebSocket-Version", supported="13")
        if not is_valid_key(head.text(b"sec-websocket-key")):
            raise UpgradeInvalid(header="Sec-WebSocket-Key")
        if self.pool.is_full:
            raise UnavailableError(reason="sockets")
        query = dict(parse_qsl(urlsplit(head.target).query))
        caller = await self._caller(head, query, address)
        return await route.admit(SocketRequest(path_id, query, caller))

    async def _caller(self, head: _Head, query: dict[str, str], address: str) -> Caller:
        authorization = head.text(b"authorization")
        if authorization[:7].lower() == "bearer ":
            return await self._authenticate(authorization[7:].strip(), True)
        if token := query.get("token"):
            return await self._authenticate(token, True)
        self._check_origin(head)
        if token := cookies_of(head.headers).get(SESSION_COOKIE):
            try:
                return await self._authenticate(token, False)
            except NotLoggedIn:
                return Caller(address=address)
        return Caller(address=address)

    def _check_origin(self, head: _Head) -> None:
        """A page of another site may not open a socket with this site's cookie.

        Only browsers send ``Origin``, and all of them do; without it nobody's cookie is borrowed.
        """
        origin = head.text(b"origin")
        ours = {head.text(b"host").lower(), self._public_host}
        if origin and urlsplit(origin).netloc.lower() not in ours - {""}:
            raise OriginRefused(origin=origin)


class _Upgrade(asyncio.Protocol):
    """The connection between the request and its answer."""

    def __init__(self, gate: SocketGate, uvicorn_s_own: dict[str, Any]) -> None:
        self._gate = gate
        self._uvicorn_s_own = uvicorn_s_own
        self._state = uvicorn_s_own["server_state"]
        self._other: asyncio.Protocol | None = None
        self._early = b""
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's do not inherit from it
        self._state.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self._other is not None:
            self._other.data_received(data)
        elif self._task is None and self._transport is not None:
            self._begin(data, self._transport)
        elif len(self._early) + len(data) > EARLY_MAX and self._transport is not None:
            self._transport.abort()
        else:
            self._early += data

    def _begin(self, data: bytes, transport: asyncio.Transport) -> None:
        head = parse_head(data)
        found = self._gate.route_of(head)
        if found is None:
            self._hand_over(data, transport)
            return
        self._task = asyncio.get_running_loop().create_task(
            self._answer(transport, head, *found), name="socket-upgrade"
        )
        self._state.tasks.add(self._task)
        self._task.add_done_callback(self._state.tasks.discard)

    def _hand_over(self, data: bytes, transport: asyncio.Transport) -> None:
        from uvicorn.protocols.websockets.auto import (  # noqa: PLC0415  # rare, and slow to load
            AutoWebSocketsProtocol,
        )

        if AutoWebSocketsProtocol is None:
            transport.close()
            return
        self._state.connections.discard(self)
        self._other = AutoWebSocketsProtocol(**self._uvicorn_s_own)
        self._other.connection_made(transport)
        self._other.data_received(data)
        # uvicorn sets this object as the protocol after us; take its place right after that
        asyncio.get_running_loop().call_soon(transport.set_protocol, self._other)

    async def _answer(
        self, transport: asyncio.Transport, head: _Head, route: SocketRoute, path_id: str
    ) -> None:
        peer = transport.get_extra_info("peername")
        try:
            async with asyncio.timeout(ADMIT_S):
                make_owner = await self._gate.admit(
                    route, path_id, head, str(peer[0]) if peer else ""
                )
        except AppError as error:
            self._refuse(transport, error)
            return
        except TimeoutError:
            self._refuse(transport, UnavailableError(reason="slow"))
            return
        except Exception:
            log.exception("socket_upgrade_failed", path_id=path_id)
            self._refuse(transport, UnavailableError(reason="internal"))
            return
        if transport.is_closing():
            return
        if transport.get_write_buffer_size():  # an unread answer: ours would overtake it
            transport.abort()
            return
        self._open(transport, head, make_owner)

    def _open(
        self,
        transport: asyncio.Transport,
        head: _Head,
        make_owner: Callable[[Socket], SocketOwner],
    ) -> None:
        self._state.connections.discard(self)
        self._gate.pool.connections = self._state.connections
        is_deflating = accepts_deflate(head.text(b"sec-websocket-extensions"))
        member = Socket(transport, self._gate.pool, is_deflating=is_deflating)
        transport.set_protocol(member)
        key = accept_key(head.text(b"sec-websocket-key"))
        member.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %s\r\n%s\r\n"
            % (key.encode(), _DEFLATE_HEADER if is_deflating else b"")
        )
        member.start(make_owner(member))
        if self._early:
            member.data_received(self._early)

    def _refuse(self, transport: asyncio.Transport, error: AppError) -> None:
        body = problem_bytes(error)
        extra = b"Sec-WebSocket-Version: 13\r\n" if error.status == 426 else b""
        transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n"
            % (
                error.status,
                HTTPStatus(error.status).phrase.encode(),
                MEDIA_TYPE.encode(),
                extra,
                len(body),
            )
            + body
        )
        transport.close()

    def shutdown(self) -> None:
        """The server ends (called by uvicorn)."""
        if self._transport is not None:
            self._transport.close()

    def pause_writing(self) -> None:
        if self._other is not None:
            self._other.pause_writing()

    def resume_writing(self) -> None:
        if self._other is not None:
            self._other.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        if self._task is not None:
            self._task.cancel()
        if self._other is not None:
            self._other.connection_lost(exc)

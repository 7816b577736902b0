"""The gate and the sockets behind it, over real connections to a real uvicorn."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest
import uvloop

from livelore.kit.errors import ForbiddenError
from livelore.kit.websocket import Opcode, encode_deflated, encode_frame
from livelore.web.caller import Caller
from livelore.web.errors import NotLoggedIn
from livelore.web.sockets import MESSAGE_MAX, RECEIVED_MAX, Broadcast, Socket, SocketPool, broadcast
from livelore.web.upgrade import SocketGate, SocketRequest, SocketRoute
from tests.socket_client import MASK, Refused, SocketClient, eventually, serving

FIVE = Broadcast(
    encode_frame(Opcode.TEXT, b'["five"]'), encode_deflated(Opcode.TEXT, b'["five, packed"]')
)
BIG = encode_frame(Opcode.TEXT, b'["' + b"x" * 60000 + b'"]')
PATH = "/api/v1/rooms/r1/ws"


class Echo:
    """Sends every text back in brackets."""

    def __init__(self, member: Socket, hall: "Hall") -> None:
        self.member = member
        self.hall = hall
        hall.members.append(self)

    def on_text(self, data: bytes) -> None:
        self.member.send(encode_frame(Opcode.TEXT, b'["' + data + b'"]'))

    def on_ready(self) -> None:
        self.hall.n_ready += 1

    def on_closed(self) -> None:
        self.hall.members.remove(self)


class Hall:
    def __init__(self, stall_s: float = 5.0) -> None:
        self.pool = SocketPool(stall_s, sockets_max=50)
        self.members: list[Echo] = []
        self.requests: list[SocketRequest] = []
        self.n_ready = 0
        self.port = 0
        routes = [SocketRoute(re.compile(r"/api/v1/rooms/([a-z0-9]+)/ws"), self.admit)]
        self.gate = SocketGate(routes, authenticate, self.pool, "https://live.example")

    async def admit(self, request: SocketRequest) -> Callable[[Socket], Echo]:
        self.requests.append(request)
        if request.path_id == "secret":
            raise ForbiddenError(room_id="secret")
        if request.path_id == "broken":
            raise RuntimeError("a bug")
        return lambda member: Echo(member, self)

    async def client(self, path: str = PATH, **headers: str) -> SocketClient:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await SocketClient.connect(self.port, path, names)

    @property
    def sockets(self) -> list[Socket]:
        return [echo.member for echo in self.members]


async def authenticate(token: str, is_bearer: bool) -> Caller:
    if not token.startswith("good"):
        raise NotLoggedIn
    return Caller(user_id=token, role="viewer", is_bearer=is_bearer)


async def other_app(scope: Any, receive: Any, send: Any) -> None:
    """What stands behind uvicorn's own protocol and behind HTTP."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": '["from ASGI"]'})
        with contextlib.suppress(Exception):
            await receive()
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    hall = Hall()
    async with serving(other_app, hall.gate.protocol_class()) as hall.port:
        yield hall


async def test_a_text_comes_back_over_a_real_connection(hall: Hall) -> None:
    client = await hall.client()
    client.send_text("hello")
    assert await client.messages() == ["hello"]
    assert len(hall.pool) == 1
    await client.close()
    await eventually(lambda: len(hall.pool) == 0 and not hall.members)


async def test_other_sockets_and_pages_go_to_the_framework(hall: Hall) -> None:
    client = await hall.client("/api/v1/other")
    assert await client.messages() == ["from ASGI"]
    await client.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"page" in await reader.read()
    writer.close()
    assert hall.requests == []


async def test_the_query_and_the_caller_reach_the_one_who_admits(hall: Hall) -> None:
    clients = [
        await hall.client(PATH + "?after=7&token=good-a"),
        await hall.client(authorization="Bearer good-b"),
        await hall.client(cookie="livelore_session=good-c"),
        await hall.client(cookie="livelore_session=stale"),
    ]
    callers = [(request.caller.user_id, request.caller.is_bearer) for request in hall.requests]
    assert callers == [("good-a", True), ("good-b", True), ("good-c", False), (None, False)]
    assert hall.requests[0].query["after"] == "7"
    for client in clients:
        client.drop()


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/api/v1/rooms/secret/ws", {}, 403, "request.forbidden"),
        ("/api/v1/rooms/broken/ws", {}, 503, "site.unavailable"),
        (PATH + "?token=bad", {}, 401, "identity.not_logged_in"),
        (PATH, {"sec_websocket_version": "8"}, 426, "request.upgrade_invalid"),
        (PATH, {"sec_websocket_key": "short"}, 426, "request.upgrade_invalid"),
        (PATH, {"origin": "https://evil.example"}, 403, "request.origin_refused"),
        (PATH, {"origin": "null"}, 403, "request.origin_refused"),
    ],
)
async def test_a_refusal_is_a_problem_before_the_upgrade(
    hall: Hall, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        await hall.client(path, **headers)
    assert (refused.value.status, refused.value.problem["code"]) == (status, code)
    assert not hall.members


async def test_a_page_of_this_site_may_use_its_cookie(hall: Hall) -> None:
    for origin in (f"http://127.0.0.1:{hall.port}", "https://LIVE.example"):
        client = await hall.client(origin=origin, cookie="livelore_session=good")
        assert hall.requests[-1].caller.user_id == "good"
        client.drop()


async def test_a_full_pool_refuses(hall: Hall) -> None:
    clients = [await hall.client() for _ in range(50)]
    with pytest.raises(Refused) as refused:
        await hall.client()
    assert refused.value.status == 503
    for client in clients:
        client.drop()


async def test_a_ping_is_answered_with_its_own_payload(hall: Hall) -> None:
    client = await hall.client()
    client.send_raw(encode_frame(Opcode.PING, b"abc", mask=MASK))
    frame = await client.frame()
    assert (frame.opcode, frame.data) == (Opcode.PONG, b"abc")
    client.drop()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encode_frame(Opcode.TEXT, b"unmasked"), 1002),
        (b"\xff\xff\xff\xff", 1002),
        (encode_frame(Opcode.TEXT, b"\xff", mask=MASK), 1007),
        (encode_frame(Opcode.TEXT, b"x" * (MESSAGE_MAX + 1), mask=MASK), 1009),
        (b"\x81\xff\x7f" + b"\xff" * 7, 1009),
        (encode_frame(Opcode.BINARY, b"x", mask=MASK), 1003),
        (encode_frame(Opcode.PING, b"", mask=MASK) * (RECEIVED_MAX + 1), 1008),
    ],
)
async def test_bad_frames_close_with_the_right_code(hall: Hall, data: bytes, code: int) -> None:
    client = await hall.client()
    client.send_raw(data)
    assert await client.closed() == code
    await eventually(lambda: not hall.members)


async def test_a_vanished_peer_is_let_go(hall: Hall) -> None:
    client = await hall.client()
    client.drop()
    await eventually(lambda: not hall.members and len(hall.pool) == 0)


async def test_a_silent_peer_is_cut_off_by_the_second_sweep(hall: Hall) -> None:
    silent, alive = await hall.client(), await hall.client()
    reading = asyncio.create_task(alive.closed())
    await eventually(lambda: len(hall.members) == 2)
    for member in hall.sockets:
        member.sweep()
    await eventually(lambda: any(member.is_alive for member in hall.sockets))
    for member in hall.sockets:
        member.sweep()
    await eventually(lambda: len(hall.members) == 1)
    assert not reading.done()
    reading.cancel()
    silent.drop()
    alive.drop()


async def test_stopping_the_pool_tells_everyone_to_come_back(hall: Hall) -> None:
    client = await hall.client()
    hall.pool.start()
    await hall.pool.stop()
    assert await client.closed() == 1012


async def test_broadcast_writes_only_to_those_at_its_position(hall: Hall) -> None:
    early, late = await hall.client(), await hall.client()
    first, second = hall.sockets
    first.position, second.position = 4, 9
    n_written = broadcast(hall.sockets, FIVE, after=4, last=5)
    assert n_written == 1
    assert (first.position, second.position) == (5, 9)
    assert await early.messages() == ["five"]
    late.send_text("nothing before me")
    assert await late.messages() == ["nothing before me"]
    early.drop()
    late.drop()


async def test_only_who_asked_for_compression_gets_it(hall: Hall) -> None:
    packed = await hall.client(sec_websocket_extensions="permessage-deflate")
    plain = await hall.client()
    for member in hall.sockets:
        member.position = 4
    assert broadcast(hall.sockets, FIVE, after=4, last=5) == 2
    assert await packed.messages() == ["five, packed"]
    assert await plain.messages() == ["five"]
    packed.send_raw(encode_deflated(Opcode.TEXT, b"hello", mask=MASK))
    assert await packed.messages() == ["hello"]
    packed.drop()
    plain.drop()


async def test_a_server_that_ends_tells_everyone_and_waits_for_nobody() -> None:
    hall = Hall()
    async with serving(other_app, hall.gate.protocol_class()) as hall.port:
        polite, deaf = await hall.client(), await hall.client()
        reading = asyncio.create_task(polite.closed())
        begun = asyncio.get_running_loop().time()
    assert await reading == 1012
    assert asyncio.get_running_loop().time() - begun < 4
    assert not hall.members
    deaf.drop()


def stop_reading(client: SocketClient) -> None:
    connection = client.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]


async def test_a_peer_that_does_not_read_gets_whole_frames_later(hall: Hall) -> None:
    client = await hall.client()
    (member,) = hall.sockets
    stop_reading(client)
    frames = [encode_frame(Opcode.TEXT, b'["%d %s"]' % (i, b"x" * 5000)) for i in range(3000)]
    n_taken = 0
    while member.send(frames[n_taken]):
        n_taken += 1
    assert n_taken < 2000
    assert not member.send(frames[n_taken])
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]
    for i in range(n_taken):
        (text,) = await client.messages()
        assert text.startswith(f"{i} ")
    await eventually(lambda: hall.n_ready == 1)
    assert member.is_ready
    client.drop()


async def test_a_peer_that_stays_stalled_is_closed_after_its_time() -> None:
    hall = Hall(stall_s=0.2)
    async with serving(other_app, hall.gate.protocol_class()) as hall.port:
        client = await hall.client()
        (member,) = hall.sockets
        stop_reading(client)
        await eventually(lambda: not member.send(BIG))
        await eventually(lambda: not hall.members)
        assert hall.pool.n_stalled_closed == 1
        client.drop()


async def test_a_reader_who_wakes_up_finds_the_close_code() -> None:
    hall = Hall(stall_s=0.1)
    async with serving(other_app, hall.gate.protocol_class()) as hall.port:
        client = await hall.client()
        (member,) = hall.sockets
        stop_reading(client)
        await eventually(lambda: not member.send(BIG))
        await eventually(lambda: member.is_closed)
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await client.closed() == 1013


ON_UVLOOP: list[Callable[[Hall], Awaitable[None]]] = [
    test_a_text_comes_back_over_a_real_connection,
    test_other_sockets_and_pages_go_to_the_framework,
    test_a_full_pool_refuses,
    test_a_vanished_peer_is_let_go,
    test_broadcast_writes_only_to_those_at_its_position,
    test_a_peer_that_does_not_read_gets_whole_frames_later,
]


@pytest.mark.parametrize("check", ON_UVLOOP, ids=lambda check: check.__name__[5:])
def test_the_same_on_uvloop(check: Callable[[Hall], Awaitable[None]]) -> None:
    """Its transport is another one, and it is the one that the product runs on."""

    async def run() -> None:
        hall = Hall()
        async with serving(other_app, hall.gate.protocol_class()) as hall.port:
            await check(hall)

    uvloop.run(run())


@pytest.mark.parametrize(
    "check",
    [
        test_a_peer_that_stays_stalled_is_closed_after_its_time,
        test_a_reader_who_wakes_up_finds_the_close_code,
    ],
    ids=lambda check: check.__name__[5:],
)
def test_stalls_are_the_same_on_uvloop(check: Callable[[], Coroutine[Any, Any, None]]) -> None:
    uvloop.run(check())

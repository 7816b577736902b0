"""The servers of bench_room.py: ``python -m benchmarks.room_servers room|frames|peer|asgi FOLDER``.

Prints its port, then answers each line on stdin with what its sockets hold unread.
"""

import asyncio
import fcntl
import itertools
import json
import resource
import struct
import sys
import tempfile
import termios
import time
from typing import Any

import uvicorn
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from livelore.adapters.bus_memory import MemoryBus
from livelore.adapters.clock_system import SystemClock
from livelore.database.engine import Database
from livelore.database.migrate import migrate
from livelore.live.chat.door import RoomDoor
from livelore.live.chat.limits import ChatLimits, HubLimits
from livelore.live.chat.model import Person, RoomState, Standing
from livelore.live.chat.service import ChatService
from livelore.web.caller import Caller
from livelore.web.sockets import SocketPool
from livelore.web.upgrade import SocketGate


async def _report(sockets: Any) -> None:
    """Answer each line on stdin with what the sockets hold."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        queued = []
        for member in sockets():
            if member.descriptor >= 0:
                raw = fcntl.ioctl(member.descriptor, termios.TIOCOUTQ, b"\0\0\0\0")
                in_transport = member._transport.get_write_buffer_size()
                queued.append(struct.unpack("i", raw)[0] + in_transport)
        report = {
            "n": len(queued),
            "unread_bytes_max": max(queued, default=0),
            "unread_bytes_total": sum(queued),
        }
        print(json.dumps(report), flush=True)


async def _serve_room(folder: str, limits: ChatLimits) -> None:
    url = f"sqlite:///{tempfile.mkdtemp(dir=folder)}/room.db"
    migrate(url)
    clock = SystemClock()
    state = RoomState("on_air", "live", round(time.time() * 1000))

    async def authenticate(token: str, is_bearer: bool) -> Caller:
        return Caller(user_id=token, role="viewer", is_bearer=is_bearer)

    async def standing_of(caller: Caller, _room_id: str) -> Standing:
        return Standing(Person(caller.user_id or "", f"同学 {caller.user_id}"), may_speak=True)

    async def state_of(_room_id: str) -> RoomState:
        return state

    chat = ChatService(Database.open(url), MemoryBus(), clock, standing_of, state_of, limits)
    door = RoomDoor(chat)
    pool = SocketPool(stall_s=60)
    gate = SocketGate([door.route], authenticate, pool)
    pool.start()
    config = uvicorn.Config(
        _no_app, host="127.0.0.1", port=0, ws=gate.protocol_class(), lifespan="off", log_config=None
    )
    await _serve(config, lambda: tuple(pool._sockets))


async def _serve(config: uvicorn.Config, sockets: Any) -> None:
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(serving, _report(sockets))


async def _no_app(_scope: Any, _receive: Any, _send: Any) -> None:
    raise RuntimeError("only the socket is served")


def _message(said: dict[str, Any], name: str, seq: int) -> str:
    """A danmaku on the wire, as ours is."""
    message = {
        "seq": seq,
        "type": "danmaku",
        "ts": round(time.time() * 1000),
        "user": {"id": name, "name": f"同学 {name}", "avatar": 0, "role": None},
        "text": said["text"],
        "second": 1.5,
        "mode": "scroll",
        "color": None,
        "client_id": said["client_id"],
    }
    return json.dumps([message], ensure_ascii=False, separators=(",", ":"))


async def _serve_peer() -> None:
    connections: set[ServerConnection] = set()
    numbers = itertools.count(1)

    async def handler(connection: ServerConnection) -> None:
        name = connection.request.path.rsplit("=", 1)[1] if connection.request else ""
        connections.add(connection)
        try:
            async for raw in connection:
                broadcast(connections, _message(json.loads(raw), name, next(numbers)))
        except ConnectionClosed:
            return
        finally:
            connections.discard(connection)

    async with serve(handler, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await _report(tuple)


async def _serve_asgi() -> None:
    """As a framework does it: every message is awaited for every viewer, one after the other."""
    sends: set[Any] = set()
    numbers = itertools.count(1)
    turn = asyncio.Lock()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        name = scope["query_string"].decode().rsplit("=", 1)[1]
        await receive()
        await send({"type": "websocket.accept"})
        sends.add(send)
        while (event := await receive())["type"] == "websocket.receive":
            async with turn:  # or two messages would reach two viewers in two orders
                text = _message(json.loads(event["text"]), name, next(numbers))
                for each in list(sends):
                    await each({"type": "websocket.send", "text": text})
        sends.discard(send)

    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
    )
    await _serve(config, tuple)


def main() -> None:
    """Serve one kind until killed."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kind, folder = sys.argv[1:3]
    if kind == "peer":
        uvloop.run(_serve_peer())
    elif kind == "asgi":
        uvloop.run(_serve_asgi())
    else:
        hub = HubLimits() if kind == "room" else HubLimits(gap_s=0.0)
        uvloop.run(_serve_room(folder, ChatLimits(hub=hub)))


if __name__ == "__main__":
    main()

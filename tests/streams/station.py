"""A whole ingest and playback server on free ports, and an encoder."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import uvicorn
from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from livelore.adapters.clock_system import SystemClock
from livelore.kit.errors import ForbiddenError
from livelore.live.streams.api import routes
from livelore.live.streams.ingest import IngestHooks
from livelore.live.streams.model import PlaybackGrant, StreamPhase
from livelore.live.streams.service import StreamsService
from livelore.web.problems import HANDLERS


@dataclass
class Station:
    """The server under test; ``heard`` is what the hooks were told."""

    service: StreamsService
    http: httpx.AsyncClient
    port: int
    heard: list[str]
    grants: dict[str, PlaybackGrant]
    keys: dict[str, str] = field(default_factory=lambda: {"key-a": "room-a", "key-b": "room-b"})

    def rtmp(self, key: str) -> str:
        return f"rtmp://127.0.0.1:{self.service.rtmp_port}/live/{key}"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/playback/{path}"

    async def until(self, phase: StreamPhase, name: str = "room-a") -> None:
        async with asyncio.timeout(15):
            while True:
                state = self.service.state(name)
                if state is not None and state.phase is phase:
                    break
                await asyncio.sleep(0.02)
        await self.service.desk.settle()


@asynccontextmanager
async def open_station(
    more_routes: Sequence[ControllerRouterHandler] = (),
) -> AsyncGenerator[Station]:
    """A server for as long as the context lasts, on the running loop."""
    heard: list[str] = []
    grants: dict[str, PlaybackGrant] = {}
    clock = SystemClock()
    keys: dict[str, str] = {}

    async def authorize_key(stream_key: str, peer: str) -> str | None:
        assert peer == "127.0.0.1"
        return keys.get(stream_key)

    def hear(what: str) -> Callable[[str], Awaitable[None]]:
        async def hook(room_id: str) -> None:
            heard.append(f"{what} {room_id}")

        return hook

    async def check(token: str | None, room_id: str, cookies: Mapping[str, str]) -> PlaybackGrant:
        if token is None or token == "bad":
            raise ForbiddenError(room_id=room_id)
        return grants.get(token) or PlaybackGrant(token, clock.now())

    hooks = IngestHooks(
        authorize_key, hear("started"), hear("interrupted"), hear("resumed"), hear("ended")
    )
    service = StreamsService(clock, hooks, check, ("127.0.0.1", 0), resume_s=60)
    await service.start()
    app = Litestar(
        [*routes, *more_routes],
        dependencies={"streams": Provide(lambda: service, sync_to_thread=False)},
        exception_handlers=HANDLERS,
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    async with httpx.AsyncClient(timeout=20) as http:
        station = Station(service, http, listening.getsockname()[1], heard, grants)
        keys.update(station.keys)
        try:
            yield station
        finally:
            await service.stop()
            server.should_exit = True
            await serving
            listening.close()


async def run(*command: str, limit_s: float = 40) -> tuple[int, str]:
    """A program's exit status and what it wrote to both outputs."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(limit_s):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()

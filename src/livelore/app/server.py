"""The server process: one event loop, HTTP and room sockets on one port, RTMP on another."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable

import structlog
import uvicorn

from livelore.app import Platform, build
from livelore.settings import SettingInvalid, Settings

log = structlog.get_logger(__name__)
READY_POLL_S = 0.01
GRACE_S = 5

Ready = Callable[[Platform], Awaitable[None]]


def set_up_logs(level: str) -> None:
    """Log lines go to stderr, from the given level up.

    Raises:
        SettingInvalid: There is no such level.
    """
    numbers = {"debug": 10, "info": 20, "warning": 30, "error": 40}
    if level not in numbers:
        raise SettingInvalid(setting="log_level", detail=f"{level!r}: known are {list(numbers)}")
    import sys

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(numbers[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=numbers[level], stream=sys.stderr)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the platform ends first."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Leave signals to `run`."""
        yield


async def serve(settings: Settings, when_ready: Ready) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: Where and how.
        when_ready: Awaited once pages and API answer.

    Raises:
        OSError: A port is taken.
        SettingInvalid: A setting names something that there is not.
    """
    platform = build(settings)
    await platform.start()
    try:
        await _serve_http(platform, when_ready)
    finally:
        await platform.stop()


async def _serve_http(platform: Platform, when_ready: Ready) -> None:
    settings = platform.settings
    config = uvicorn.Config(
        platform.app,
        host=settings.host,
        port=settings.port,
        ws=platform.gate.protocol_class(),
        loop="none",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    _check_port(settings)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(READY_POLL_S)
    try:
        await when_ready(platform)
        await ending.wait()
    finally:
        server.should_exit = True
        await serving


def _check_port(settings: Settings) -> None:
    """Find out that a port is taken before anything is printed.

    Raises:
        OSError: It is.
    """
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((settings.host, settings.port))


def run(settings: Settings, when_ready: Ready) -> None:
    """`serve` on an event loop of its own (uvloop where there is one)."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(settings, when_ready))
    else:
        uvloop.run(serve(settings, when_ready))

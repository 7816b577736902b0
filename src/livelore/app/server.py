"""The server process: one event loop, HTTP and room sockets on one port, RTMP on another."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable

import structlog
import uvicorn

from livelore.app import Platform, build
from livelore.kit.errors import StartRefused
from livelore.settings import Settings

log = structlog.get_logger(__name__)
READY_POLL_S = 0.01
GRACE_S = 5
FILES_MAX = 65_536
"""Open files that are asked of the system, where it allows more than it gives."""

Ready = Callable[[Platform], Awaitable[None]]


def set_up_logs(level: str) -> None:
    """Log lines go to stderr, from the given level up."""
    number = {"debug": 10, "info": 20, "warning": 30, "error": 40}[level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.TimeStamper("iso"),
            # Without the values of variables: among them are passwords and tokens.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=number, stream=sys.stderr)
    for name in ("uvicorn.access", "uvicorn.error", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


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
        StartRefused: A port is taken, or the data folder cannot be used.
    """
    check_port("port", settings.host, settings.port)
    check_port("rtmp_port", settings.rtmp_host, settings.rtmp_port)
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
        await platform.live.streams.stop()  # lets those go who watch, else they are cut off
        await serving


def check_port(setting: str, host: str, port: int) -> None:
    """Find out that an address cannot be had before anything is begun.

    Args:
        setting: Which setting names the port.
        host: The address.
        port: The port; 0 is always free.

    Raises:
        StartRefused: It cannot.
    """
    where = f"port {port} of {host}"
    option = "--" + setting.replace("_", "-")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        name = setting.replace("port", "host")
        raise StartRefused(f"{where}: {error}; mend the setting {name}") from None
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise StartRefused(
                f"{where}: {error.strerror or error}; end what holds it or choose another"
                f" by {option}"
            ) from None


def _raise_file_limit() -> None:
    """Every viewer is an open file, and shells allow 1,024 where the system allows many more."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(settings: Settings, when_ready: Ready) -> None:
    """`serve` on an event loop of its own (uvloop where there is one)."""
    _raise_file_limit()
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(settings, when_ready))
    else:
        uvloop.run(serve(settings, when_ready))

"""Whether the ports of a site are free, or held by a Livelore that runs."""

import asyncio
import http.client
import socket
from dataclasses import dataclass

from livelore.app.server import check_port
from livelore.kit.errors import StartRefused
from livelore.settings import Settings

ANSWER_S = 3.0
RTMP_VERSION = b"\x03"
HELLO = RTMP_VERSION + bytes(1536)
"""C0 and C1 of the RTMP handshake."""


@dataclass(frozen=True, slots=True)
class PortState:
    """What was found on one port."""

    words: str
    is_problem: bool = False


async def look_at_ports(settings: Settings) -> list[PortState]:
    """The port of the pages, then that of the encoders."""
    return await asyncio.to_thread(_look_at_ports, settings)


def _look_at_ports(settings: Settings) -> list[PortState]:
    is_site_running = _answers_http(settings.host, settings.port)
    pages = _state("port", settings.host, settings.port, is_ours=is_site_running)
    is_ours = is_site_running and _answers_rtmp(settings.rtmp_host, settings.rtmp_port)
    return [pages, _state("rtmp_port", settings.rtmp_host, settings.rtmp_port, is_ours=is_ours)]


def _state(setting: str, host: str, port: int, *, is_ours: bool) -> PortState:
    try:
        check_port(setting, host, port)
    except StartRefused as refusal:
        if is_ours:
            return PortState(f"{port} of {host} is held by a Livelore that runs")
        return PortState(str(refusal).removeprefix("port "), is_problem=True)
    return PortState(f"{port} of {host} is free")


def _near(host: str) -> str:
    """Where a server that listens everywhere is reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound


def _answers_http(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(_near(host), port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.status == 200 and answer.read(16) == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _answers_rtmp(host: str, port: int) -> bool:
    try:
        with socket.create_connection((_near(host), port), timeout=ANSWER_S) as connection:
            connection.sendall(HELLO)
            return connection.recv(1) == RTMP_VERSION
    except OSError:
        return False

"""Routes of the studio."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from livelore.live.studio.schemas import ReportOut, StudioOut
from livelore.live.studio.service import StudioService
from livelore.settings import Settings
from livelore.web.caller import Caller


@get("/rooms/{room_id:str}/studio")
async def show_numbers(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    studio: NamedDependency[StudioService],
) -> StudioOut:
    """The host's numbers (host, moderators, operators)."""
    return StudioOut.of(await studio.numbers(caller, room_id))


@get("/live-sessions/{live_session_id:str}/report")
async def show_report(
    live_session_id: FromPath[str],
    caller: NamedDependency[Caller],
    studio: NamedDependency[StudioService],
    settings: NamedDependency[Settings],
) -> ReportOut:
    """The figures of one class, also long after it (host, moderators, operators)."""
    return ReportOut.of(await studio.report(caller, live_session_id), settings.time_zone)


routes: list[Any] = [show_numbers, show_report]

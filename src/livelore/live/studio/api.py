"""Routes of the studio."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from livelore.live.studio.schemas import PastSessionOut, ReportOut, StudioOut
from livelore.live.studio.service import StudioService
from livelore.settings import Settings
from livelore.web.caller import Caller
from livelore.web.paging import Page, clamp_limit, decode_cursor, encode_cursor


@get("/rooms/{room_id:str}/studio")
async def show_numbers(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    studio: NamedDependency[StudioService],
) -> StudioOut:
    """The host's numbers (host, moderators, operators)."""
    return StudioOut.of(await studio.numbers(caller, room_id))


@get("/rooms/{room_id:str}/sessions")
async def list_sessions(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    studio: NamedDependency[StudioService],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[PastSessionOut]:
    """The room's classes that are over, newest first (host, moderators, operators)."""
    n_max = clamp_limit(limit)
    before_id = None if cursor is None else str(decode_cursor(cursor, str)[0])
    found = await studio.sessions(caller, room_id, before_id, n_max)
    next_cursor = encode_cursor(found[-1].session.id) if len(found) == n_max else None
    return Page([PastSessionOut.of(past) for past in found], next_cursor)


@get("/live-sessions/{live_session_id:str}/report")
async def show_report(
    live_session_id: FromPath[str],
    caller: NamedDependency[Caller],
    studio: NamedDependency[StudioService],
    settings: NamedDependency[Settings],
) -> ReportOut:
    """Figures of one class, also long after its end (host, moderators, operators)."""
    return ReportOut.of(await studio.report(caller, live_session_id), settings.time_zone)


routes: list[Any] = [show_numbers, list_sessions, show_report]

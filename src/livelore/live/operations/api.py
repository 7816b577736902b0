"""Routes of the operator's desk: operators only."""

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from livelore.live.operations.schemas import (
    AuditOut,
    BooksOut,
    CutOffIn,
    CutRoomOut,
    OnAirOut,
    OverviewOut,
    RoomsOut,
)
from livelore.live.operations.service import OperationsService
from livelore.settings import Settings
from livelore.web.caller import Caller
from livelore.web.paging import clamp_limit, decode_cursor, encode_cursor


@get("/operator/overview")
async def show_overview(
    caller: NamedDependency[Caller],
    operations: NamedDependency[OperationsService],
    settings: NamedDependency[Settings],
) -> OverviewOut:
    """Rooms, viewers, money of today, the last check of the books, what waits."""
    return OverviewOut.of(await operations.overview(caller), settings.currency)


@get("/operator/rooms")
async def list_rooms(
    caller: NamedDependency[Caller], operations: NamedDependency[OperationsService]
) -> RoomsOut:
    """Rooms on air, those in trouble first; and rooms that are kept off air."""
    on_air, cut_off = await operations.rooms(caller)
    return RoomsOut(
        [OnAirOut.of(each) for each in on_air], [CutRoomOut.of(room) for room in cut_off]
    )


@post("/operator/rooms/{room_id:str}/cut-off", status_code=HTTP_204_NO_CONTENT)
async def cut_off(
    room_id: FromPath[str],
    data: JSONBody[CutOffIn],
    caller: NamedDependency[Caller],
    operations: NamedDependency[OperationsService],
) -> None:
    """Stop a room at once; it cannot come back until it is allowed."""
    await operations.cut_off(caller, room_id, data.reason)


@post("/operator/rooms/{room_id:str}/allow", status_code=HTTP_204_NO_CONTENT)
async def allow(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    operations: NamedDependency[OperationsService],
) -> None:
    """Let a room that was stopped go on air again."""
    await operations.allow(caller, room_id)


@get("/operator/ledger")
async def show_books(
    caller: NamedDependency[Caller], operations: NamedDependency[OperationsService]
) -> BooksOut:
    """The trial balance as it is now, and the last check."""
    return BooksOut.of(await operations.books(caller))


@post("/operator/ledger/check", status_code=HTTP_200_OK)
async def check_books(
    caller: NamedDependency[Caller], operations: NamedDependency[OperationsService]
) -> BooksOut:
    """Count all books again, as every night."""
    return BooksOut.of(await operations.check_books(caller))


@get("/operator/audit")
async def list_acts(
    caller: NamedDependency[Caller],
    operations: NamedDependency[OperationsService],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> AuditOut:
    """What operators did, newest first."""
    before = None if cursor is None else int(decode_cursor(cursor, int)[0])
    page = await operations.audit(caller, before, clamp_limit(limit))
    last = page.entries[-1].position if page.has_more else None
    return AuditOut.of(page, None if last is None else encode_cursor(last))


routes = [
    Router(
        "/",
        route_handlers=[
            show_overview,
            list_rooms,
            cut_off,
            allow,
            show_books,
            check_books,
            list_acts,
        ],
        tags=["operations"],
    )
]

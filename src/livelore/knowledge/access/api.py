"""Routes of access."""

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from livelore.knowledge.access.schemas import EntitlementOut
from livelore.knowledge.access.service import FIRST_PAGE, AccessService
from livelore.web.caller import Caller
from livelore.web.paging import Page, clamp_limit, decode_cursor, encode_cursor


@get("/entitlements")
async def list_entitlements(
    caller: NamedDependency[Caller],
    access: NamedDependency[AccessService],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[EntitlementOut]:
    """What the caller holds or held, newest first."""
    user_id = caller.require_user()
    before = FIRST_PAGE if cursor is None else int(decode_cursor(cursor, int)[0])
    size = clamp_limit(limit)
    held = await access.entitlements(user_id, before, size + 1)
    page = [EntitlementOut.of(each) for each in held[:size]]
    more = len(held) > size
    return Page(page, encode_cursor(held[size - 1].entitlement.id) if more else None)


routes = [Router("/", route_handlers=[list_entitlements], tags=["access"])]

"""Routes of the behaviour log."""

from typing import Any, cast

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED

from livelore.intelligence.interactions.schemas import (
    DeadLetterOut,
    InteractionsIn,
    InteractionsOut,
    RejectedOut,
)
from livelore.intelligence.interactions.service import InteractionsService, Sender
from livelore.kit.ids import new_secret
from livelore.live.rooms.service.playback import VISITOR_COOKIE
from livelore.settings import Settings
from livelore.web.caller import Caller
from livelore.web.paging import Page, clamp_limit, decode_cursor, encode_cursor

VISITOR_LIFE_S = 180 * 86_400


@post("/interactions", status_code=HTTP_202_ACCEPTED)
async def add_interactions(
    data: JSONBody[InteractionsIn],
    request: Request[object, object, State],
    caller: NamedDependency[Caller],
    interactions: NamedDependency[InteractionsService],
    settings: NamedDependency[Settings],
) -> Response[InteractionsOut]:
    """Log acts of a client, at most 200; visitors are known by their cookie."""
    known = request.cookies.get(VISITOR_COOKIE)
    visitor_id = known or (new_secret(16) if caller.user_id is None else None)
    outcome = await interactions.submit(Sender(caller.user_id, visitor_id), data.events)
    cookies: list[Cookie] = []
    if visitor_id is not None and known is None:
        cookie = Cookie(
            VISITOR_COOKIE,
            value=visitor_id,
            path="/",
            httponly=True,
            samesite="lax",
            secure=settings.public_url.startswith("https:"),
            max_age=VISITOR_LIFE_S,
        )
        cookies.append(cookie)
    rejected = [RejectedOut(index, reason) for index, reason in outcome.rejected]
    return Response(InteractionsOut(outcome.n_accepted, rejected), cookies=cookies)


@get("/operator/dead-letters")
async def list_dead_letters(
    caller: NamedDependency[Caller],
    interactions: NamedDependency[InteractionsService],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[DeadLetterOut]:
    """What could not be logged, newest first (operators)."""
    caller.require_role("operator")
    n_max = clamp_limit(limit)
    before = None if cursor is None else cast("tuple[int, str]", decode_cursor(cursor, int, str))
    found = await interactions.dead_letters(before, n_max)
    last = found[-1] if len(found) == n_max else None
    next_cursor = None if last is None else encode_cursor(last.at_ms, last.id)
    return Page([DeadLetterOut.of(letter) for letter in found], next_cursor)


routes: list[Any] = [add_interactions, list_dead_letters]

"""Routes of rooms, playback addresses and the first page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, patch, post, put
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from livelore.kit.ids import new_secret
from livelore.knowledge.catalog.schemas import CourseCard, LessonOut, ProductOut
from livelore.live.rooms.schemas import (
    AccessOut,
    ChatRulesOut,
    ContinueOut,
    CutOffOut,
    FeedItemOut,
    FeedOut,
    GiftKindOut,
    HomeOut,
    ModeratorIn,
    OwnRoomOut,
    OwnRoomsOut,
    PlaybackOut,
    ReasonOut,
    RevenueSplitOut,
    RoomCardOut,
    RoomIn,
    RoomOut,
    RoomPatch,
    SlotOut,
    StreamKeyOut,
    TierOut,
    TimetableOut,
    session_out,
)
from livelore.live.rooms.service import HomeFeed, Playback, PlaybackUrls, RoomsService, Visitor
from livelore.live.rooms.service.playback import PLAYBACK_COOKIE, VISITOR_COOKIE
from livelore.ports.clock import Clock
from livelore.settings import Settings
from livelore.trust.identity.schemas import UserOut
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller
from livelore.web.paging import Page, clamp_limit, decode_cursor, encode_cursor

_Request = Request[object, object, State]
VISITOR_LIFE_S = 180 * 86_400


@dataclass(frozen=True, slots=True)
class RoomExtras:
    """What a room's page shows that domains above rooms know; filled by `app`.

    ``hang_up`` ends a room's stream in whichever process its encoder is.
    """

    n_viewers: Callable[[str], int]
    chat_rules: Callable[[str], Awaitable[ChatRulesOut]]
    gift_kinds: Callable[[], Awaitable[list[GiftKindOut]]]
    super_chat_tiers: Callable[[], Awaitable[list[TierOut]]]
    hang_up: Callable[[str], Awaitable[None]]


@get("/home")
async def home(
    caller: NamedDependency[Caller],
    home_feed: NamedDependency[HomeFeed],
    settings: NamedDependency[Settings],
) -> HomeOut:
    """Everything that the first page shows."""
    found = await home_feed.home(caller.user_id)
    cards = [RoomCardOut.of(card, settings.preview_s) for card in found.cards]
    courses = [
        CourseCard.of(
            view.course,
            view.facts,
            host,
            owned=view.facts.product is not None and view.facts.product.id in found.owned,
        )
        for view, host in found.courses
    ]
    split = RevenueSplitOut(100 - settings.platform_percent, settings.platform_percent)
    slots = [SlotOut.of(slot) for slot in found.slots]
    resumes = [ContinueOut.of(resume) for resume in found.resumes]
    return HomeOut(next(iter(cards), None), cards, slots, courses, split, resumes)


@get("/timetable")
async def timetable(home_feed: NamedDependency[HomeFeed]) -> TimetableOut:
    """Live lessons of the coming week."""
    return TimetableOut([SlotOut.of(slot) for slot in await home_feed.slots(tonight_only=False)])


@get("/feed")
async def feed(
    caller: NamedDependency[Caller],
    home_feed: NamedDependency[HomeFeed],
    settings: NamedDependency[Settings],
    k: FromQuery[int] = 20,
) -> FeedOut:
    """Rooms on air by ticket held, viewers and start; no personal feature is read."""
    cards = (await home_feed.cards(caller.user_id))[: max(1, min(k, 100))]
    most = max((card.n_viewers for card in cards), default=0) or 1
    items = [RoomCardOut.of(card, settings.preview_s) for card in cards]
    return FeedOut(
        [
            FeedItemOut(
                item, item.n_viewers / most, ReasonOut(item.reason.code, item.reason.fields)
            )
            for item in items
        ]
    )


@get("/rooms")
async def list_rooms(
    caller: NamedDependency[Caller],
    home_feed: NamedDependency[HomeFeed],
    settings: NamedDependency[Settings],
    live: FromQuery[bool | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[RoomCardOut]:
    """Rooms, newest first: those on air (``live=true``), off air (``live=false``), or all."""
    n_max = clamp_limit(limit)
    before_id = None if cursor is None else str(decode_cursor(cursor, str)[0])
    cards = await home_feed.rooms(caller.user_id, live, before_id, n_max)
    next_cursor = encode_cursor(cards[-1].room.id) if len(cards) == n_max else None
    return Page([RoomCardOut.of(card, settings.preview_s) for card in cards], next_cursor)


@get("/host/rooms")
async def own_rooms(
    caller: NamedDependency[Caller], rooms: NamedDependency[RoomsService]
) -> OwnRoomsOut:
    """The caller's own rooms."""
    found = await rooms.rooms_of_host(caller.require_role("host", "operator"))
    return OwnRoomsOut([OwnRoomOut.of(room) for room in found])


@post("/rooms")
async def add_room(
    data: JSONBody[RoomIn], caller: NamedDependency[Caller], rooms: NamedDependency[RoomsService]
) -> OwnRoomOut:
    """Open a room (hosts)."""
    host_id = caller.require_role("host")
    return OwnRoomOut.of(await rooms.add_room(host_id, data.title, data.title_en, data.cover))


@patch("/rooms/{room_id:str}")
async def rename_room(
    room_id: FromPath[str],
    data: JSONBody[RoomPatch],
    caller: NamedDependency[Caller],
    rooms: NamedDependency[RoomsService],
) -> OwnRoomOut:
    """Change the titles of one's own room."""
    host_id = caller.require_role("host")
    return OwnRoomOut.of(await rooms.rename_room(host_id, room_id, data.title, data.title_en))


@get("/rooms/{room_id:str}")
async def show_room(
    room_id: FromPath[str],
    request: _Request,
    caller: NamedDependency[Caller],
    rooms: NamedDependency[RoomsService],
    playback: NamedDependency[Playback],
    identity: NamedDependency[IdentityService],
    room_extras: NamedDependency[RoomExtras],
    clock: NamedDependency[Clock],
) -> RoomOut:
    """A room as the caller sees it."""
    view = await rooms.view(caller, room_id)
    visitor = Visitor(caller, request.cookies.get(VISITOR_COOKIE))
    left_s = 0 if view.access.entitled else await playback.preview_left_s(visitor, view.session)
    access = view.access
    lesson = view.lesson
    return RoomOut(
        id=view.room.id,
        title=view.room.title,
        title_en=view.room.title_en,
        cover=view.room.cover,
        host=UserOut.of(await identity.user(view.room.host_id)),
        state=view.state,
        live_session=session_out(view),
        next_lesson=None
        if lesson is None or view.session is not None
        else LessonOut.of(lesson, view.product, clock.now(), entitled=access.entitled),
        n_viewers=room_extras.n_viewers(room_id),
        product=None if view.product is None else ProductOut.of(view.product),
        access=AccessOut(access.entitled, access.reason, access.until, left_s),
        is_host=view.is_host,
        is_moderator=view.is_moderator,
        gift_kinds=await room_extras.gift_kinds(),
        super_chat_tiers=await room_extras.super_chat_tiers(),
        chat=await room_extras.chat_rules(room_id),
        cut_off=CutOffOut.of(view.room),
    )


@post("/rooms/{room_id:str}/stream-key")
async def renew_stream_key(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    rooms: NamedDependency[RoomsService],
    request: _Request,
    settings: NamedDependency[Settings],
) -> StreamKeyOut:
    """A new stream key, shown this once; the old one is dead."""
    key = await rooms.renew_stream_key(caller.require_role("host"), room_id)
    server = f"rtmp://{request.url.hostname or settings.host}:{settings.rtmp_port}/live"
    return StreamKeyOut(key, server, f"{server}/{key}")


@put("/rooms/{room_id:str}/moderators", status_code=HTTP_204_NO_CONTENT)
async def set_moderator(
    room_id: FromPath[str],
    data: JSONBody[ModeratorIn],
    caller: NamedDependency[Caller],
    rooms: NamedDependency[RoomsService],
    identity: NamedDependency[IdentityService],
) -> None:
    """Appoint or dismiss a moderator of one's own room."""
    host_id = caller.require_role("host")
    if data.is_appointed:
        await identity.user(data.user_id)
    await rooms.set_moderator(host_id, room_id, data.user_id, is_appointed=data.is_appointed)


@post("/rooms/{room_id:str}/end", status_code=HTTP_204_NO_CONTENT)
async def end_session(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    rooms: NamedDependency[RoomsService],
    room_extras: NamedDependency[RoomExtras],
) -> None:
    """End the class and hang up on its encoder."""
    await rooms.end_session(caller, room_id)
    await room_extras.hang_up(room_id)


@get("/rooms/{room_id:str}/playback")
async def playback_urls(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    playback: NamedDependency[Playback],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
) -> Response[PlaybackOut]:
    """Addresses of the picture, for who may watch."""
    return _urls_answer(room_id, await playback.urls(caller, room_id), clock, settings, None)


@post("/rooms/{room_id:str}/preview", status_code=HTTP_200_OK)
async def preview_urls(
    room_id: FromPath[str],
    request: _Request,
    caller: NamedDependency[Caller],
    playback: NamedDependency[Playback],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
) -> Response[PlaybackOut]:
    """Addresses of the free preview; its time runs from the first call."""
    known = request.cookies.get(VISITOR_COOKIE)
    visitor_id = known or new_secret(16)
    urls = await playback.preview(Visitor(caller, visitor_id[:64]), room_id)
    return _urls_answer(room_id, urls, clock, settings, None if known else visitor_id)


def _urls_answer(
    room_id: str, urls: PlaybackUrls, clock: Clock, settings: Settings, visitor_id: str | None
) -> Response[PlaybackOut]:
    is_secure = settings.public_url.startswith("https:")

    def cookie(name: str, value: str, path: str, life_s: float) -> Cookie:
        return Cookie(
            name,
            value=value,
            path=path,
            httponly=True,
            samesite="lax",
            secure=is_secure,
            max_age=round(life_s),
        )

    life_s = urls.cookie_life.total_seconds()
    cookies = [cookie(PLAYBACK_COOKIE, urls.cookie, f"/api/v1/playback/{room_id}", life_s)]
    if visitor_id is not None:
        cookies.append(cookie(VISITOR_COOKIE, visitor_id, "/", VISITOR_LIFE_S))
    return Response(
        PlaybackOut.of(urls, clock.now()), cookies=cookies, headers={"Cache-Control": "no-store"}
    )


routes: list[Any] = [
    home,
    timetable,
    feed,
    list_rooms,
    own_rooms,
    add_room,
    rename_room,
    show_room,
    renew_stream_key,
    set_moderator,
    end_session,
    playback_urls,
    preview_urls,
]

"""Rooms, gifts and the studio over HTTP: each route for each kind of caller, and wrong bodies."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from livelore.app import Platform
from livelore.knowledge.catalog.service import NewCourse, NewLesson, NewProduct
from livelore.trust.identity.model import Role
from livelore.trust.identity.service import NewUser

KEYS = itertools.count()
PEOPLE = ("nobody", "viewer", "other_host", "moderator", "host", "operator")


@dataclass
class Site:
    """A room on air with a class of 29 yuan, and one person of each kind."""

    platform: Platform
    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    ids: dict[str, str] = field(default_factory=dict[str, str])
    room_id: str = ""
    session_id: str = ""

    async def add(self, name: str, role: Role) -> None:
        identity = self.platform.identity
        user = await identity.add_user(NewUser(name, "chalk and board"), role)
        self.tokens[name] = (await identity.open_session(user, "bearer")).token
        self.ids[name] = user.id

    async def ask(
        self, who: str, method: str, path: str, body: object = None, key: str | None = None
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or f"key-{next(KEYS):016d}"}
        if who in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        self.client.cookies.clear()
        return await self.client.request(
            method,
            path.replace("ROOM", self.room_id).replace("SESSION", self.session_id),
            json=body,
            headers=headers,
        )


@pytest.fixture
async def site(platform: Platform, client: httpx.AsyncClient) -> AsyncIterator[Site]:
    made = Site(platform, client)
    roles: dict[str, Role] = {"host": "host", "other_host": "host", "operator": "operator"}
    for name in PEOPLE[1:]:
        await made.add(name, roles.get(name, "viewer"))
    rooms, catalog, host_id = platform.live.rooms, platform.knowledge.catalog, made.ids["host"]
    made.room_id = (await rooms.add_room(host_id, "数学直播间")).id
    await rooms.set_moderator(host_id, made.room_id, made.ids["moderator"], is_appointed=True)
    course = await catalog.add_course(host_id, NewCourse("微积分", "Calculus"))
    now = datetime.now(UTC)
    new = NewLesson(
        "极限", "live", starts_at=now, ends_at=now + timedelta(hours=1), room_id=made.room_id
    )
    lesson = await catalog.add_lesson(host_id, course.id, new)
    await catalog.add_product(host_id, course.id, NewProduct(2_900, lesson.id, replay_days=180))
    await rooms.session_started(made.room_id)
    session = await rooms.open_session_of(made.room_id)
    assert session is not None
    made.session_id = session.id
    yield made
    assert await platform.knowledge.ledger.nightly_check() == []


CLASS = {
    "title": "New",
    "starts_at": "2099-01-01T10:00:00Z",
    "ends_at": "2099-01-01T11:00:00Z",
    "price_minor": 2_900,
}
MODERATOR = {"user_id": "x", "is_appointed": False}
PERMISSIONS: list[tuple[str, str, Any, tuple[int, int, int, int, int, int]]] = [
    ("GET", "/home", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/feed", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/timetable", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/rooms", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/rooms?live=true", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/rooms?live=perhaps", None, (400, 400, 400, 400, 400, 400)),
    ("GET", "/rooms?cursor=!", None, (400, 400, 400, 400, 400, 400)),
    ("GET", "/rooms/ROOM", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/host/rooms", None, (401, 403, 200, 403, 200, 200)),
    ("POST", "/rooms", {"title": "New"}, (401, 403, 201, 403, 201, 403)),
    ("PATCH", "/rooms/ROOM", {"title": "New"}, (401, 403, 404, 403, 200, 403)),
    ("PUT", "/rooms/ROOM/moderators", MODERATOR, (401, 403, 404, 403, 204, 403)),
    ("POST", "/rooms/ROOM/stream-key", None, (401, 403, 404, 403, 201, 403)),
    ("GET", "/rooms/ROOM/obs-profile", None, (401, 404, 404, 200, 200, 200)),
    ("GET", "/host/classes", None, (401, 403, 200, 403, 200, 403)),
    ("GET", "/host/classes?cursor=!", None, (401, 403, 400, 403, 400, 403)),
    ("GET", "/host/classes/none", None, (401, 403, 404, 403, 404, 403)),
    ("PATCH", "/host/classes/none", {"title": "New"}, (401, 403, 404, 403, 404, 403)),
    ("POST", "/host/classes", CLASS, (401, 403, 201, 403, 201, 403)),
    ("GET", "/live-sessions/none/report", None, (401, 404, 404, 404, 404, 404)),
    ("GET", "/rooms/ROOM/playback", None, (403, 403, 403, 200, 200, 200)),
    ("POST", "/rooms/ROOM/preview", None, (200, 200, 200, 200, 200, 200)),
    ("GET", "/rooms/ROOM/studio", None, (401, 404, 404, 200, 200, 200)),
    ("GET", "/rooms/ROOM/sessions", None, (401, 404, 404, 200, 200, 200)),
    ("GET", "/rooms/ROOM/sessions?cursor=!", None, (400, 400, 400, 400, 400, 400)),
    ("GET", "/live-sessions/SESSION/report", None, (401, 404, 404, 200, 200, 200)),
    ("GET", "/live-sessions/none/report", None, (401, 404, 404, 404, 404, 404)),
    ("POST", "/rooms/ROOM/gifts", {"gift_kind_id": "tea"}, (401, 403, 403, 403, 403, 403)),
    (
        "POST",
        "/rooms/ROOM/super-chats",
        {"text": "hi", "coins": 100},
        (401, 403, 403, 403, 403, 403),
    ),
    (
        "DELETE",
        "/rooms/ROOM/super-chats/none",
        {"reason": "breach"},
        (401, 404, 404, 404, 404, 404),
    ),
    ("POST", "/rooms/ROOM/gifts/none/undo", None, (401, 403, 403, 403, 403, 404)),
]


async def test_each_route_answers_each_kind_of_caller_as_it_should(site: Site) -> None:
    wrong: list[str] = []
    for method, path, body, statuses in PERMISSIONS:
        for who, wanted in zip(PEOPLE, statuses, strict=True):
            answer = await site.ask(who, method, path, body)
            if answer.status_code != wanted:
                wrong.append(f"{who} {method} {path}: {answer.status_code}, not {wanted}")
    assert wrong == []


@pytest.mark.parametrize(
    ("who", "wanted"),
    list(zip(PEOPLE, (401, 404, 404, 204, 204, 204), strict=True)),
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_may_end_a_class(site: Site, who: str, wanted: int) -> None:
    answer = await site.ask(who, "POST", "/rooms/ROOM/end")
    assert answer.status_code == wanted
    state = (await site.ask("nobody", "GET", "/rooms/ROOM")).json()["state"]
    assert state == ("on_air" if wanted != 204 else "ended")


async def test_nobody_is_no_moderator(site: Site) -> None:
    for user_id in ("", "01jd0000000000000000000000"):
        body = {"user_id": user_id, "is_appointed": True}
        answer = await site.ask("host", "PUT", "/rooms/ROOM/moderators", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "identity.user_not_found")
    gone = {"user_id": "01jd0000000000000000000000", "is_appointed": False}
    assert (await site.ask("host", "PUT", "/rooms/ROOM/moderators", gone)).status_code == 204


async def test_a_room_tells_everything_that_its_page_needs(site: Site) -> None:
    room = (await site.ask("viewer", "GET", "/rooms/ROOM")).json()
    assert room["state"] == "on_air"
    assert room["live_session"]["title"] == "极限"
    assert room["product"]["price"] == {"amount_minor": 2_900, "currency": "CNY"}
    assert room["access"] == {
        "entitled": False,
        "reason": None,
        "until": None,
        "preview_left_s": 180,
    }
    assert [kind["coins"] for kind in room["gift_kinds"]] == [10, 60, 120, 300, 660]
    assert room["gift_kinds"][0]["value"] == {"amount_minor": 100, "currency": "CNY"}
    assert room["super_chat_tiers"][0]["pin_s"] == 30
    assert (room["is_host"], room["is_moderator"]) == (False, False)
    own = (await site.ask("host", "GET", "/rooms/ROOM")).json()
    assert (own["is_host"], own["access"]["reason"]) == (True, "host")


async def test_rooms_on_air_and_off_air_are_listed_apart(site: Site) -> None:
    quiet = (await site.ask("other_host", "POST", "/rooms", {"title": "Quiet"})).json()["id"]

    async def listed(query: str) -> list[str]:
        ids: list[str] = []
        cursor = ""
        while True:
            page = (await site.ask("nobody", "GET", f"/rooms?limit=1{query}{cursor}")).json()
            ids += [card["room_id"] for card in page["items"]]
            if page["next_cursor"] is None:
                return ids
            cursor = f"&cursor={page['next_cursor']}"

    assert await listed("&live=true") == [site.room_id]
    assert await listed("&live=false") == [quiet]
    assert sorted(await listed("")) == sorted([site.room_id, quiet])
    await site.ask("host", "POST", "/rooms/ROOM/end")
    assert await listed("&live=true") == []
    assert sorted(await listed("&live=false")) == sorted([site.room_id, quiet])


async def test_an_ended_class_is_listed_and_reported(site: Site) -> None:
    await site.ask("host", "POST", "/rooms/ROOM/end")
    listed = (await site.ask("host", "GET", "/rooms/ROOM/sessions")).json()
    assert ([each["id"] for each in listed["items"]], listed["next_cursor"]) == (
        [site.session_id],
        None,
    )
    report = (await site.ask("host", "GET", "/live-sessions/SESSION/report")).json()
    assert (report["state"], report["live_session"]["title"]) == ("ended", "极限")
    assert report["revenue"]["agrees_with_ledger"] is True


async def test_home_leads_with_the_class_on_air_and_names_the_split(site: Site) -> None:
    home = (await site.ask("nobody", "GET", "/home")).json()
    assert home["lead"]["room_id"] == site.room_id
    assert home["lead"]["reason"]["code"] == "start_time"
    assert home["timetable"][0]["state"] == "live"
    assert home["revenue_split"] == {"host_percent": 85, "platform_percent": 15}
    assert home["continue"] == []
    feed = (await site.ask("nobody", "GET", "/feed?k=1")).json()
    assert feed["is_personal"] is False
    assert feed["items"][0]["item"]["room_id"] == site.room_id


async def test_rooms_are_listed_on_air_off_air_or_all_page_by_page(site: Site) -> None:
    rooms = site.platform.live.rooms
    off_air = [(await rooms.add_room(site.ids["host"], f"另一间 {n}")).id for n in range(3)]
    everything = [*sorted(off_air, reverse=True), site.room_id]

    async def listed(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        for _ in range(10):
            page = (await site.ask("nobody", "GET", f"/rooms?limit=2{query}{cursor}")).json()
            assert len(page["items"]) <= 2
            found += [item["room_id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        return found

    assert await listed("") == everything
    assert await listed("&live=true") == [site.room_id]
    assert await listed("&live=false") == everything[:-1]
    item = (await site.ask("nobody", "GET", "/rooms?live=false")).json()["items"][0]
    assert (item["live_session_id"], item["reason"]["code"]) == (None, "off_air")
    await rooms.session_ended(site.room_id)
    assert await listed("&live=true") == []
    assert await listed("&live=false") == everything


async def test_home_leads_on_with_what_the_viewer_holds(site: Site) -> None:
    viewer, host = site.ids["viewer"], site.ids["host"]
    lesson_id = (await site.ask("nobody", "GET", "/home")).json()["lead"]["lesson_id"]
    await site.platform.knowledge.access.note_watched(viewer, lesson_id, 60)
    assert (await site.ask("viewer", "GET", "/home")).json()["continue"] == []
    catalog = site.platform.knowledge.catalog
    course = await catalog.add_course(host, NewCourse("公开课", "Open course", cover="series"))
    lesson = await catalog.add_lesson(host, course.id, NewLesson("导论", "video", duration_s=600))
    await site.platform.knowledge.access.note_watched(viewer, lesson.id, 90)
    assert (await site.ask("viewer", "GET", "/home")).json()["continue"] == [
        {
            "course_id": course.id,
            "lesson_id": lesson.id,
            "title": "导论",
            "title_en": "",
            "course_title": "公开课",
            "course_title_en": "Open course",
            "state": "open",
            "room_id": None,
            "starts_at": None,
            "position_s": 90,
            "duration_s": 600,
            "cover": "series",
        }
    ]
    assert (await site.ask("nobody", "GET", "/home")).json()["continue"] == []


async def test_a_key_is_shown_once(site: Site) -> None:
    answer = (await site.ask("host", "POST", "/rooms/ROOM/stream-key")).json()
    assert answer["rtmp_url"] == f"{answer['server_url']}/{answer['stream_key']}"
    assert answer["stream_key"] not in (await site.ask("host", "GET", "/rooms/ROOM")).text


async def test_the_playback_cookie_is_for_its_room_and_out_of_reach_of_scripts(site: Site) -> None:
    answer = await site.ask("host", "GET", "/rooms/ROOM/playback")
    cookie = SimpleCookie(answer.headers["set-cookie"])["livelore_playback"]
    assert cookie["path"] == f"/api/v1/playback/{site.room_id}"
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    life = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert timedelta(0) < life <= timedelta(seconds=60)
    assert body["kind"] == "full"


async def test_no_picture_without_a_token(site: Site) -> None:
    for file in ("live.flv", "hls/index.m3u8", "hls/seg0.m4s", "hls/part0.m4s", "hls/init0.mp4"):
        for query in ("", "?token=", "?token=abc", "?token=eyJhbGciOiJub25lIn0.e30."):
            answer = await site.ask("viewer", "GET", f"/playback/ROOM/{file}{query}")
            code = answer.json()["code"]
            assert (answer.status_code, code) == (403, "access.playback_token_invalid")


@pytest.mark.parametrize(
    "change",
    [
        {"count": 0},
        {"count": -5},
        {"count": 1_000},
        {"count": 2**70},
        {"count": 1.0},
        {"count": 1.5},
        {"count": "1"},
        {"count": True},
        {"count": None},
        {"gift_kind_id": "rocket"},
        {"gift_kind_id": None},
        {"coins": 1},
        {"combo_id": "no"},
        {"combo_id": "' OR 1=1 --"},
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_wrong_body_gives_nothing_and_binds_nothing(site: Site, change: Any) -> None:
    good = {"gift_kind_id": "chalk", "count": 1}
    key = f"body-{next(KEYS):016d}"
    answer = await site.ask("viewer", "POST", "/rooms/ROOM/gifts", good | change, key)
    assert answer.status_code in {400, 422}, answer.text
    later = await site.ask("viewer", "POST", "/rooms/ROOM/gifts", good, key)
    assert later.json()["code"] == "access.ticket_required"


async def test_a_press_without_a_key_is_refused(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.tokens['viewer']}"}
    body = {"gift_kind_id": "chalk"}
    path = f"/rooms/{site.room_id}/gifts"
    answer = await site.client.post(path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_missing")


async def test_the_same_press_is_answered_again_and_another_body_is_not(site: Site) -> None:
    """A moderator may enter without a ticket; with coins and the mark they may give."""
    await site.platform.identity.verify_adult(site.ids["moderator"], site.ids["operator"])
    pack = await site.platform.knowledge.catalog.add_coin_pack(500, 5_000)
    bought = {"product_id": pack.id, "method": "wechat", "refund_rule_accepted": True}
    order = (await site.ask("moderator", "POST", "/wallet/topups", bought)).json()["order"]
    for _ in range(200):
        found = (await site.ask("moderator", "GET", f"/orders/{order['id']}")).json()
        if found["state"] == "fulfilled":
            break
    key, body = "one-press-0000000001", {"gift_kind_id": "tea", "combo_id": "combo-0001"}
    first = await site.ask("moderator", "POST", "/rooms/ROOM/gifts", body, key)
    again = await site.ask("moderator", "POST", "/rooms/ROOM/gifts", body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json() == again.json()
    assert (first.json()["coins_spent"], first.json()["coins_available"]) == (120, 380)
    other = await site.ask("moderator", "POST", "/rooms/ROOM/gifts", body | {"count": 2}, key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    studio = (await site.ask("host", "GET", "/rooms/ROOM/studio")).json()
    lines = {line["kind"]: line for line in studio["revenue"]["lines"]}
    assert lines["gift"] == {"kind": "gift", "count": 1, "amount_minor": 1_020}
    assert studio["revenue"]["agrees_with_ledger"] is True

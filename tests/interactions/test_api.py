"""The public contract of the behaviour log."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from livelore.app import Platform
from livelore.intelligence.interactions.reader import read
from livelore.knowledge.catalog.service import NewCourse, NewLesson, NewProduct
from livelore.trust.identity.model import Role
from livelore.trust.identity.service import NewUser

BEAT = {
    "id": "beat-0000-0001",
    "type": "watch_heartbeat",
    "version": 1,
    "item_id": "session1",
    "watch_id": "tab1",
    "beat": 1,
    "watched_ms": 15_000,
}


async def token_of(platform: Platform, name: str, role: Role) -> str:
    user = await platform.identity.add_user(NewUser(name, "chalk and board"), role)
    return (await platform.identity.open_session(user, "bearer")).token


def log_of(platform: Platform) -> Path:
    return platform.settings.data_dir / "interactions"


async def post(client: httpx.AsyncClient, *events: Any) -> httpx.Response:
    return await client.post("/interactions", json={"events": list(events)})


async def test_a_repeated_event_is_accepted_and_logged_once(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    for _ in range(2):
        answer = await post(client, BEAT)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "rejected": []})
    rows = list(read(log_of(platform)))
    assert [(row.id, row.type, row.fields["watched_ms"]) for row in rows] == [
        ("beat-0000-0001", "watch_heartbeat", 15_000)
    ]
    assert rows[0].visitor
    assert rows[0].user_id is None
    assert client.cookies["livelore_visitor"] not in rows[0].visitor


async def test_what_fits_no_shape_is_kept_whole_for_operators(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    bad: list[Any] = [
        BEAT | {"type": "telepathy"},
        BEAT | {"version": 99},
        BEAT | {"watched_ms": "15000"},
        BEAT | {"surprise": "\u0000"},
        BEAT | {"type": "gift"},
        BEAT | {"id": "outbox:1"},
        "words",
    ]
    answer = (await post(client, *bad, BEAT)).json()
    assert answer["accepted"] == 1
    reasons = "unknown_type unknown_version bad_field bad_field unknown_type bad_id not_an_object"
    assert [each["reason"] for each in answer["rejected"]] == reasons.split()
    token = await token_of(platform, "op", "operator")
    headers = {"Authorization": f"Bearer {token}"}
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/operator/dead-letters", params=query, headers=headers)).json()
        found += page["items"]
        cursor = page["next_cursor"]
    kept = sorted(json.dumps(json.loads(each["body"]), sort_keys=True) for each in found)
    assert kept == sorted(json.dumps(each, sort_keys=True) for each in bad)


@pytest.mark.parametrize("role", ["viewer", "host", "moderator"])
async def test_only_operators_see_dead_letters(
    platform: Platform, client: httpx.AsyncClient, role: Role
) -> None:
    assert (await client.get("/operator/dead-letters")).status_code == 401
    headers = {"Authorization": f"Bearer {await token_of(platform, 'somebody', role)}"}
    assert (await client.get("/operator/dead-letters", headers=headers)).status_code == 403


async def test_more_than_200_events_are_refused(client: httpx.AsyncClient) -> None:
    answer = await post(client, *[BEAT] * 201)
    assert answer.status_code == 413
    assert answer.json()["code"] == "interactions.batch_too_large"


@pytest.mark.parametrize(("price", "watched_s"), [(None, 15), (2_900, 0)])
async def test_watching_a_class_counts_for_who_may_watch_it_and_a_preview_does_not(
    platform: Platform, client: httpx.AsyncClient, price: int | None, watched_s: int
) -> None:
    token = await token_of(platform, "qin", "viewer")
    host = await platform.identity.add_user(NewUser("lin", "chalk and board"), "host")
    catalog, rooms = platform.knowledge.catalog, platform.live.rooms
    room = await rooms.add_room(host.id, "微积分", "Calculus", "integral")
    course = await catalog.add_course(host.id, NewCourse("微积分", "Calculus"))
    now = platform.clock.now()
    ends_at = now + timedelta(hours=1)
    new = NewLesson("定积分", "live", room_id=room.id, starts_at=now, ends_at=ends_at)
    lesson = await catalog.add_lesson(host.id, course.id, new)
    if price is not None:
        await catalog.add_product(host.id, course.id, NewProduct(price, lesson.id, replay_days=9))
    await rooms.session_started(room.id)
    session = await rooms.open_session_of(room.id)
    assert session is not None
    assert session.lesson_id == lesson.id
    headers = {"Authorization": f"Bearer {token}"}
    body = {"events": [BEAT | {"item_id": session.id}]}
    answer = await client.post("/interactions", json=body, headers=headers)
    assert answer.json()["accepted"] == 1
    user_id = (await client.get("/me", headers=headers)).json()["user"]["id"]
    ledger, access = platform.knowledge.ledger, platform.knowledge.access

    def seconds(connection: Connection) -> int:
        party = ledger.find_party_in(connection, user_id)
        return 0 if party is None else access.watched_s_in(connection, party, [lesson.id])

    assert await platform.database.read(seconds) == watched_s

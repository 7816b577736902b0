"""The public contract of the behaviour log."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from livelore.app import Platform
from livelore.intelligence.interactions.reader import read
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
    import json

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

"""What people set follows them; only what has a meaning is kept."""

from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from livelore.app import Platform
from livelore.trust.identity.preferences import (
    BYTES_MAX,
    DanmakuPreferencesIn,
    PreferencesIn,
    preferences_in,
)
from livelore.trust.identity.service import NewUser

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHOSEN = {
    "language": "en",
    "theme": "dark",
    "danmaku": {"is_on": False, "area": 0.5, "opacity": 80, "block_words": ["剧透"]},
}


async def log_in(platform: Platform, name: str) -> dict[str, str]:
    user = await platform.identity.add_user(NewUser(name, "chalk and board"), "viewer")
    return {
        "Authorization": f"Bearer {(await platform.identity.open_session(user, 'bearer')).token}"
    }


async def test_preferences_follow_the_person(platform: Platform, client: httpx.AsyncClient) -> None:
    own, other = await log_in(platform, "mia"), await log_in(platform, "leo")
    assert (await client.get("/me/preferences", headers=own)).json() == {}
    kept = await client.put("/me/preferences", json=CHOSEN, headers=own)
    assert (kept.status_code, kept.json()) == (200, CHOSEN)
    second_device = await client.get("/me/preferences", headers=own)
    assert second_device.json() == CHOSEN
    assert (await client.get("/me/preferences", headers=other)).json() == {}
    await client.put("/me/preferences", json={"theme": "auto"}, headers=own)
    assert (await client.get("/me/preferences", headers=own)).json() == {"theme": "auto"}


@on_sqlite
async def test_nobody_has_no_preferences(client: httpx.AsyncClient) -> None:
    assert (await client.get("/me/preferences")).status_code == 401
    assert (await client.put("/me/preferences", json={})).status_code == 401


@on_sqlite
@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "fr"},
        {"theme": "pink"},
        {"colour": "red"},
        {"danmaku": {"speed": 3}},
        {"danmaku": {"opacity": 0}},
        {"danmaku": {"opacity": "80"}},
        {"danmaku": {"area": 1.5}},
        {"danmaku": {"block_words": [""]}},
        {"danmaku": {"block_words": ["长" * 31]}},
        {"danmaku": {"block_words": ["x"] * 51}},
        [],
    ],
)
async def test_what_has_no_meaning_is_refused(
    platform: Platform, client: httpx.AsyncClient, wrong: Any
) -> None:
    own = await log_in(platform, "mia")
    assert (await client.put("/me/preferences", json=wrong, headers=own)).status_code == 400
    assert (await client.get("/me/preferences", headers=own)).json() == {}


def test_the_fullest_preferences_fit() -> None:
    words = ["\N{GRINNING FACE}" * 30] * 50
    full = PreferencesIn(
        "zh", "light", DanmakuPreferencesIn(True, 0.25, 100, 100, 200, 29.5, True, True, words)
    )
    assert len(msgspec.json.encode(full)) <= BYTES_MAX


async def test_what_another_version_kept_is_read_as_far_as_it_goes(platform: Platform) -> None:
    user = await platform.identity.add_user(NewUser("mia", "chalk and board"), "viewer")
    await platform.identity.set_preferences(user.id, PreferencesIn("en"))
    later = '{"theme":"dark","layout":"wide","danmaku":{"size":120,"shadow":true}}'
    change = text("UPDATE user_preference SET body = :body")
    await platform.database.write(lambda c: c.execute(change, {"body": later}).rowcount)
    found = await platform.identity.preferences_of(user.id)
    assert msgspec.to_builtins(found) == {"theme": "dark", "danmaku": {"size": 120}}
    assert msgspec.to_builtins(preferences_in('{"theme":"pink"}')) == {}

"""The catalogue over HTTP: searching page by page, and who may ask."""

from typing import Any

import httpx
import pytest

from livelore.app import Platform
from livelore.knowledge.catalog.service import NewCourse
from livelore.trust.identity.model import Role
from livelore.trust.identity.service import NewUser


async def add(platform: Platform, name: str, role: Role) -> tuple[str, dict[str, str]]:
    user = await platform.identity.add_user(NewUser(name, "chalk and board"), role)
    session = await platform.identity.open_session(user, "bearer")
    return user.id, {"Authorization": f"Bearer {session.token}"}


async def test_a_search_is_paged_by_cursor(platform: Platform, client: httpx.AsyncClient) -> None:
    host_id, _ = await add(platform, "lin", "host")
    for number in range(5):
        title = "微积分" if number % 2 == 0 else "几何"
        await platform.knowledge.catalog.add_course(host_id, NewCourse(f"{title} {number}"))
    found: list[str] = []
    query: dict[str, Any] = {"q": "积分", "limit": 2}
    while True:
        page = (await client.get("/catalog", params=query)).json()
        found += [card["title"] for card in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == ["微积分 4", "微积分 2", "微积分 0"]


@pytest.mark.parametrize("who", [None, "viewer", "host", "operator"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_everybody_may_search(
    platform: Platform, client: httpx.AsyncClient, who: Role | None
) -> None:
    headers: dict[str, str] = {}
    if who is not None:
        _, headers = await add(platform, who, who)
    answers = [
        await client.get(path, headers=headers)
        for path in ("/catalog?q=x", "/catalog?q=%25&subject=math", "/subjects")
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[2].json()["items"][0] == {
        "code": "math",
        "name_zh": "数学",
        "name_en": "Mathematics",
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_long_search_is_refused_by_name(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/catalog", params={"q": "长" * 101})
    assert (answer.status_code, answer.json()["code"]) == (422, "catalog.field_invalid")
    assert answer.json()["field"] == "q"

"""The operator's desk over HTTP, on both databases: who may, what it shows, what its acts do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from livelore.app import Platform
from livelore.database.engine import Database
from tests.rooms.test_api import PEOPLE, Site, site

__all__ = ["site"]
REASON = {"reason": "疑似疗效承诺（广告法）"}
ROUTES: list[tuple[str, str, Any, int]] = [
    ("GET", "/operator/overview", None, 200),
    ("GET", "/operator/rooms", None, 200),
    ("GET", "/operator/ledger", None, 200),
    ("POST", "/operator/ledger/check", None, 200),
    ("GET", "/operator/audit", None, 200),
    ("GET", "/operator/payments", None, 200),
    ("GET", "/operator/dead-letters", None, 200),
    ("GET", "/operator/users", None, 200),
    ("POST", "/operator/users/VIEWER/adult-verification", None, 204),
    ("POST", "/operator/users/VIEWER/lock", REASON, 204),
    ("POST", "/operator/users/VIEWER/unlock", None, 204),
    ("POST", "/operator/rooms/ROOM/cut-off", REASON, 204),
    ("POST", "/operator/rooms/ROOM/allow", None, 204),
]


async def test_the_desk_is_for_operators_alone(site: Site) -> None:
    await site.add("somebody", "viewer")
    wrong: list[str] = []
    for method, path, body, status in ROUTES:
        at = path.replace("VIEWER", site.ids["somebody"])
        for who in PEOPLE:
            wanted = {"nobody": 401, "operator": status}.get(who, 403)
            answer = await site.ask(who, method, at, body)
            if answer.status_code != wanted:
                wrong.append(f"{who} {method} {path}: {answer.status_code}, not {wanted}")
    assert wrong == []


async def acts(site: Site) -> list[tuple[str, str, str, str]]:
    found = (await site.ask("operator", "GET", "/operator/audit")).json()
    assert found["broken_at"] is None
    assert found["n_entries"] == len(found["items"])
    return [
        (each["operator"], each["act"], each["subject_name"], each["reason"])
        for each in found["items"]
    ]


async def test_a_cut_off_ends_the_class_tells_the_room_and_is_written_down(site: Site) -> None:
    session = (await site.ask("host", "GET", "/rooms/ROOM")).json()["live_session"]
    answer = await site.ask("operator", "POST", "/operator/rooms/ROOM/cut-off", REASON)
    assert answer.status_code == 204
    room = (await site.ask("viewer", "GET", "/rooms/ROOM")).json()
    assert room["live_session"] is None
    assert room["cut_off"]["reason"] == REASON["reason"]
    told = await site.platform.live.chat.replay(site.room_id, None, 0, 500)
    assert any(b'"room.cut_off"' in each.encoded for each in told)
    listed = (await site.ask("operator", "GET", "/operator/rooms")).json()
    assert listed["on_air"] == []
    assert [each["reason"] for each in listed["cut_off"]] == [REASON["reason"]]
    assert await acts(site) == [("operator", "room.cut_off", "数学直播间", REASON["reason"])]
    report = await site.ask("host", "GET", f"/live-sessions/{session['id']}/report")
    assert report.json()["live_session"]["ended_at"] is not None


async def test_a_room_cut_off_stays_off_air_until_it_is_allowed(site: Site) -> None:
    rooms = site.platform.live.rooms
    key = (await site.ask("host", "POST", "/rooms/ROOM/stream-key")).json()["stream_key"]
    assert await rooms.authorize_key(key, "peer") == site.room_id
    for _ in range(2):
        await site.ask("operator", "POST", "/operator/rooms/ROOM/cut-off", REASON)
    assert await rooms.authorize_key(key, "peer") is None
    renewed = (await site.ask("host", "POST", "/rooms/ROOM/stream-key")).json()["stream_key"]
    assert await rooms.authorize_key(renewed, "peer") is None
    await rooms.session_started(site.room_id)
    assert await rooms.open_session_of(site.room_id) is None
    await site.ask("operator", "POST", "/operator/rooms/ROOM/allow")
    assert await rooms.authorize_key(renewed, "peer") == site.room_id
    await rooms.session_started(site.room_id)
    assert await rooms.open_session_of(site.room_id) is not None
    assert [act for _, act, _, _ in await acts(site)] == ["room.allowed", "room.cut_off"]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 201}])
async def test_without_a_reason_nothing_is_cut_off(site: Site, body: dict[str, str]) -> None:
    answer = await site.ask("operator", "POST", "/operator/rooms/ROOM/cut-off", body)
    assert answer.status_code in {400, 422}
    assert (await site.ask("viewer", "GET", "/rooms/ROOM")).json()["state"] == "on_air"
    assert await acts(site) == []


async def test_the_overview_counts_rooms_orders_and_the_last_check(site: Site) -> None:
    before = (await site.ask("operator", "GET", "/operator/overview")).json()
    assert (before["n_rooms"], before["n_orders"]) == (1, 0)
    product = (await site.ask("viewer", "GET", "/rooms/ROOM")).json()["product"]
    line = {"product_id": product["id"], "quantity": 1, "seen_price_minor": 2_900}
    bought = {"items": [line], "refund_rule_accepted": True}
    order = (await site.ask("viewer", "POST", "/orders", bought)).json()
    await site.ask("viewer", "POST", f"/orders/{order['id']}/pay", {"method": "wechat"})
    for _ in range(200):
        found = (await site.ask("viewer", "GET", f"/orders/{order['id']}")).json()
        if found["state"] != "placed":
            break
    await site.ask("operator", "POST", "/operator/ledger/check")
    after = (await site.ask("operator", "GET", "/operator/overview")).json()
    assert (after["n_orders"], after["paid_minor"], after["refunded_minor"]) == (1, 2_900, 0)
    assert after["last_check"]["difference_minor"] == 0
    assert after["last_check"]["at"] > before["at"]
    assert after["last_check"]["findings"] == []
    assert [act for _, act, _, _ in await acts(site)] == ["ledger.checked"]
    books = (await site.ask("operator", "GET", "/operator/ledger")).json()
    sums = {each["currency"]: each for each in books["sums"]}
    assert sums["CNY"]["debit_minor"] == sums["CNY"]["credit_minor"] > 0
    assert {each["difference_minor"] for each in books["sums"]} == {0}


async def test_an_entry_altered_behind_the_sites_back_is_named(
    site: Site, platform: Platform
) -> None:
    for _ in range(2):
        await site.ask("operator", "POST", "/operator/ledger/check")
    await unguarded(platform.database)
    await platform.database.write(
        lambda c: c.execute(text("UPDATE audit_entry SET reason = 'x' WHERE position = 2")) and None
    )
    found = (await site.ask("operator", "GET", "/operator/audit")).json()
    assert (found["n_entries"], found["broken_at"]) == (2, 2)


async def unguarded(database: Database) -> None:
    on = " ON audit_entry" if database.dialect == "postgresql" else ""
    drop = text(f"DROP TRIGGER audit_entry_no_update{on}")
    await database.write(lambda c: c.execute(drop) and None)


async def test_users_are_found_by_a_part_of_their_name_page_by_page(site: Site) -> None:
    async def names(query: str) -> tuple[list[str], str | None]:
        page = (await site.ask("operator", "GET", f"/operator/users?{query}")).json()
        return [each["user"]["username"] for each in page["items"]], page["next_cursor"]

    assert await names("q=VIEW") == (["viewer"], None)
    assert (await names("q=host"))[0] == ["host", "other_host"]
    assert (await names("q=_"))[0] == ["other_host"]
    assert (await names("q=%25"))[0] == []
    first, cursor = await names("limit=3")
    rest, end = await names(f"limit=3&cursor={cursor}")
    assert (len(first), end) == (3, None)
    assert sorted(first + rest) == sorted(PEOPLE[1:])


async def test_a_verified_adult_has_a_date_and_a_name_and_one_entry(site: Site) -> None:
    path = f"/operator/users/{site.ids['viewer']}/adult-verification"
    for _ in range(2):
        assert (await site.ask("operator", "POST", path)).status_code == 204
    found = (await site.ask("operator", "GET", "/operator/users?q=viewer")).json()["items"][0]
    assert found["adult_verified_by"] == "operator"
    age = datetime.now(UTC) - datetime.fromisoformat(found["adult_verified_at"])
    assert timedelta(0) <= age < timedelta(minutes=5)
    assert await acts(site) == [("operator", "user.adult_verified", "viewer", "")]


async def test_a_locked_user_is_out_and_cannot_come_in_until_unlocked(site: Site) -> None:
    path = f"/operator/users/{site.ids['viewer']}"
    assert (await site.ask("viewer", "GET", "/me")).status_code == 200
    await site.ask("operator", "POST", f"{path}/lock", {"reason": "spam"})
    assert (await site.ask("viewer", "GET", "/me")).status_code == 401
    login = {"username": "viewer", "password": "chalk and board"}
    refused = await site.ask("nobody", "POST", "/auth/login", login)
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.account_locked")
    assert refused.json()["reason"] == "spam"
    wrong = await site.ask("nobody", "POST", "/auth/login", login | {"password": "not this one"})
    assert wrong.json()["code"] == "identity.wrong_password"
    await site.ask("operator", "POST", f"{path}/unlock")
    assert (await site.ask("nobody", "POST", "/auth/login", login)).status_code == 200
    assert [act for _, act, _, _ in await acts(site)] == ["user.unlocked", "user.locked"]


async def test_operators_do_not_lock_each_other_out(site: Site) -> None:
    path = f"/operator/users/{site.ids['operator']}/lock"
    answer = await site.ask("operator", "POST", path, {"reason": "spam"})
    assert (answer.status_code, answer.json()["code"]) == (409, "identity.lock_refused")
    absent = await site.ask("operator", "POST", "/operator/users/none/lock", {"reason": "spam"})
    assert absent.json()["code"] == "identity.user_not_found"

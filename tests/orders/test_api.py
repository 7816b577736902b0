"""The shop over HTTP: the good way, every permission, and what an attacker tries."""

import asyncio
import csv
import io
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from livelore.app import Platform, build
from livelore.knowledge.catalog.service import NewCourse, NewLesson, NewProduct
from livelore.settings import Settings
from livelore.trust.identity.model import Role
from livelore.trust.identity.service import NewUser

KEYS = itertools.count()
Json = dict[str, Any]


class Person:
    """Somebody with a token and an HTTP client."""

    def __init__(self, client: httpx.AsyncClient, user_id: str, token: str) -> None:
        self.client = client
        self.user_id = user_id
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers=self.headers)

    async def post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        headers = self.headers | {"Idempotency-Key": key or f"key-{next(KEYS):016d}"}
        return await self.client.post(path, json=body, headers=headers)

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = self.headers | {"Idempotency-Key": f"key-{next(KEYS):016d}"}
        return await self.client.request(method, path, json=body, headers=headers)


class Market:
    """The platform with a host, two viewers, an operator and things to buy."""

    platform: Platform
    client: httpx.AsyncClient
    host: Person
    viewer: Person
    other: Person
    operator: Person
    nobody: Person
    course_id: str
    lesson_id: str
    ticket_id: str
    whole_id: str
    pack_id: str

    async def person(self, name: str, role: Role) -> Person:
        identity = self.platform.identity
        user = await identity.add_user(NewUser(name, "chalk and board"), role)
        signed_in = await identity.open_session(user, "bearer")
        return Person(self.client, user.id, signed_in.token)

    def order_of(self, product_id: str, price: object, quantity: object = 1) -> Json:
        item = {"product_id": product_id, "quantity": quantity, "seen_price_minor": price}
        return {"items": [item], "refund_rule_accepted": True}

    async def place(self, who: Person) -> Json:
        answer = await who.post("/orders", self.order_of(self.ticket_id, 2_900))
        assert answer.status_code == 201, answer.text
        body: Json = answer.json()
        return body

    async def wait_for(self, who: Person, order_id: str, state: str) -> Json:
        body: Json = {}
        for _ in range(200):
            body = (await who.get(f"/orders/{order_id}")).json()
            if body["state"] == state:
                return body
            await asyncio.sleep(0.02)
        raise AssertionError(body)


@pytest.fixture
async def market(database_url: str, tmp_path: Path) -> AsyncIterator[Market]:
    settings = Settings(
        data_dir=tmp_path, database_url=database_url, sandbox_delay_ms=30, rtmp_port=0
    )
    made = Market()
    made.platform = build(settings)
    await made.platform.start()
    transport = httpx.ASGITransport(app=made.platform.app)
    made.client = httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1")
    made.host = await made.person("lin", "host")
    made.viewer = await made.person("qin", "viewer")
    made.other = await made.person("xu", "viewer")
    made.operator = await made.person("op", "operator")
    made.nobody = Person(made.client, "", "")
    catalog, host_id = made.platform.knowledge.catalog, made.host.user_id
    made.course_id = (await catalog.add_course(host_id, NewCourse("微积分", "Calculus"))).id
    starts_at = datetime.now(UTC) + timedelta(hours=1)
    new = NewLesson("定积分", "live", starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    made.lesson_id = (await catalog.add_lesson(host_id, made.course_id, new)).id
    ticket = NewProduct(2_900, made.lesson_id, replay_days=180)
    made.ticket_id = (await catalog.add_product(host_id, made.course_id, ticket)).id
    whole = NewProduct(19_900)
    made.whole_id = (await catalog.add_product(host_id, made.course_id, whole)).id
    made.pack_id = next(pack.id for pack in await catalog.coin_packs() if pack.coins == 500)
    yield made
    await made.platform.relay.send_all()
    findings = await made.platform.knowledge.ledger.nightly_check()
    await made.client.aclose()
    await made.platform.stop()
    assert findings == []


async def test_a_paid_ticket_is_usable_at_once(market: Market) -> None:
    order = await market.place(market.viewer)
    assert order["lines"][0]["split"] == [
        {"party": "host", "amount_minor": 2_465},
        {"party": "platform", "amount_minor": 435},
    ]
    paying = await market.viewer.post(f"/orders/{order['id']}/pay", {"method": "wechat"})
    assert paying.status_code == 202
    paid = await market.wait_for(market.viewer, order["id"], "paid")
    assert paid["payments"][0]["state"] == "captured"
    held = (await market.viewer.get("/entitlements")).json()["items"]
    assert [(each["product_id"], each["kind"], each["state"]) for each in held] == [
        (market.ticket_id, "ticket", "upcoming")
    ]
    assert held[0]["from"].endswith("Z")
    course = (await market.viewer.get(f"/courses/{market.course_id}")).json()
    assert course["lessons"][0]["entitled"] is True
    assert course["owned"] is False
    stranger = (await market.nobody.get(f"/courses/{market.course_id}")).json()
    assert stranger["lessons"][0]["entitled"] is False


@pytest.mark.parametrize("consent", [{}, {"refund_rule_accepted": False}])
async def test_a_top_up_without_the_ticked_box_is_refused(
    market: Market, consent: dict[str, bool]
) -> None:
    body = {"product_id": market.pack_id, "method": "alipay", **consent}
    answer = await market.viewer.post("/wallet/topups", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "orders.rule_not_accepted")
    assert (await market.viewer.get("/orders")).json()["items"] == []
    assert (await market.viewer.get("/wallet")).json()["available"] == 0


async def test_consent_to_a_top_up_is_kept_with_its_wording_and_time(market: Market) -> None:
    body = {"product_id": market.pack_id, "method": "alipay", "refund_rule_accepted": True}
    before = market.platform.clock.now()
    answer = await market.viewer.post("/wallet/topups", body)
    assert answer.status_code == 202
    query = text('SELECT rule_text, rule_accepted_at_ms FROM "order" WHERE id = :id')
    order_id = answer.json()["order"]["id"]
    kept = await market.platform.database.read(lambda c: c.execute(query, {"id": order_id}).one())
    assert kept.rule_text == "coins-unspent@1"
    assert kept.rule_accepted_at_ms >= round(before.timestamp() * 1000)


async def test_a_top_up_and_its_statement(market: Market) -> None:
    body = {"product_id": market.pack_id, "method": "alipay", "refund_rule_accepted": True}
    key = "a-key-for-a-topup-1"
    first = await market.viewer.post("/wallet/topups", body, key)
    assert first.status_code == 202
    again = await market.viewer.post("/wallet/topups", body, key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["payment"]["id"] == first.json()["payment"]["id"]
    await market.wait_for(market.viewer, first.json()["order"]["id"], "fulfilled")
    wallet = (await market.viewer.get("/wallet")).json()
    assert (wallet["available"], wallet["value_minor"], wallet["backing"]) == (500, 10, "CNY")
    assert [pack["coins"] for pack in wallet["packs"]] == [100, 500, 1_000, 2_000]
    assert wallet["packs"][1] == {
        "product_id": market.pack_id,
        "coins": 500,
        "price": {"amount_minor": 5_000, "currency": "CNY"},
        "refund_rule": {
            "id": "coins-unspent",
            "watch_limit_s": None,
            "window_days": None,
            "text_version": 1,
        },
    }
    statement = (await market.viewer.get("/wallet/statement")).json()
    assert [(row["title_code"], row["delta"]) for row in statement["items"]] == [
        ("wallet.topup", 500)
    ]
    assert statement["items"][0]["voucher"].startswith("T-")
    assert statement["proof"]["is_proved"] is True
    exported = await market.viewer.get("/wallet/statement.csv")
    rows = list(csv.reader(io.StringIO(exported.text.removeprefix("\ufeff"))))
    assert [row[4] for row in rows] == ["delta", "500"]
    assert (await market.viewer.get("/session")).json()["coins"] == 500
    refunded = await market.viewer.post("/wallet/refunds", {"coins": 200})
    assert refunded.status_code == 201
    assert refunded.json()["refunds"][0]["amount"]["amount_minor"] == 2_000


async def test_a_refund_over_http(market: Market) -> None:
    order = await market.place(market.viewer)
    await market.viewer.post(f"/orders/{order['id']}/pay", {"method": "card"})
    await market.wait_for(market.viewer, order["id"], "paid")
    route = f"/orders/{order['id']}/refunds"
    stranger = await market.other.post(route, {"reason": "mine"})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "orders.not_found")
    answer = await market.viewer.post(route, {"reason": "changed my mind"})
    assert (answer.status_code, answer.json()["state"]) == (201, "refunded")
    assert (await market.viewer.get("/entitlements")).json()["items"][0]["state"] == "revoked"


WRITES = [
    ("POST", "/orders", {"items": [], "refund_rule_accepted": True}),
    ("GET", "/orders", None),
    ("GET", "/orders/x", None),
    ("POST", "/orders/x/pay", {"method": "wechat"}),
    ("GET", "/payments/x", None),
    ("POST", "/orders/x/cancel", None),
    ("POST", "/orders/x/refunds", {"reason": ""}),
    ("GET", "/wallet", None),
    ("POST", "/wallet/topups", {"product_id": "x", "method": "wechat"}),
    ("GET", "/wallet/statement", None),
    ("GET", "/wallet/statement.csv", None),
    ("PUT", "/wallet/limits", {"day_cap_minor": 1}),
    ("POST", "/wallet/refunds", {"coins": 1}),
    ("GET", "/entitlements", None),
    ("POST", "/grants", {"user_id": "x", "product_id": "x", "reason": "x"}),
    ("GET", "/operator/payments", None),
    ("POST", "/courses", {"title": "x"}),
    ("PATCH", "/courses/x", {"title": "x"}),
    ("POST", "/courses/x/lessons", {"title": "x", "kind": "text"}),
    ("PATCH", "/lessons/x", {"title": "x"}),
    ("POST", "/lessons/x/cancel", None),
    ("POST", "/courses/x/products", {"amount_minor": 1}),
    ("PATCH", "/products/x", {"amount_minor": 1}),
    ("GET", "/me/courses", None),
]
HOSTS_ONLY = {"/grants", "/courses", "/me/courses"}
OPEN = {("GET", "/subjects"), ("GET", "/catalog"), ("GET", "/courses/x"), ("GET", "/products/x")}
SIGNED = {("POST", "/payments/notices/x")}


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
async def test_nobody_unknown_gets_in(market: Market, method: str, path: str, body: Any) -> None:
    answer = await market.nobody.send(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (401, "identity.not_logged_in")


async def test_a_viewer_is_no_host_and_a_host_no_operator(market: Market) -> None:
    for method, path, body in WRITES:
        is_hosts = path in HOSTS_ONLY or path.startswith(("/courses/", "/lessons/", "/products/"))
        if is_hosts:
            assert (await market.viewer.send(method, path, body)).status_code == 403, path
    for person in (market.viewer, market.host):
        assert (await person.get("/operator/payments")).status_code == 403
    assert (await market.operator.get("/operator/payments")).json()["n_wrong_entitlements"] == 0


async def test_every_route_of_the_shop_has_its_permission_tested(market: Market) -> None:
    from livelore.knowledge.access import api as access_api
    from livelore.knowledge.catalog import api as catalog_api
    from livelore.knowledge.orders import api as orders_api

    routers = [*access_api.routes, *catalog_api.routes, *orders_api.routes]
    found = {
        (method, _template(path))
        for router in routers
        for route in router.routes
        for method in getattr(route, "methods", ())
        for path in [route.path]
        if method not in {"OPTIONS", "HEAD"}
    }
    tested = {(method, path) for method, path, _ in WRITES} | OPEN | SIGNED
    assert found == tested


def _template(path: str) -> str:
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


async def test_somebody_elses_order_looks_absent(market: Market) -> None:
    order = await market.place(market.viewer)
    route = f"/orders/{order['id']}"
    for answer in (
        await market.other.get(route),
        await market.other.post(f"{route}/pay", {"method": "wechat"}),
        await market.other.send("POST", f"{route}/cancel"),
        await market.host.get(route),
        await market.operator.get(route),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "orders.not_found")
    assert (await market.other.get("/orders")).json()["items"] == []


async def test_a_host_does_not_touch_anothers_catalogue(market: Market) -> None:
    rival = await market.person("rival", "host")
    for method, path, body in (
        ("PATCH", f"/courses/{market.course_id}", {"title": "mine"}),
        ("POST", f"/courses/{market.course_id}/lessons", {"title": "x", "kind": "text"}),
        ("PATCH", f"/lessons/{market.lesson_id}", {"title": "mine"}),
        ("POST", f"/lessons/{market.lesson_id}/cancel", None),
        ("POST", f"/courses/{market.course_id}/products", {"amount_minor": 1}),
        ("PATCH", f"/products/{market.ticket_id}", {"amount_minor": 1}),
    ):
        assert (await rival.send(method, path, body)).status_code == 404, path
    grant = {"user_id": rival.user_id, "product_id": market.whole_id, "reason": "x"}
    assert (await rival.send("POST", "/grants", grant)).status_code == 404
    ghost = grant | {"user_id": "nobody"}
    assert (await market.host.send("POST", "/grants", ghost)).status_code == 404
    assert (await market.host.send("POST", "/grants", grant)).status_code == 201


@pytest.mark.parametrize("price", [1, 0, -2_900, 2_900.0, "2900", None, 10**30, True])
async def test_a_tampered_price_buys_nothing(market: Market, price: object) -> None:
    answer = await market.viewer.post("/orders", market.order_of(market.ticket_id, price))
    assert answer.status_code in {400, 409}
    assert (await market.viewer.get("/orders")).json()["items"] == []


@pytest.mark.parametrize("quantity", [0, -1, 2, 1.0, 1.5, "1", True, None, 10**20])
async def test_a_tampered_quantity_buys_nothing(market: Market, quantity: object) -> None:
    body = market.order_of(market.ticket_id, 2_900, quantity)
    answer = await market.viewer.post("/orders", body)
    assert answer.status_code in {400, 422}
    assert (await market.viewer.get("/orders")).json()["items"] == []


@pytest.mark.parametrize(
    "raw",
    [
        b'{"items": NaN, "refund_rule_accepted": true}',
        b'{"items": [], "refund_rule_accepted": "true"}',
        b'{"items": [], "refund_rule_accepted": 1}',
        b'{"items": [{"product_id": "x", "quantity": 1e0, "seen_price_minor": 1}]}',
        b'{"items": [], "total_minor": 1}',
        b'{"items": [], "items": [], "refund_rule_accepted": true}',
        b"[]",
        b"",
        b"\xff",
    ],
)
async def test_what_is_not_an_order_is_refused(market: Market, raw: bytes) -> None:
    headers = market.viewer.headers | {
        "Idempotency-Key": "a-key-of-some-length",
        "Content-Type": "application/json",
    }
    answer = await market.client.post("/orders", content=raw, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_money_moves_only_with_a_key(market: Market) -> None:
    body = market.order_of(market.ticket_id, 2_900)
    without = await market.client.post("/orders", json=body, headers=market.viewer.headers)
    assert (without.status_code, without.json()["code"]) == (400, "idempotency.key_missing")
    for bad in (
        "short",
        "x" * 129,
        "with spaces in it!",
        "中文中文中文中文中文中文中文中文中".encode(),
    ):
        headers = market.viewer.headers | {"Idempotency-Key": bad}
        answer = await market.client.post("/orders", json=body, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 400


async def test_a_key_used_for_something_else_is_refused(market: Market) -> None:
    key = "one-key-for-two-things"
    await market.viewer.post("/orders", market.order_of(market.ticket_id, 2_900), key)
    other = await market.viewer.post("/orders", market.order_of(market.whole_id, 19_900), key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    topup = {"product_id": market.pack_id, "method": "wechat", "refund_rule_accepted": True}
    assert (await market.viewer.post("/wallet/topups", topup, key)).status_code == 422


async def test_a_replayed_order_says_so_and_is_the_same(market: Market) -> None:
    key, body = "one-key-for-one-thing", market.order_of(market.ticket_id, 2_900)
    first = await market.viewer.post("/orders", body, key)
    again = await market.viewer.post("/orders", body, key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json() == first.json()


async def test_eight_clicks_at_once_place_one_order(market: Market) -> None:
    key, body = "eight-clicks-one-key", market.order_of(market.ticket_id, 2_900)
    answers = await asyncio.gather(*(market.viewer.post("/orders", body, key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_notice_without_signature_is_refused(market: Market) -> None:
    for path, status in (
        ("/payments/notices/sandbox", 401),
        ("/payments/notices/stripe", 404),
    ):
        answer = await market.client.post(path, content=b'{"type":"captured"}')
        assert answer.status_code == status
    answer = await market.client.post("/payments/notices/sandbox", content=b"x" * 100_000)
    assert answer.status_code == 401
    told = (await market.operator.get("/operator/payments")).json()
    assert told["notices"]["forged"] == 2


async def test_a_signed_notice_is_taken_over_http(market: Market) -> None:
    order = await market.place(market.viewer)
    sandbox: Any = market.platform.knowledge.gateways["sandbox"]
    bodies: list[bytes] = []
    has_come = asyncio.Event()

    async def keep(_headers: object, body: bytes) -> None:
        bodies.append(body)
        has_come.set()

    sandbox.on_notice(keep)
    await market.viewer.post(f"/orders/{order['id']}/pay", {"method": "wechat"})
    await has_come.wait()
    for _ in range(3):
        answer = await market.client.post(
            "/payments/notices/sandbox", content=bodies[0], headers=sandbox.sign(bodies[0])
        )
        assert (answer.status_code, answer.text) == (200, "success")
    assert (await market.viewer.get(f"/orders/{order['id']}")).json()["state"] == "paid"


@pytest.mark.parametrize(
    "body",
    [
        {"method": "cash"},
        {"method": "wechat", "gateway": "stripe"},
        {"method": "wechat", "scenario": "no-such"},
        {"method": "wechat", "amount_minor": 1},
        {},
    ],
)
async def test_a_payment_that_cannot_be_is_refused(market: Market, body: Json) -> None:
    order = await market.place(market.viewer)
    answer = await market.viewer.post(f"/orders/{order['id']}/pay", body)
    assert answer.status_code in {400, 404, 422}
    good = await market.viewer.post(f"/orders/{order['id']}/pay", {"method": "wechat"})
    assert good.status_code == 202


async def test_in_production_there_is_no_sandbox(database_url: str, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=database_url, is_production=True, rtmp_port=0
    )
    platform = build(settings)
    await platform.start()
    assert platform.knowledge.gateways == {}
    await platform.stop()


async def test_limits_over_http(market: Market) -> None:
    lowered = await market.viewer.send("PUT", "/wallet/limits", {"tip_cap_minor": 100})
    assert lowered.json()["tip_cap_minor"] == 100
    for odd in (-1, 1.5, "1", 10**13):
        answer = await market.viewer.send("PUT", "/wallet/limits", {"tip_cap_minor": odd})
        assert answer.status_code in {400, 422}

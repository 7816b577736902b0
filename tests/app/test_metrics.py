"""`/metrics`: what is counted, and who may see it."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from livelore.app import Platform
from livelore.app.metrics import may_read
from livelore.database.outbox import put_event
from livelore.knowledge.ledger.service.counting import ActCounter
from livelore.ports.clock import now_ms
from livelore.settings import Settings
from tests.socket_client import SocketClient, eventually, serving

PASSWORD = "a long enough passphrase"


@pytest.fixture
async def http(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=platform.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


Numbers = dict[tuple[str, tuple[str, ...]], float]


async def numbers(http: httpx.AsyncClient) -> Numbers:
    """Every sample by name and label values, in the order of the labels' names."""
    answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def sign_up(http: httpx.AsyncClient, name: str, role: str = "viewer") -> dict[str, str]:
    body = {"username": name, "password": PASSWORD, "role": role}
    answer = await http.post("/api/v1/auth/signup", json=body)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_requests_are_counted_by_route_and_status(http: httpx.AsyncClient) -> None:
    for path in ("/api/v1/rooms/nil", "/api/v1/rooms/nobody", "/api/v1/no/such", "/", "/courses/x"):
        await http.get(path)
    await http.request("BREW", "/api/v1/catalog")
    await http.get("/api/v1/catalog", headers={"Authorization": "Bearer nonsense"})
    found = await numbers(http)
    answers = {
        labels: n for (name, labels), n in found.items() if name == "livelore_http_requests_total"
    }
    assert answers == {
        ("GET", "/api/v1/rooms/{room_id}", "404"): 2,
        ("GET", "(none)", "404"): 1,
        ("GET", "(none)", "401"): 1,
        ("GET", "(pages)", "200"): 2,
        ("other", "(none)", "405"): 1,
    }
    labels = ("GET", "/api/v1/rooms/{room_id}")
    assert found["livelore_http_request_seconds_count", labels] == 2
    assert found["livelore_http_requests_open", ()] == 0


async def test_the_process_and_every_part_of_the_site_are_there(http: httpx.AsyncClient) -> None:
    names = {name for name, _ in await numbers(http)}
    assert names >= {
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "livelore_info",
        "livelore_viewers",
        "livelore_sockets_open",
        "livelore_sockets_stalled_closed_total",
        "livelore_messages_in_total",
        "livelore_messages_out_total",
        "livelore_room_writes_total",
        "livelore_ingest_streams",
        "livelore_ingest_bytes_total",
        "livelore_ingest_frames_total",
        "livelore_ingest_frames_dropped_total",
        "livelore_playback_connections",
        "livelore_writes_waiting",
        "livelore_write_batch",
        "livelore_outbox_waiting",
        "livelore_outbox_oldest_seconds",
        "livelore_events_appended_total",
        "livelore_events_dead_total",
    }


async def test_writes_and_the_outbox(http: httpx.AsyncClient, platform: Platform) -> None:
    before = await numbers(http)
    await sign_up(http, "mia")
    await platform.relay.stop()
    at_ms = int(platform.clock.now().timestamp() * 1000) - 90_000
    await platform.database.write(lambda c: put_event(c, "nobody.hears", b"{}", None, at_ms))
    after = await numbers(http)
    assert after["livelore_database_up", ()] == 1
    assert after["livelore_outbox_waiting", ()] == 1
    assert after["livelore_outbox_oldest_seconds", ()] >= 90
    for name in ("livelore_write_commits_total", "livelore_writes_total"):
        assert after[name, ()] >= before[name, ()] + 2
    assert after["livelore_write_batch_max", ()] >= after["livelore_write_batch", ()] >= 1


async def test_rooms_messages_and_sockets(http: httpx.AsyncClient, platform: Platform) -> None:
    host = await sign_up(http, "lin", "host")
    viewer = await sign_up(http, "qin")
    room = await http.post("/api/v1/rooms", json={"title": "数学"}, headers=host)
    room_id = room.json()["id"]
    before = await numbers(http)
    async with serving(platform.app, platform.gate.protocol_class()) as port:
        path = f"/api/v1/rooms/{room_id}/ws"
        first, second = [await SocketClient.connect(port, path, who) for who in (host, viewer)]
        first.say("为什么？")
        for socket in (first, second):
            await socket.until_text("为什么？")
        during = await numbers(http)
        await first.close()
        await second.close()
        await eventually(lambda: len(platform.live.pool) == 0)
    after = await numbers(http)

    def rise(name: str) -> float:
        return during[name, ()] - before[name, ()]

    assert during["livelore_viewers", ()] == during["livelore_room_viewers", (room_id,)] == 2
    assert during["livelore_sockets_open", ()] == 2
    assert rise("livelore_messages_in_total") == 1
    assert rise("livelore_messages_out_total") == 2
    assert rise("livelore_room_writes_total") >= 2
    assert after["livelore_viewers", ()] == after["livelore_sockets_open", ()] == 0


async def test_acts_and_payments(http: httpx.AsyncClient, platform: Platform) -> None:
    viewer = await sign_up(http, "qin")
    wallet = (await http.get("/api/v1/wallet", headers=viewer)).json()
    body = {"product_id": wallet["packs"][0]["product_id"], "method": "wechat"}
    body |= {"refund_rule_accepted": True}
    keyed = {**viewer, "Idempotency-Key": "k" * 16}
    answer = await http.post("/api/v1/wallet/topups", json=body, headers=keyed)
    assert answer.status_code < 300, answer.text
    user_id = (await http.get("/api/v1/me", headers=viewer)).json()["user"]["id"]
    async with asyncio.timeout(30):
        while not await platform.knowledge.orders.coins_of(user_id):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    done = {("order", "done"): 1, ("pay", "done"): 1, ("topup", "done"): 1}
    if platform.database.dialect == "sqlite":
        found = await numbers(http)
        acts = {k: n for (name, k), n in found.items() if name == "livelore_ledger_acts_total"}
        assert acts == done
        assert await platform.knowledge.ledger.act_counts() == done, "none is counted twice"
    else:
        assert await platform.knowledge.ledger.act_counts() == {}, "an older id may still appear"
    later_ms = now_ms(platform.clock) + 60_000
    counter = ActCounter()
    read = await platform.database.read(lambda c: counter.read(c, later_ms))
    assert counter.add(*read) == done
    assert counter.add(*read) == done
    assert sum((await platform.knowledge.orders.payments_by_state()).values()) == 1
    found = await numbers(http)
    states = {k: v for (name, k), v in found.items() if name == "livelore_payments"}
    assert sum(states.values()) == 1


async def test_a_database_that_fails_is_a_number_too(
    http: httpx.AsyncClient, platform: Platform
) -> None:
    await platform.relay.stop()
    await platform.database.write(lambda c: c.exec_driver_sql("ALTER TABLE outbox RENAME TO gone"))
    found = await numbers(http)
    await platform.database.write(lambda c: c.exec_driver_sql("ALTER TABLE gone RENAME TO outbox"))
    assert found["livelore_database_up", ()] == 0
    assert ("livelore_outbox_waiting", ()) not in found


HERE, THERE = ("127.0.0.1", 5000), ("203.0.113.9", 5000)
CASES: list[tuple[Any, dict[str, str], dict[str, Any], bool]] = [
    (HERE, {}, {}, True),
    (("::1", 5000), {}, {}, True),
    (THERE, {}, {}, False),
    (None, {}, {}, False),
    (("unix", 0), {}, {}, False),
    (HERE, {"x-forwarded-for": "127.0.0.1"}, {}, False),
    (HERE, {"forwarded": "for=127.0.0.1"}, {}, False),
    (HERE, {}, {"public_url": "https://learn.example"}, False),
    (HERE, {}, {"metrics_token": "secret"}, True),
    (THERE, {}, {"metrics_token": "secret"}, False),
    (THERE, {"authorization": "Bearer secret"}, {"metrics_token": "secret"}, True),
    (THERE, {"authorization": "bearer secret"}, {"metrics_token": "secret"}, True),
    (THERE, {"authorization": "Bearer secre"}, {"metrics_token": "secret"}, False),
    (THERE, {"authorization": "Bearer "}, {"metrics_token": ""}, False),
    (THERE, {"authorization": "Bearer \xff"}, {"metrics_token": "secret"}, False),
    (
        HERE,
        {"authorization": "Bearer secret", "x-forwarded-for": "203.0.113.9"},
        {"metrics_token": "secret", "public_url": "https://learn.example"},
        True,
    ),
]


@pytest.mark.parametrize(("client", "headers", "settings", "may"), CASES)
def test_who_may_see_it(
    client: Any, headers: dict[str, str], settings: dict[str, Any], may: bool
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"client": client, "headers": raw}
    assert may_read(scope, dataclasses.replace(Settings(), **settings)) is may


async def test_others_are_refused(platform: Platform) -> None:
    transport = httpx.ASGITransport(app=platform.app, client=THERE)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "request.forbidden"
    assert "livelore_" not in answer.text

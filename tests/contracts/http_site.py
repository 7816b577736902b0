"""A site that lives in a thread, with people of every kind and one of everything to ask for."""

import asyncio
import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import httpx

from livelore.app import Platform, build
from livelore.settings import Settings
from livelore.trust.identity.service import NewUser
from tests.socket_client import serving

PASSWORD = "a long enough passphrase"
PATIENCE_S = 60


@dataclass
class HttpSite:
    """Where it is, who is there (headers by name, nobody's are none) and what there is."""

    url: str
    people: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    known: dict[str, str] = field(default_factory=dict[str, str])


Ready = Queue["HttpSite | BaseException"]


async def _live(folder: Path, ready: Ready, over: asyncio.Event) -> None:
    settings = Settings(
        data_dir=folder, rtmp_host="127.0.0.1", rtmp_port=0, sandbox_delay_ms=1, log_level="error"
    )
    platform = build(settings)
    await platform.start()
    try:
        async with serving(platform.app, platform.gate.protocol_class()) as port:
            site = HttpSite(f"http://127.0.0.1:{port}")
            await _people(platform, site)
            ready.put(site)
            await over.wait()
    finally:
        await platform.stop()


async def _people(platform: Platform, site: HttpSite) -> None:
    identity = platform.identity
    operator = await identity.add_user(NewUser("mia", PASSWORD), "operator")
    host = await identity.add_user(NewUser("lin", PASSWORD), "host")
    viewer = await identity.add_user(NewUser("qin", PASSWORD), "viewer")
    await identity.verify_adult(viewer.id, operator)
    for name, user in (("operator", operator), ("host", host), ("viewer", viewer)):
        signed_in = await identity.open_session(user, "bearer")
        site.people[name] = {"Authorization": f"Bearer {signed_in.token}"}
    site.people["nobody"] = {}
    site.known["user_id"] = viewer.id


NAMES = {"operator": "mia", "host": "lin", "viewer": "qin"}


def log_in(site: HttpSite, who: str) -> dict[str, str]:
    """Headers of a login session of its own, for what would end the others'."""
    if who not in NAMES:
        return {}
    body = {"username": NAMES[who], "password": PASSWORD}
    answer = httpx.post(f"{site.url}/api/v1/auth/login", json=body, timeout=PATIENCE_S)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


@contextmanager
def http_site(folder: Path) -> Generator[HttpSite]:
    """The site, with things to ask for, until the block ends."""
    ready: Ready = Queue()
    loops: Queue[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def live() -> None:
        over = asyncio.Event()
        loops.put((asyncio.get_running_loop(), over))
        try:
            await _live(folder, ready, over)
        except BaseException as error:
            ready.put(error)
            raise

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="http-site")
    thread.start()
    loop, over = loops.get(timeout=PATIENCE_S)
    try:
        site = ready.get(timeout=PATIENCE_S)
        assert isinstance(site, HttpSite), site
        _things(site)
        yield site
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE_S)


def _things(site: HttpSite) -> None:
    """One course with a class, a ticket, a room, an order that is paid, coins."""
    with httpx.Client(base_url=f"{site.url}/api/v1", timeout=PATIENCE_S) as http:

        def call(who: str, method: str, path: str, body: Any = None) -> Any:
            headers = {**site.people[who], "Idempotency-Key": secrets.token_hex(16)}
            answer = http.request(method, path, json=body, headers=headers)
            assert answer.status_code < 300, (path, answer.text)
            return answer.json() if answer.content else None

        known = site.known
        known["room_id"] = call("host", "POST", "/rooms", {"title": "数学"})["id"]
        known["course_id"] = call("host", "POST", "/courses", {"title": "微积分"})["id"]
        course = f"/courses/{known['course_id']}"
        now = datetime.now(UTC).replace(microsecond=0)
        lesson = {
            "title": "定积分",
            "kind": "live",
            "starts_at": (now - timedelta(minutes=1)).isoformat(),
            "ends_at": (now + timedelta(hours=1)).isoformat(),
            "room_id": known["room_id"],
        }
        known["lesson_id"] = call("host", "POST", f"{course}/lessons", lesson)["id"]
        ticket = {"amount_minor": 2_900, "lesson_id": known["lesson_id"]}
        known["product_id"] = call("host", "POST", f"{course}/products", ticket)["id"]
        item = {"product_id": known["product_id"], "quantity": 1, "seen_price_minor": 2_900}
        wanted = {"items": [item], "refund_rule_accepted": True}
        known["order_id"] = call("viewer", "POST", "/orders", wanted)["id"]
        paid = call("viewer", "POST", f"/orders/{known['order_id']}/pay", {"method": "wechat"})
        known["payment_id"] = paid["payment"]["id"] if "payment" in paid else paid["id"]
        pack = call("viewer", "GET", "/wallet")["packs"][0]["product_id"]
        topup = {"product_id": pack, "method": "wechat", "refund_rule_accepted": True}
        call("viewer", "POST", "/wallet/topups", topup)
        known["gateway"] = "sandbox"

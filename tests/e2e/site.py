"""A whole site in a process of its own, people who call it, and a class that is sold on it."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

START_S = 120.0
PASSWORD = "a long enough passphrase"


class Site:
    """`livelore serve`, started, killed and started again on the same data."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.rtmp_port = free_port()
        self.environ = {
            **os.environ,
            "LIVELORE_DATABASE_URL": database_url,
            "LIVELORE_DATA_DIR": str(folder / "site"),
            "LIVELORE_PORT": str(self.port),
            "LIVELORE_RTMP_HOST": "127.0.0.1",
            "LIVELORE_RTMP_PORT": str(self.rtmp_port),
            "LIVELORE_SANDBOX_DELAY_MS": "20",
            "LIVELORE_LOG_LEVEL": "warning",
            **settings,
        }
        self.log = folder / "site.log"
        self.people: list[Person] = []
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rtmp(self, key: str) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp_port}/live/{key}"

    async def command(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """A `livelore` command on this site's data: its status and all it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "livelore.cli.main", *arguments),
            env=self.environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate(stdin.encode())
        return process.returncode or 0, printed.decode()

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "livelore.cli.main", "serve"),
                env=self.environ,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_S), httpx.AsyncClient() as http:
            while True:
                assert self._process.returncode is None, self.log.read_text()
                try:
                    if (await http.get(f"{self.url}/healthz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """As a power cut would: nothing is told, nothing is finished."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def close(self) -> None:
        """The site ends and nobody calls any more."""
        for person in self.people:
            await person.close()
        await self.stop()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()
        self._process = None


class Person:
    """Somebody with a bearer token, as a program would have."""

    def __init__(self, site: Site, name: str, signed_in: dict[str, Any]) -> None:
        self.name = name
        self.user_id: str = signed_in["user"]["id"]
        self.token: str = signed_in["token"]
        self.header = {"Authorization": f"Bearer {self.token}"}
        self.http = httpx.AsyncClient(
            base_url=f"{site.url}/api/v1", headers=self.header, timeout=START_S
        )
        self.on_close: list[Callable[[], None]] = []
        site.people.append(self)

    async def close(self) -> None:
        """They go, and whatever they had open with them."""
        for hang_up in self.on_close:
            hang_up()
        await self.http.aclose()

    async def call(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """The answer's JSON; a refusal fails the test with what was said."""
        answer = await self.send(method, path, body, key)
        assert answer.status_code < 400, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def send(self, method: str, path: str, body: Any = None, key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key or secrets.token_hex(16)}
        return await self.http.request(method, path, json=body, headers=headers)

    async def wait_paid(self, order_id: str) -> dict[str, Any]:
        """The order once the gateway's notice has arrived."""
        async with asyncio.timeout(START_S):
            while True:
                order: dict[str, Any] = await self.call("GET", f"/orders/{order_id}")
                if order["state"] in {"paid", "fulfilled"}:
                    return order
                await asyncio.sleep(0.05)


async def sign_up(site: Site, name: str, role: str = "viewer") -> Person:
    async with httpx.AsyncClient(base_url=f"{site.url}/api/v1", timeout=START_S) as http:
        body = {"username": name, "password": PASSWORD, "role": role}
        answer = await http.post("/auth/signup", json=body)
    assert answer.status_code == 201, answer.text
    return Person(site, name, answer.json())


async def log_in(site: Site, name: str) -> Person:
    async with httpx.AsyncClient(base_url=f"{site.url}/api/v1", timeout=START_S) as http:
        answer = await http.post("/auth/login", json={"username": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return Person(site, name, answer.json())


@dataclass
class PaidClass:
    """A class of tonight with a ticket, and whoever it takes."""

    site: Site
    host: Person
    operator: Person
    room_id: str
    course_id: str
    ticket: dict[str, Any]
    stream_key: str

    async def wait_on_air(self) -> None:
        """Until the encoder's pictures have opened the class."""
        async with asyncio.timeout(START_S):
            while True:
                room = await self.host.call("GET", f"/rooms/{self.room_id}")
                if room["live_session"] is not None:
                    return
                await asyncio.sleep(0.1)

    async def order_ticket(self, viewer: Person, key: str = "") -> dict[str, Any]:
        """Place and pay an order of one ticket, until it is paid."""
        line = {
            "product_id": self.ticket["id"],
            "quantity": 1,
            "seen_price_minor": self.ticket["price"]["amount_minor"],
        }
        body = {"items": [line], "refund_rule_accepted": True}
        order = await viewer.call("POST", "/orders", body, key)
        await viewer.call("POST", f"/orders/{order['id']}/pay", {"method": "wechat"})
        return await viewer.wait_paid(order["id"])

    async def verify(self, viewer: Person) -> None:
        """The operator has seen that this is an adult, who may thus send gifts."""
        path = f"/operator/users/{viewer.user_id}/adult-verification"
        await self.operator.call("POST", path)


async def hold_class(site: Site) -> PaidClass:
    """Host, course, room, a live lesson that begins now, its ticket at ¥29.00, a stream key."""
    host = await sign_up(site, "lin", "host")
    status, printed = await site.command("user", "add", "mia", stdin=f"{PASSWORD}\n")
    assert status == 0, printed
    operator = await log_in(site, "mia")
    room = await host.call("POST", "/rooms", {"title": "定积分直播课"})
    course = await host.call("POST", "/courses", {"title": "微积分", "title_en": "Calculus"})
    now = datetime.now(UTC).replace(microsecond=0)
    lesson = await host.call(
        "POST",
        f"/courses/{course['id']}/lessons",
        {
            "title": "第三讲 定积分",
            "title_en": "The definite integral",
            "kind": "live",
            "starts_at": (now - timedelta(minutes=1)).isoformat(),
            "ends_at": (now + timedelta(hours=1)).isoformat(),
            "room_id": room["id"],
        },
    )
    ticket = await host.call(
        "POST",
        f"/courses/{course['id']}/products",
        {"amount_minor": 2_900, "lesson_id": lesson["id"], "replay_days": 180},
    )
    key = await host.call("POST", f"/rooms/{room['id']}/stream-key")
    return PaidClass(site, host, operator, room["id"], course["id"], ticket, key["stream_key"])


X264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-bf", "2"]


@asynccontextmanager
async def publishing(site: Site, key: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """ffmpeg sends what OBS would: H.264 with B-frames, AAC, a key frame every 2 s."""
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25"),
        *("-f", "lavfi", "-i", "sine=r=44100", *X264, "-g", "50", "-b:v", "600k"),
        *("-c:a", "aac", "-f", "flv", site.rtmp(key)),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()

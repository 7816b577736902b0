"""People who buy, give, talk and watch at once, note every answer, and ask again without one."""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.site import PaidClass, Person
from tests.socket_client import Closed, Refused, SocketClient

RETRY_S = 0.1
ENDED = frozenset({"captured", "failed", "closed"})
SCENARIOS = (None, None, None, "duplicate:3", "never", "fail", "abandon")
EVENTS = frozenset({"danmaku", "gift", "super_chat", "notice", "deleted", "end"})


@dataclass
class Asked:
    """What was asked for with a key; ``answer`` is None until there was one."""

    kind: str
    path: str
    body: dict[str, Any]
    key: str
    answer: dict[str, Any] | None = None
    code: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it was acknowledged, and not refused."""
        return self.answer is not None and not self.code


class Speaker:
    """Somebody in the room's socket, who comes back where they were."""

    def __init__(self, person: Person, room_id: str, port: int) -> None:
        self.said: dict[str, int | None] = {}
        self.last_seq = 0
        self._socket: SocketClient | None = None
        self._header = person.header
        self._path = f"/api/v1/rooms/{room_id}/ws"
        self._port = port
        person.on_close.append(self.close)

    async def say(self, text: str) -> None:
        """Say something until it has a number."""
        client_id = secrets.token_hex(8)
        self.said[client_id] = None
        await self._until(lambda: self.said[client_id] is not None, text, client_id)

    async def catch_up(self, seq: int) -> None:
        """Read what the room has said up to a number."""
        await self._until(lambda: self.last_seq >= seq)

    async def _until(
        self, is_enough: Callable[[], bool], text: str = "", client_id: str = ""
    ) -> None:
        """Say, if there is something to say, and read; on every new connection again."""
        while not is_enough():
            try:
                socket = await self._connected()
                if text:
                    socket.say(text, client_id)
                while not is_enough():
                    for message in await socket.messages():
                        await self._take(message)
            except (Closed, Refused, OSError, EOFError, TimeoutError):
                self.close()
                await asyncio.sleep(RETRY_S)

    async def _connected(self) -> SocketClient:
        if self._socket is None:
            path = f"{self._path}?after={self.last_seq}"
            self._socket = await SocketClient.connect(self._port, path, self._header)
        return self._socket

    async def _take(self, message: dict[str, Any]) -> None:
        kind, seq = message["type"], message["seq"]
        if kind == "hello":
            assert self.last_seq == 0, "who was here before is told what they missed"
            self.last_seq = seq
        elif kind == "error":
            await self._take_error(message)
        elif kind in EVENTS and message.get("code") != "chat.sampled":
            assert seq == self.last_seq + 1, "a gap or a doubling in the room"
            self.last_seq = seq
            if message.get("client_id") in self.said:
                self._note(message["client_id"], seq)

    async def _take_error(self, error: dict[str, Any]) -> None:
        if error["code"] == "chat.already_sent":
            self._note(error["client_id"], error["fields"]["seq"])
            return
        assert error["code"] == "chat.too_fast", error
        await asyncio.sleep(error["fields"]["retry_after_s"])
        raise TimeoutError  # and so it is said again

    def _note(self, client_id: str, seq: int) -> None:
        assert self.said[client_id] in {None, seq}, "one danmaku has two numbers"
        self.said[client_id] = seq

    def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            self._socket.drop()
        self._socket = None


@dataclass
class Member:
    """A viewer with a ticket who does everything that one can do, all at once."""

    person: Person
    paid: PaidClass
    speaker: Speaker
    pack: dict[str, Any]
    rng: random.Random
    asked: list[Asked] = field(default_factory=list[Asked])
    beats: set[str] = field(default_factory=set[str])
    captured: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    is_resting: bool = False
    n_retries: int = 0
    n_beats: int = 0

    def done(self, *kinds: str) -> list[Asked]:
        """What was acknowledged of these kinds."""
        return [each for each in self.asked if each.kind in kinds and each.is_done]

    # Asking, until there is an answer

    async def press(self, kind: str, path: str, body: dict[str, Any]) -> Asked:
        asked = Asked(kind, path, body, secrets.token_hex(16))
        self.asked.append(asked)
        await self.ask(asked)
        return asked

    async def ask(self, asked: Asked) -> None:
        """Ask with its key; who has an answer already gets the same one, marked as a replay."""
        is_repeat = asked.answer is not None
        response = await self._sent("POST", asked.path, asked.body, asked.key)
        answer = response.json()
        code = answer["code"] if response.status_code >= 400 else ""
        if is_repeat:
            assert (code, id_in(answer)) == (asked.code, id_in(asked.answer or {})), asked
            assert code or response.headers["Idempotency-Replayed"] == "true", asked
        asked.answer, asked.code = answer, code

    async def repeat_some(self, n: int) -> None:
        """Ask again, with their keys, for things that were answered long ago."""
        answered = [each for each in self.asked if each.answer is not None]
        for asked in self.rng.sample(answered, min(n, len(answered))):
            await self.ask(asked)

    async def get(self, path: str) -> Any:
        response = await self._sent("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    async def _sent(
        self, method: str, path: str, body: Any = None, key: str = ""
    ) -> httpx.Response:
        while True:
            try:
                response = await self.person.send(method, path, body, key)
            except httpx.TransportError:
                self.n_retries += 1
                await asyncio.sleep(RETRY_S)
                continue
            assert response.status_code < 500, response.text
            if response.status_code != 429:
                return response
            await asyncio.sleep(float(response.headers["Retry-After"]))

    # What they do

    async def live(self, tickets: list[dict[str, Any]]) -> None:
        """Everything at once until `is_resting`; returns when all of it was answered."""
        self.is_resting = False
        combo = secrets.token_hex(8)
        await asyncio.gather(
            self._often(self.give),
            self._often(lambda: self.give(combo)),
            self._often(self.pin, 0.3),
            self._often(self.top_up, 0.3),
            self._often(self.talk, 0.8),
            self._often(self.watch, 0.2),
            *(self.buy_somehow(ticket) for ticket in tickets),
        )

    async def _often(self, act: Callable[[], Awaitable[None]], pause_s: float = 0.1) -> None:
        while not self.is_resting:
            await act()
            await asyncio.sleep(self.rng.uniform(0, 2 * pause_s))

    async def give(self, combo: str | None = None) -> None:
        count = self.rng.randint(1, 3)
        body = {"gift_kind_id": "chalk", "count": count, "combo_id": combo, "is_named": True}
        await self.press("gift", f"/rooms/{self.paid.room_id}/gifts", body)

    async def pin(self) -> None:
        body = {"text": f"为什么？{len(self.asked)}", "coins": 100, "is_public": True}
        await self.press("super_chat", f"/rooms/{self.paid.room_id}/super-chats", body)

    async def top_up(self) -> None:
        body = {"product_id": self.pack["product_id"], "method": "wechat"}
        body |= {"is_repeat_meant": True, "refund_rule_accepted": True}
        asked = await self.press("topup", "/wallet/topups", body)
        if asked.is_done and asked.answer is not None:
            await self._until_paid(asked.answer["payment"]["id"])

    async def buy_somehow(self, ticket: dict[str, Any]) -> None:
        """Buy at some moment, in one of many ways, or do not pay at all."""
        await asyncio.sleep(self.rng.uniform(0, 2))
        await self.buy(ticket, self.rng.choice(SCENARIOS), is_paying=self.rng.random() > 0.1)

    async def buy(
        self, ticket: dict[str, Any], scenario: str | None = None, *, is_paying: bool = True
    ) -> None:
        """Order a ticket and pay it, until the gateway has said what became of it."""
        line = {"product_id": ticket["id"], "quantity": 1}
        line["seen_price_minor"] = ticket["price"]["amount_minor"]
        body = {"items": [line], "refund_rule_accepted": True, "is_repeat_meant": True}
        asked = await self.press("order", "/orders", body)
        if not asked.is_done or asked.answer is None or not is_paying:
            return
        path = f"/orders/{asked.answer['id']}/pay"
        paying = await self.press("pay", path, {"method": "card", "scenario": scenario})
        if paying.is_done and paying.answer is not None and scenario != "abandon":
            await self._until_paid(paying.answer["payment"]["id"])

    async def _until_paid(self, payment_id: str) -> None:
        while True:
            payment = (await self.get(f"/payments/{payment_id}"))["payment"]
            if payment["state"] == "captured":
                self.captured[payment_id] = payment
            if payment["state"] in ENDED:
                return
            await asyncio.sleep(RETRY_S)

    async def talk(self) -> None:
        await self.speaker.say(f"看懂了 {len(self.speaker.said)}")

    async def watch(self) -> None:
        """A watch heart-beat, sent again until it is taken."""
        self.n_beats += 1
        beat = {
            "id": secrets.token_hex(8),
            "type": "watch_heartbeat",
            "version": 1,
            "item_id": self.paid.room_id,
            "watch_id": f"tab-{self.person.name}",
            "beat": self.n_beats,
            "watched_ms": self.n_beats * 1000,
        }
        response = await self._sent("POST", "/interactions", {"events": [beat]})
        assert response.json() == {"accepted": 1, "rejected": []}
        self.beats.add(str(beat["id"]))


def id_in(answer: dict[str, Any]) -> object:
    """What an answer is about."""
    if "payment" in answer:
        return answer["payment"]["id"]
    return answer.get("gift_id") or answer.get("id")


def figures(members: list[Member]) -> Counter[str]:
    """What was acknowledged, by kind."""
    found = Counter(each.kind for member in members for each in member.asked if each.is_done)
    found["refused"] = sum(bool(each.code) for member in members for each in member.asked)
    found["captured"] = sum(len(member.captured) for member in members)
    found["danmaku"] = sum(len(member.speaker.said) for member in members)
    found["heartbeat"] = sum(len(member.beats) for member in members)
    found["retries"] = sum(member.n_retries for member in members)
    return found

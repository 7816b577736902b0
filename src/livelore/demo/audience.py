"""Simulated viewers: they buy, enter, talk, give, leave and come back; seeded, so repeatable."""

import asyncio
import contextlib
import json
import secrets
from random import Random  # noqa: TID251  # seeded and handed in
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from livelore.demo.client import Client, Refused
from livelore.demo.words import DANMAKU, GIFTS, SUPER_CHATS

ARRIVAL_S = 25.0
HEARTBEAT_S = 15.0
PAID_WAIT_S = 10.0
PACK_COINS = 500


class Audience:
    """Viewers of one room.

    Args:
        url: Of the site.
        room_id: Which room.
        rng: Their chances.
    """

    def __init__(self, url: str, room_id: str, rng: Random) -> None:
        self._url = url
        self._room_id = room_id
        self._rng = rng

    async def run(self, tokens: list[str], seconds: float | None) -> None:
        """All of them, until the time is over or the site is gone."""
        chances = [Random(self._rng.random()) for _ in tokens]  # noqa: S311  # of a simulation
        viewers = [
            SimulatedViewer(Client(self._url, token), token, self, rng)
            for token, rng in zip(tokens, chances, strict=True)
        ]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for viewer in viewers:
                    group.create_task(viewer.live())

    @property
    def room_id(self) -> str:
        """The room that they enter."""
        return self._room_id

    @property
    def socket_url(self) -> str:
        """The room's socket."""
        parts = urlsplit(self._url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return f"{scheme}://{parts.netloc}/api/v1/rooms/{self._room_id}/ws"


class SimulatedViewer:
    """One viewer.

    Args:
        client: Their way to the API.
        token: The same, for the socket.
        audience: Where they are.
        rng: Their chances.
    """

    def __init__(self, client: Client, token: str, audience: Audience, rng: Random) -> None:
        self._client = client
        self._token = token
        self._audience = audience
        self._rng = rng
        self._session = secrets.token_hex(8)
        self._beats = 0
        self._watched_ms = 0

    async def live(self) -> None:
        """Come, stay a while, go, come again; ends when the site is gone."""
        await asyncio.sleep(self._rng.uniform(0, ARRIVAL_S))
        while True:
            try:
                await self._visit()
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(self._rng.uniform(2, 6))
                if not await self._is_site_there():
                    return
            except Refused:
                await asyncio.sleep(self._rng.uniform(5, 15))
            await asyncio.sleep(self._rng.uniform(1, 20))

    async def _is_site_there(self) -> bool:
        try:
            await self._client.call("GET", "/session")
        except (OSError, Refused):
            return False
        return True

    async def _visit(self) -> None:
        room = await self._client.call("GET", f"/rooms/{self._audience.room_id}")
        if room["live_session"] is None:
            return
        if not room["access"]["entitled"] and room["product"] is not None:
            await self._buy(room["product"])
        header = {"Authorization": f"Bearer {self._token}"}
        stay_s = self._rng.uniform(60, 600)
        async with connect(self._audience.socket_url, additional_headers=header) as socket:
            reading = asyncio.create_task(_drain(socket))
            try:
                async with asyncio.timeout(stay_s), asyncio.TaskGroup() as group:
                    group.create_task(self._talk(socket))
                    group.create_task(self._give())
                    group.create_task(self._beat(room))
            except TimeoutError:
                return
            except ExceptionGroup as group_error:
                raise group_error.exceptions[0] from None
            finally:
                reading.cancel()

    async def _buy(self, product: dict[str, Any]) -> None:
        price = product["price"]["amount_minor"]
        item = {"product_id": product["id"], "quantity": 1, "seen_price_minor": price}
        order = await self._client.call(
            "POST", "/orders", {"items": [item], "refund_rule_accepted": True}, keyed=True
        )
        method = self._rng.choice(["wechat", "alipay", "card"])
        await self._client.call(
            "POST", f"/orders/{order['id']}/pay", {"method": method}, keyed=True
        )
        async with asyncio.timeout(PAID_WAIT_S):
            while not await self._is_paid(order["id"]):  # noqa: ASYNC110  # only polling tells
                await asyncio.sleep(0.3)

    async def _is_paid(self, order_id: str) -> bool:
        found = await self._client.call("GET", f"/orders/{order_id}")
        return found["state"] not in {"placed", "expired"}

    async def _talk(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / 45))
            words = {
                "type": "danmaku",
                "text": self._rng.choice(DANMAKU),
                "client_id": secrets.token_hex(8),
            }
            await socket.send(json.dumps(words))

    async def _give(self) -> None:
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / 240))
            with contextlib.suppress(Refused):
                await self._spend()

    async def _spend(self) -> None:
        wallet = await self._client.call("GET", "/wallet")
        if wallet["available"] < PACK_COINS // 2:
            pack = next(each for each in wallet["packs"] if each["coins"] == PACK_COINS)
            body = {
                "product_id": pack["product_id"],
                "method": "wechat",
                "refund_rule_accepted": True,
            }
            await self._client.call("POST", "/wallet/topups", body, keyed=True)
            return
        room = f"/rooms/{self._audience.room_id}"
        if self._rng.random() < 0.12:
            words = {
                "text": self._rng.choice(SUPER_CHATS),
                "coins": self._rng.choice([100, 300]),
                "is_public": self._rng.random() < 0.5,
            }
            await self._client.call("POST", f"{room}/super-chats", words, keyed=True)
            return
        kind = self._rng.choice(GIFTS)
        combo = {"gift_kind_id": kind, "count": 1, "combo_id": secrets.token_hex(8)}
        for _ in range(self._rng.choice([1, 1, 1, 2, 3, 5])):
            await self._client.call("POST", f"{room}/gifts", combo, keyed=True)
            await asyncio.sleep(0.4)

    async def _beat(self, room: dict[str, Any]) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self._beats += 1
            self._watched_ms += round(HEARTBEAT_S * 1000)
            event = {
                "id": secrets.token_hex(12),
                "type": "watch_heartbeat",
                "version": 1,
                "item_id": room["live_session"]["id"],
                "watch_id": self._session,
                "beat": self._beats,
                "watched_ms": self._watched_ms,
            }
            with contextlib.suppress(Refused):
                await self._client.call("POST", "/interactions", {"events": [event]})


async def _drain(socket: ClientConnection) -> None:
    with contextlib.suppress(WebSocketException):
        async for _ in socket:
            pass

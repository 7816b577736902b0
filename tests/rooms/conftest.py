"""A class with a ticket in a real room: shop, rooms, playback, chat, gifts, studio together."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from livelore.adapters.bus_memory import MemoryBus
from livelore.app.knowledge import Knowledge
from livelore.app.live import Floor, Live, build_live
from livelore.database.engine import Database
from livelore.database.outbox import OutboxRelay
from livelore.knowledge.catalog.model import Lesson, Product
from livelore.knowledge.catalog.service import NewLesson, NewProduct
from livelore.knowledge.orders.jobs import OrdersJobs
from livelore.knowledge.orders.service import OrderView
from livelore.live.chat.schemas import RoomItem
from livelore.live.gifts.asks import GiftAsk, Press, Sent, SuperChatAsk
from livelore.live.rooms.model import LiveSession, Room
from livelore.live.rooms.service import Playback, RoomsService, Visitor
from livelore.live.streams.model import PlaybackGrant
from livelore.ports.payments import PaymentGateway
from livelore.settings import Settings
from livelore.trust.identity.model import Role, User
from livelore.trust.identity.service import NewUser
from livelore.web.caller import ANONYMOUS, Caller
from tests.fakes import START, FakeClock
from tests.orders.conftest import Shop, shop

__all__ = ["shop"]
SECRET = b"a secret of the tests, 32 bytes."


def caller_of(user: User) -> Caller:
    return Caller(user.id, user.username, user.role)


def token_of(url: str) -> str:
    return url.split("token=")[1]


@dataclass
class School:
    """A shop with a room: today's class has a ticket of 29 yuan."""

    shop: Shop
    live: Live
    relay: OutboxRelay
    room: Room
    lesson: Lesson
    ticket: Product
    n_presses: int = 0

    @property
    def db(self) -> Database:
        return self.shop.db

    @property
    def clock(self) -> FakeClock:
        return self.shop.clock

    @property
    def rooms(self) -> RoomsService:
        return self.live.rooms

    @property
    def playback(self) -> Playback:
        return self.live.playback

    @property
    def viewer(self) -> Caller:
        return caller_of(self.shop.viewer)

    @property
    def host(self) -> Caller:
        return caller_of(self.shop.host)

    async def user(self, name: str, role: Role = "viewer") -> User:
        return await self.shop.identity.add_user(NewUser(name, "chalk and board"), role)

    async def someone(self, name: str, role: Role = "viewer") -> Caller:
        return caller_of(await self.user(name, role))

    async def operator(self) -> User:
        """The site's operator, made when first asked for."""
        known = await self.shop.identity.user_named("site-operator")
        return known or await self.user("site-operator", "operator")

    async def go_live(self) -> LiveSession:
        await self.rooms.session_started(self.room.id)
        session = await self.rooms.open_session_of(self.room.id)
        assert session is not None
        return session

    async def buy_ticket(self, user: User | None = None) -> OrderView:
        return await self.shop.buy(self.ticket, user=user)

    async def watch(self, token: str, **cookies: str) -> PlaybackGrant:
        return await self.playback.check(token, self.room.id, cookies)

    async def preview(self, visitor_id: str = "v1", caller: Caller = ANONYMOUS) -> str:
        urls = await self.playback.preview(Visitor(caller, visitor_id), self.room.id)
        return token_of(urls.flv)

    async def rich_adult(self, user: User | None = None, packs: int = 1) -> Caller:
        """Ticket, coins and the mark of an adult: who may give."""
        user = user or self.shop.viewer
        await self.buy_ticket(user)
        for _ in range(packs):
            await self.shop.buy(self.shop.pack, user=user)
        await self.shop.identity.verify_adult(user.id, await self.operator())
        return caller_of(user)

    def press(self, caller: Caller, **more: Any) -> Press:
        self.n_presses += 1
        key = more.pop("key", f"press-{self.n_presses:016d}")
        return Press(
            caller,
            more.pop("room_id", self.room.id),
            key,
            more.pop("fingerprint", key),
            more.pop("confirmation", None),
        )

    async def give(self, caller: Caller, ask: GiftAsk | None = None, **more: Any) -> Sent:
        return await self.live.gifts.send_gift(self.press(caller, **more), ask or GiftAsk("chalk"))

    async def pin(self, caller: Caller, ask: SuperChatAsk, **more: Any) -> Sent:
        return await self.live.gifts.send_super_chat(self.press(caller, **more), ask)

    async def messages(self) -> list[dict[str, Any]]:
        """What the room was told, once all events are out; each of a shape that is published."""
        await self.relay.send_all()
        found = await self.live.chat.replay(self.room.id, None, 0, 500)
        for message in found:
            msgspec.json.decode(message.encoded, type=RoomItem)
        return [msgspec.json.decode(message.encoded) for message in found]

    async def events(self, *topics: str) -> list[str]:
        query = text("SELECT topic FROM outbox ORDER BY id")
        found = await self.db.read(lambda c: [row.topic for row in c.execute(query)])
        return [topic for topic in found if not topics or topic in topics]

    async def hosts_coins(self) -> int:
        """What the host has earned of gifts, minor units."""
        party = await self.shop.ledger.party_of(self.shop.host.id)
        lines = await self.shop.ledger.balances(party)
        return sum(line.balance_minor for line in lines if line.ref.kind == "earned.pending")


@pytest.fixture
async def school(shop: Shop, bus: MemoryBus, tmp_path: Path) -> AsyncIterator[School]:
    settings = Settings(
        data_dir=tmp_path, rtmp_host="127.0.0.1", rtmp_port=0, room_gap_ms=1, preview_s=180
    )
    floor = Floor(settings, shop.clock, shop.db, bus, shop.identity, SECRET)
    jobs = OrdersJobs(shop.orders, shop.ledger, shop.db, bus, shop.clock)
    gateways: dict[str, PaymentGateway] = {"sandbox": shop.sandbox}
    knowledge = Knowledge(shop.catalog, shop.ledger, shop.access, shop.orders, jobs, gateways)
    live = build_live(floor, knowledge)
    for job in live.jobs:
        await job.start()
    room = await live.rooms.add_room(shop.host.id, "数学直播间", "Mathematics live")
    new = NewLesson(
        "极限与面积",
        "live",
        starts_at=START + timedelta(minutes=5),
        ends_at=START + timedelta(minutes=95),
        room_id=room.id,
    )
    lesson = await shop.catalog.add_lesson(shop.host.id, shop.course.id, new)
    ticket = await shop.catalog.add_product(
        shop.host.id, shop.course.id, NewProduct(2_900, lesson.id, replay_days=180)
    )
    made = School(shop, live, OutboxRelay(shop.db, bus, shop.clock), room, lesson, ticket)
    yield made
    await made.relay.send_all()
    for job in reversed(live.jobs):
        await job.stop()

"""The service on real databases: mending, facts of the platform, watch time told on, replay."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.database.engine import Database
from livelore.intelligence.interactions.compact import compact
from livelore.intelligence.interactions.jobs import DANMAKU_TOPIC, InteractionsJobs
from livelore.intelligence.interactions.model import totals
from livelore.intelligence.interactions.reader import read
from livelore.intelligence.interactions.segments import LogFolder
from livelore.intelligence.interactions.service import InteractionsService, Sender
from livelore.intelligence.interactions.writer import LogLimits, LogWriter
from livelore.knowledge.orders.events import CoinsBought, OrderPaid
from livelore.live.chat.events import DanmakuSent
from livelore.live.gifts.events import GiftSent, SuperChatSent
from livelore.live.rooms.events import LiveEnded, LiveStarted
from livelore.trust.identity.service import IdentityService, NewUser
from tests.fakes import START, FakeClock

START_MS = round(START.timestamp() * 1000)


@dataclass
class Site:
    root: Path
    db: Database
    bus: MemoryBus
    clock: FakeClock
    user_id: str = ""
    said: list[bytes] = field(default_factory=list[bytes])
    told: list[tuple[str, str, float]] = field(default_factory=list[tuple[str, str, float]])

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        writer = LogWriter(LogFolder(self.root), self.clock, LogLimits(segment_bytes=2_000))

        async def lesson_of(_user_id: str, item_id: str) -> str | None:
            return "lesson1" if item_id == "live1" else None

        async def note(user_id: str, lesson_id: str, seconds: float) -> None:
            self.told.append((user_id, lesson_id, seconds))

        self.service = InteractionsService(self.db, self.clock, writer, lesson_of, note)

        async def said_since(at_ms: int) -> list[bytes]:
            return [each for each in self.said if msgspec.json.decode(each)["at_ms"] >= at_ms]

        self.jobs = InteractionsJobs(self.service, self.bus, said_since)

    async def restart(self) -> None:
        await self.jobs.stop()
        self.open()
        await self.jobs.start()

    async def beat(self, number: int, item_id: str = "live1") -> None:
        event = {
            "id": f"{item_id}-beat-{number:04d}",
            "type": "watch_heartbeat",
            "version": 1,
            "item_id": item_id,
            "watch_id": "tab1",
            "beat": number,
            "watched_ms": number * 15_000,
        }
        outcome = await self.service.submit(Sender(self.user_id, None), [event])
        assert outcome.rejected == []


@pytest.fixture
async def site(
    db: Database, bus: MemoryBus, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[Site]:
    site = Site(tmp_path / "interactions", db, bus, clock)
    site.user_id = (
        await IdentityService(db, clock).add_user(NewUser("qin", "chalk and board"), "viewer")
    ).id
    await site.jobs.start()
    yield site
    await site.jobs.stop()


async def test_watch_time_is_told_once_across_lost_beats_repeats_and_restarts(site: Site) -> None:
    for number in (1, 2, 2, 4, 3):
        site.clock.advance(15)
        await site.beat(number)
    await site.beat(1, "another-item")
    await site.restart()
    site.clock.advance(15)
    await site.beat(4)
    await site.beat(5)
    assert {(user, lesson) for user, lesson, _ in site.told} == {(site.user_id, "lesson1")}
    assert sum(seconds for *_, seconds in site.told) == pytest.approx(75)


async def test_a_torn_last_line_becomes_a_dead_letter(site: Site) -> None:
    await site.beat(1)
    await site.jobs.stop()
    folder = LogFolder(site.root)
    with folder.segment(folder.segment_numbers()[-1]).open("ab") as file:
        file.write('{"id":"torn","type":"搜\x00'.encode()[:-2])
    site.open()
    await site.jobs.start()
    await site.beat(2)
    assert [row.fields["beat"] for row in read(site.root)] == [1, 2]
    letters = await site.service.dead_letters(None, 10)
    assert [(letter.source, letter.reason) for letter in letters] == [("disk", "torn_line")]
    assert letters[0].body.startswith('{"id":"torn"')


async def test_a_fact_that_fits_no_shape_is_kept(site: Site) -> None:
    await site.bus.publish("GiftSent", b'{"event_id":7,"gift_id":"g","user_id":"u"}')
    letters = await site.service.dead_letters(None, 10)
    assert [(letter.source, letter.reason) for letter in letters] == [("platform", "bad_field")]
    assert '"outbox:7"' in letters[0].body
    assert list(read(site.root)) == []


def facts() -> list[tuple[str, Any]]:
    paid: dict[str, Any] = {
        "room_id": "r1",
        "live_session_id": "live1",
        "user_id": "u1",
        "host_id": "h1",
        "currency": "CNY",
        "is_named": True,
        "at_ms": START_MS,
    }
    live: dict[str, Any] = {
        "room_id": "r1",
        "host_id": "h1",
        "live_session_id": "live1",
        "lesson_id": "lesson1",
        "started_at_ms": START_MS,
    }
    gift = GiftSent(
        gift_id="g1",
        gift_kind_id="tea",
        count=3,
        combo_id=None,
        coins=360,
        value_minor=3600,
        **paid,
    )
    words = SuperChatSent(
        gift_id="g2", text="为什么?", pin_s=30, coins=100, value_minor=1000, **paid
    )
    return [
        ("LiveStarted", LiveStarted(at_ms=START_MS, **live)),
        ("GiftSent", gift),
        ("SuperChatSent", words),
        ("OrderPaid", OrderPaid("o1", "u1", ("p1",), ("lesson1",), ("c1",), (2,), 2_900, "CNY")),
        ("CoinsBought", CoinsBought("o2", None, 500, 5_000, "CNY")),
        ("LiveEnded", LiveEnded(at_ms=START_MS + 60_000, **live)),
    ]


async def test_danmaku_of_a_dead_process_are_logged_at_the_next_start(site: Site) -> None:
    for seq, at_ms in ((1, START_MS - 90_000), (2, START_MS - 30_000), (3, START_MS)):
        said = DanmakuSent("r1", "live1", seq, "u1", at_ms, None, f"懂了 {seq}")
        site.said.append(msgspec.json.encode(said))
    await site.bus.publish(DANMAKU_TOPIC, site.said[1])
    await site.beat(1)
    for _ in range(2):
        await site.restart()
    await site.beat(2)
    ids = [row.id for row in read(site.root) if row.type == "danmaku"]
    assert ids == ["chat:r1:2", "chat:r1:3"]


async def test_a_class_replays_to_the_same_totals(site: Site) -> None:
    for _ in range(2):  # the outbox sends at least once
        for number, (topic, event) in enumerate(facts(), 1):
            plain = msgspec.to_builtins(event) | {"event_id": number, "act_id": 100 + number}
            await site.bus.publish(topic, msgspec.json.encode(plain))
        for seq in range(40):
            said = DanmakuSent("r1", "live1", seq, "u1", START_MS + seq, seq, f"懂了 {seq}")
            await site.bus.publish(DANMAKU_TOPIC, msgspec.json.encode(said))
    for number in range(1, 5):
        site.clock.advance(15)
        await site.beat(number)
    assert await site.service.dead_letters(None, 10) == []
    first = totals(read(site.root))["live1"]
    assert (first.n_danmaku, first.n_gifts, first.n_super_chats) == (40, 3, 1)
    assert (first.coins, first.value_minor) == (460, {"CNY": 4_600})
    assert (first.started_at_ms, first.ended_at_ms) == (START_MS, START_MS + 60_000)
    assert first.watched_ms == {site.user_id: 60_000}
    await site.restart()
    compact(site.root)
    assert LogFolder(site.root).parquet_files()
    assert totals(read(site.root))["live1"] == first

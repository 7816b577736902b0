"""The service on real databases: mending, facts of the platform, watch time told on, replay."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.database.engine import Database
from livelore.intelligence.interactions.compact import compact
from livelore.intelligence.interactions.dead import DeadFiles
from livelore.intelligence.interactions.jobs import DANMAKU_TOPIC, InteractionsJobs
from livelore.intelligence.interactions.model import totals
from livelore.intelligence.interactions.reader import read
from livelore.intelligence.interactions.said import SaidLogger
from livelore.intelligence.interactions.segments import LogFolder
from livelore.intelligence.interactions.service import InteractionsService, Sender
from livelore.intelligence.interactions.writer import LogLimits, LogWriter
from livelore.knowledge.orders.events import (
    CoinsBought,
    CoinsRefunded,
    OrderPaid,
    RefundDecided,
    RefundPaid,
)
from livelore.live.chat.events import DanmakuSent
from livelore.live.chat.limits import ChatLimits
from livelore.live.chat.model import Message, Person, RoomState, Standing
from livelore.live.chat.service import ChatService, Spoken
from livelore.live.gifts.events import GiftSent, GiftUndone, SuperChatSent
from livelore.live.rooms.events import LiveEnded, LiveStarted
from livelore.trust.identity.service import IdentityService, NewUser
from livelore.web.caller import Caller
from tests.fakes import START, FakeClock

SPEAKER = Standing(Person("u1", "U1", 0, "moderator"), may_speak=True)
START_MS = round(START.timestamp() * 1000)


@dataclass
class Site:
    root: Path
    db: Database
    bus: MemoryBus
    clock: FakeClock
    chat: ChatService
    user_id: str = ""
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
        self.jobs = InteractionsJobs(
            self.service, self.bus, SaidLogger(self.db, self.service, self.chat)
        )

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
    async def state_of(_room_id: str) -> RoomState:
        return RoomState("on_air", "live1", START_MS)

    async def standing_of(_caller: Caller, _room_id: str) -> Standing:
        return SPEAKER

    limits = ChatLimits(danmaku_per_s=1e6, danmaku_burst=1e6)
    chat = ChatService(db, bus, clock, standing_of, state_of, limits)
    site = Site(tmp_path / "interactions", db, bus, clock, chat)
    site.user_id = (
        await IdentityService(db, clock).add_user(NewUser("qin", "chalk and board"), "viewer")
    ).id
    await site.jobs.start()
    yield site
    await site.jobs.stop()
    await chat.stop()


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


def takings_back() -> list[tuple[str, Any]]:
    def undone(gift_id: str, reason: str, *, is_refunded: bool) -> GiftUndone:
        return GiftUndone(
            gift_id=gift_id, room_id="r1", user_id="u1", reason=reason, is_refunded=is_refunded
        )

    return [
        ("GiftUndone", undone("g2", "breach", is_refunded=False)),
        ("GiftUndone", undone("g1", "platform_order", is_refunded=True)),
        ("RefundDecided", RefundDecided("o1", "u1", 2_900, "CNY", "changed my mind")),
        ("RefundPaid", RefundPaid("R1", 2_900, "CNY")),
        ("CoinsRefunded", CoinsRefunded("u1", 100, 1_000, "CNY")),
    ]


async def test_what_was_taken_back_is_logged_and_leaves_the_totals(site: Site) -> None:
    told = [*takings_back(), *facts()]  # out of order, as after a crash
    for number, (topic, event) in enumerate(told, 1):
        plain = msgspec.to_builtins(event) | {"event_id": number}
        await site.bus.publish(topic, msgspec.json.encode(plain))
    assert await site.service.dead_letters(None, 10) == []
    kinds = {row.type for row in read(site.root)}
    assert {"gift_undone", "refund_decided", "refund_paid", "coins_refunded"} <= kinds
    found = totals(read(site.root))["live1"]
    assert (found.n_gifts, found.n_super_chats, found.coins) == (0, 1, 100)
    assert found.value_minor == {"CNY": 1_000}


async def say(site: Site, text: str) -> Message:
    said = await site.chat.speak(SPEAKER, "r1", Spoken(text))
    assert isinstance(said, Message)
    return said


async def test_danmaku_that_the_bus_never_told_of_are_logged_at_the_next_start(site: Site) -> None:
    await site.jobs.stop()
    for number in range(3):
        await say(site, f"懂了 {number}")
    site.open()
    await site.jobs.start()
    await site.chat.delete_message(SPEAKER, "r1", 2)
    await say(site, "懂了 3")
    await site.jobs._said.catch_up()
    await site.restart()
    await site.jobs._said.catch_up()
    rows = [(row.id, row.type, row.at_ms) for row in read(site.root)]
    assert sorted(rows) == [
        ("chat:r1:1", "danmaku", START_MS),
        ("chat:r1:2", "danmaku", START_MS),
        ("chat:r1:3", "danmaku", START_MS),
        ("chat:r1:4", "message_deleted", START_MS),
        ("chat:r1:5", "danmaku", START_MS),
    ]
    assert totals(read(site.root))["live1"].n_danmaku == 3
    counted, _ = await site.chat.danmaku_counts("r1", "live1")
    assert counted == 3


async def test_rows_that_waited_for_the_disk_in_a_crash_are_logged_again(site: Site) -> None:
    said = await say(site, "懂了")
    await site.jobs.stop()
    folder = LogFolder(site.root)
    for number in folder.segment_numbers():  # as if the process had died before the flush
        folder.segment(number).write_bytes(b"")
    await site.db.write(lambda c: c.exec_driver_sql("DELETE FROM interaction_cursor").rowcount)
    site.open()
    await site.jobs.start()
    await site.jobs._said.catch_up()
    assert [row.id for row in read(site.root)] == [f"chat:r1:{said.seq}"]


async def test_a_spoiled_danmaku_does_not_hold_up_those_after_it(site: Site) -> None:
    await asyncio.gather(*(say(site, f"懂了 {number}") for number in range(600)))  # over a page
    await site.jobs._said.catch_up()
    assert totals(read(site.root))["live1"].n_danmaku == 600


async def test_dead_letters_beyond_the_cap_move_to_files_oldest_first(site: Site) -> None:
    for number in range(25):
        site.clock.advance(1)
        await site.service.submit(Sender("u1", None), [{"id": f"broken-{number:04d}"}])
    before = await site.service.dead_letters(None, 100)
    assert await site.service.move_dead_letters(keep=10) == 15
    assert await site.service.dead_letters(None, 100) == before[:10]
    assert list(DeadFiles(site.root).read()) == before[10:][::-1]
    assert await site.service.move_dead_letters(keep=10) == 0


async def test_a_crash_between_file_and_table_loses_no_letter(site: Site) -> None:
    await site.service.submit(Sender("u1", None), [{"id": f"broken-{n:04d}"} for n in range(5)])
    letters = await site.service.dead_letters(None, 100)
    site.service.dead_files.add(letters[::-1])
    assert await site.service.move_dead_letters(keep=0) == 5
    assert {letter.id for letter in DeadFiles(site.root).read()} == {each.id for each in letters}
    assert len(list(DeadFiles(site.root).read())) == 5


async def test_when_files_are_full_clients_letters_are_counted_and_the_platforms_kept(
    site: Site,
) -> None:
    await site.service.submit(Sender("u1", None), [{"id": "broken-0000"}])
    await site.service.move_dead_letters(keep=0)
    site.service.dead_files = DeadFiles(site.root, bytes_max=10)
    outcome = await site.service.submit(Sender("u1", None), [{"id": "broken-0001"}])
    assert outcome.rejected == [(0, "unknown_type")]
    assert site.service.n_letters_not_kept == 1
    assert await site.service.dead_letters(None, 10) == []
    await site.bus.publish("GiftSent", b'{"event_id":7,"gift_id":"g","user_id":"u"}')
    assert [letter.source for letter in await site.service.dead_letters(None, 10)] == ["platform"]

"""What the chat keeps and tells: announcements once, processes in step, rules obeyed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.database.engine import Database
from livelore.live.chat.errors import (
    MessageNotFound,
    NotDeletable,
    NotModerator,
    RulesInvalid,
    SpeakingNotAllowed,
)
from livelore.live.chat.events import DanmakuSent
from livelore.live.chat.jobs import ChatJobs
from livelore.live.chat.limits import ChatLimits, HubLimits
from livelore.live.chat.model import Message, Person, Repeated, RoomState, Rules
from livelore.live.chat.service import Announcement, ChatService, Spoken
from tests.chat.conftest import FREE, START_MS, standing, standing_of
from tests.fakes import FakeClock
from tests.socket_client import eventually

GIFT = Announcement("r1", "gift", {"gift_id": "g1", "count": 1}, event_id=7, ref_id="g1")


async def on_air(_room_id: str) -> RoomState:
    return RoomState("on_air", "live1", START_MS)


@pytest.fixture
async def chat(db: Database, bus: MemoryBus, clock: FakeClock) -> AsyncIterator[ChatService]:
    service = ChatService(db, bus, clock, standing_of, on_air, FREE)
    yield service
    await service.stop()


def numbers(outcomes: list[Message | Repeated]) -> list[int]:
    return [outcome.seq for outcome in outcomes]


async def test_an_event_is_announced_once_however_often_it_is_told(chat: ChatService) -> None:
    first = await chat.announce(GIFT)
    again = await chat.announce(GIFT)
    assert (first.seq, again) == (1, Repeated(1))
    both = await asyncio.gather(
        *(chat.announce(Announcement("r1", "notice", {}, event_id=8)) for _ in range(2))
    )
    assert sorted(type(outcome).__name__ for outcome in both) == ["Message", "Repeated"]
    assert len(await chat.replay("r1", None, 0, 10)) == 2


async def test_gifts_do_not_wait_for_the_gap_of_danmaku(
    db: Database, bus: MemoryBus, clock: FakeClock
) -> None:
    """The outbox announces them one by one: a tenth of a second each would be ten a second."""
    slow = ChatService(db, bus, clock, standing_of, on_air, ChatLimits(hub=HubLimits(gap_s=5.0)))
    begun = asyncio.get_running_loop().time()
    await slow.speak(standing("alice"), "r1", Spoken("hi"))
    waits = asyncio.create_task(slow.speak(standing("alice"), "r1", Spoken("waits")))
    for event_id in range(20):
        await slow.announce(replace(GIFT, event_id=event_id))
    await waits
    assert asyncio.get_running_loop().time() - begun < 4
    await slow.stop()


async def test_what_is_undone_is_taken_back_once(chat: ChatService) -> None:
    await chat.announce(GIFT)
    deleted = await chat.retract("r1", "g1", event_id=9)
    assert isinstance(deleted, Message)
    assert json.loads(deleted.encoded)["target_seq"] == 1
    assert await chat.retract("r1", "g1", event_id=9) is None
    assert await chat.replay("r1", None, 0, 10) == []


async def test_many_at_once_get_numbers_without_a_hole(chat: ChatService) -> None:
    spoken = [Spoken(f"m{i}", f"c{i}") for i in range(200)]
    outcomes = await asyncio.gather(
        *(chat.speak(standing(f"u{i % 7}"), "r1", said) for i, said in enumerate(spoken))
    )
    assert numbers(outcomes) == list(range(1, 201))
    kept = await chat.replay("r1", "live1", 0, 500)
    assert [json.loads(m.body)["text"] for m in kept] == [said.text for said in spoken]


async def test_two_processes_share_one_sequence_and_both_see_all(
    db: Database, bus: MemoryBus, clock: FakeClock, chat: ChatService
) -> None:
    other = ChatService(db, bus, clock, standing_of, on_air, FREE)
    here, there = await chat.rooms.open("r1"), await other.rooms.open("r1")
    await asyncio.gather(
        *(
            (chat, other)[i % 2].speak(standing(f"u{i}"), "r1", Spoken(f"m{i}", f"c{i}"))
            for i in range(100)
        )
    )
    assert len(await chat.replay("r1", None, 0, 500)) == 100
    await eventually(lambda: here.hub.last_seq == there.hub.last_seq == 100)
    assert [m.seq for m in here.hub._ring] == [m.seq for m in there.hub._ring]
    await other.mute(standing("mod"), "r1", "u1", 60)
    assert "u1" in here.hub.mutes
    await other.stop()


async def test_what_the_bus_lost_is_read_from_the_table(
    db: Database, clock: FakeClock, chat: ChatService
) -> None:
    deaf = ChatService(db, MemoryBus(), clock, standing_of, on_air, FREE)
    room = await deaf.rooms.open("r1")
    for i in range(5):
        await chat.speak(standing("alice"), "r1", Spoken(f"m{i}"))
    await deaf.speak(standing("bob"), "r1", Spoken("last"))
    await eventually(lambda: room.hub.last_seq == 6)
    assert [m.seq for m in room.hub._ring] == [1, 2, 3, 4, 5, 6]
    await deaf.stop()


async def test_each_danmaku_is_told_after_it_is_on_disk(chat: ChatService, bus: MemoryBus) -> None:
    told: list[dict[str, object]] = []

    async def on_danmaku(payload: bytes) -> None:
        event = json.loads(payload)
        assert event["seq"] in [m.seq for m in await chat.replay("r1", None, 0, 10)]
        told.append(event)

    await bus.subscribe(DanmakuSent.topic, on_danmaku)
    await chat.speak(standing("alice"), "r1", Spoken("hi", "c1"))
    await chat.speak(standing("alice"), "r1", Spoken("hi", "c1"))
    assert [(e["user_id"], e["text"], e["live_session_id"]) for e in told] == [
        ("alice", "hi", "live1")
    ]
    assert [json.loads(said) for said in await chat.danmaku_since(START_MS)] == told
    assert await chat.danmaku_since(START_MS + 1) == []


async def test_a_listener_that_fails_does_not_fail_the_sender(
    chat: ChatService, bus: MemoryBus
) -> None:
    async def broken(_payload: bytes) -> None:
        raise RuntimeError("a bug elsewhere")

    await bus.subscribe(DanmakuSent.topic, broken)
    assert (await chat.speak(standing("alice"), "r1", Spoken("hi"))).seq == 1


async def test_the_live_session_is_told_to_its_room(chat: ChatService, bus: MemoryBus) -> None:
    jobs = ChatJobs(chat, bus)
    await jobs.start()
    topics = ("LiveStarted", "LiveInterrupted", "LiveResumed", "LiveEnded")
    for event_id, topic in enumerate(topics, 1):
        payload = {"event_id": event_id, "room_id": "r1", "live_session_id": "live1", "more": 1}
        for _ in range(2):
            await bus.publish(topic, json.dumps(payload).encode())
    told = [json.loads(m.encoded) for m in await chat.replay("r1", None, 0, 10)]
    assert [m.get("code", m["type"]) for m in told] == [
        "live.started",
        "stream.lost",
        "stream.back",
        "end",
    ]
    await jobs.stop()


async def test_only_moderators_moderate(chat: ChatService) -> None:
    await chat.speak(standing("alice"), "r1", Spoken("hi"))
    for name in ("alice", None):
        with pytest.raises(NotModerator):
            await chat.delete_message(standing(name), "r1", 1)
        with pytest.raises(NotModerator):
            await chat.mute(standing(name), "r1", "bob", 60)
        with pytest.raises(NotModerator):
            await chat.set_rules(standing(name), "r1", 5, None)
    for name in ("host", "mod", "operator"):
        await chat.set_rules(standing(name), "r1", 5, None)
    await chat.delete_message(standing("mod"), "r1", 1)


async def test_only_danmaku_that_are_there_can_be_deleted(chat: ChatService) -> None:
    await chat.announce(GIFT)
    with pytest.raises(NotDeletable):
        await chat.delete_message(standing("host"), "r1", 1)
    with pytest.raises(MessageNotFound):
        await chat.delete_message(standing("host"), "r1", 99)
    await chat.speak(standing("alice"), "r1", Spoken("hi"))
    await chat.delete_message(standing("host"), "r1", 2)
    with pytest.raises(MessageNotFound):
        await chat.delete_message(standing("host"), "r1", 2)
    assert [m.seq for m in await chat.replay("r1", None, 0, 10)] == [1]


async def test_rules_stay_after_a_restart_and_change_one_by_one(
    db: Database, bus: MemoryBus, clock: FakeClock, chat: ChatService
) -> None:
    await chat.set_rules(standing("host"), "r1", 30, ["刷单", " 刷单 ", "!!"])
    await chat.set_rules(standing("host"), "r1", None, ["加微信"])
    again = ChatService(db, bus, clock, standing_of, on_air, FREE)
    assert await again.rules_of("r1") == Rules(30, ("加微信",))
    assert await again.rules_of("r2") == Rules(0, ())


@pytest.mark.parametrize("slow_mode_s", [-1, 601])
async def test_a_slow_mode_out_of_range_is_refused(chat: ChatService, slow_mode_s: int) -> None:
    with pytest.raises(RulesInvalid):
        await chat.set_rules(standing("host"), "r1", slow_mode_s, None)
    with pytest.raises(RulesInvalid):
        await chat.set_rules(standing("host"), "r1", None, ["x" * 31])
    with pytest.raises(RulesInvalid):
        await chat.mute(standing("host"), "r1", "host", 60)
    assert await chat.rules_of("r1") == Rules(0, ())


async def test_a_mute_can_be_taken_back(chat: ChatService) -> None:
    room = await chat.rooms.open("r1")
    assert await chat.mute(standing("host"), "r1", "alice", 60) == START_MS + 60_000
    assert room.hub.mutes == {"alice": START_MS + 60_000}
    assert await chat.mute(standing("host"), "r1", "alice", 0) is None
    assert (await chat.speak(standing("alice"), "r1", Spoken("hi"))).seq == 1


async def test_who_may_only_read_cannot_write(chat: ChatService) -> None:
    for name in ("preview", None):
        with pytest.raises(SpeakingNotAllowed):
            await chat.speak(standing(name), "r1", Spoken("hi"))
    assert await chat.replay("r1", None, 0, 10) == []


async def test_pinned_super_chats_are_shown_until_their_time(
    chat: ChatService, clock: FakeClock
) -> None:
    for event_id, pin_s in ((1, 60), (2, 600)):
        pinned_until_ms = START_MS + pin_s * 1000
        fields = {"gift_id": f"g{event_id}", "text": "!", "coins": 30, "pin_s": pin_s}
        await chat.announce(
            Announcement(
                "r1",
                "super_chat",
                fields | {"pinned_until": pinned_until_ms},
                event_id,
                Person("bob", "Bob"),
                pinned_until_ms=pinned_until_ms,
            )
        )
    clock.advance(61)
    await chat.rooms.stop()
    room = await chat.rooms.open("r1")
    assert [json.loads(m.body)["gift_id"] for m in room.hub._pinned] == ["g2"]


async def test_a_room_that_nobody_uses_is_let_go(chat: ChatService, clock: FakeClock) -> None:
    await chat.rooms.open("r1")
    await chat.rooms.close_unused()
    assert chat.rooms.hub("r1") is not None
    clock.advance(61)
    await chat.rooms.close_unused()
    assert chat.rooms.hub("r1") is None

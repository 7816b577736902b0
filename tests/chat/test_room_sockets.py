"""A room over real sockets: what every viewer sees, whatever happens to their connection."""

import asyncio
import json
import random
from typing import Any

import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.kit.websocket import CloseCode
from livelore.live.chat.jobs import ChatJobs
from livelore.live.chat.limits import ChatLimits, HubLimits
from livelore.live.chat.model import Message, Person
from livelore.live.chat.service import Announcement, Spoken
from tests.chat.conftest import FREE, House, Open, on_sqlite, standing
from tests.fakes import FakeClock
from tests.socket_client import Refused, SocketClient, eventually

EVENTS = {"danmaku", "gift", "super_chat", "notice", "deleted", "end"}


def seqs(client: SocketClient) -> list[int]:
    return [m["seq"] for m in client.received if m["type"] in EVENTS]


async def test_a_newcomer_gets_a_hello_and_then_what_is_said(house: House) -> None:
    alice, bob = await house.enter("alice"), await house.enter("bob")
    hello = await alice.until_type("hello")
    assert hello["state"] == "on_air"
    assert hello["live_session_id"] == "live1"
    assert hello["you"] == {"user_id": "alice", "may_speak": True, "muted_until": None}
    assert (hello["seq"], hello["recent"], hello["pinned"], hello["gap"]) == (0, [], [], False)
    alice.say("这一步 没看懂", "c1", mode="top", color="#ffd166")
    for client in (alice, bob):
        said = await client.until_text("这一步 没看懂")
        assert said["seq"] == 1
        assert said["user"] == {"id": "alice", "name": "Alice", "avatar": 3, "role": None}
        assert (said["mode"], said["color"], said["client_id"]) == ("top", "#ffd166", "c1")
        assert said["second"] == 90.5


async def test_snapshot_and_events_equal_a_fresh_snapshot(house: House) -> None:
    """Joins at every moment of a busy room: no gap, no doubling (STYLE section 6)."""
    rng = random.Random(5)
    speakers = [await house.enter(f"s{i}") for i in range(4)]
    n_rounds, n_each = 12, 5
    n_per_round = n_each * len(speakers)
    n_total = n_rounds * n_per_round

    async def join_among_the_talk() -> SocketClient:
        for _ in range(rng.randrange(60)):
            await asyncio.sleep(0)
        return await house.enter()

    watchers: list[SocketClient] = []
    for n_before in range(0, n_total, n_per_round):
        joining = [asyncio.create_task(join_among_the_talk()) for _ in range(3)]
        for i in range(n_before, n_before + n_per_round):
            speakers[i % len(speakers)].say(f"m{i}", f"m{i}")
            await asyncio.sleep(0)
        watchers += await asyncio.gather(*joining)
        while seqs(speakers[0])[-1:] != [n_before + n_per_round]:
            await speakers[0].messages()
    fresh = await (await house.enter()).until_type("hello")
    assert fresh["seq"] == n_total
    joined_at: set[int] = set()
    for client in watchers:
        await client.until(lambda m: m["seq"] == n_total)
        hello = client.received[0]
        joined_at.add(hello["seq"])
        assert seqs(client) == list(range(hello["seq"] + 1, n_total + 1))
        seen = hello["recent"] + [m for m in client.received if m["type"] == "danmaku"]
        assert [m["seq"] for m in seen] == list(range(seen[0]["seq"], n_total + 1))
        assert seen[-50:] == fresh["recent"]
    assert len(joined_at) >= n_rounds // 2, "who joins in a later round has all before it"


@on_sqlite
async def test_who_comes_between_two_frames_gets_what_waits_once(open_house: Open) -> None:
    limits = ChatLimits(hub=HubLimits(gap_s=0.5, presence_s=60))
    async with open_house(limits) as house:
        hub = (await house.chat.rooms.open("r1")).hub
        alice = await house.enter("alice")
        hub.publish([danmaku(1), danmaku(2)])
        await alice.until_text("m2")
        hub.publish([danmaku(3)])
        bob, carol, dave = (
            await house.enter(),
            await house.enter(after=1),
            await house.enter(after=2),
        )
        hello = await bob.until_type("hello")
        assert (hello["seq"], [m["seq"] for m in hello["recent"]]) == (2, [1, 2])
        await bob.until_text("m3")
        hub.publish([danmaku(4)])
        for client, expected in ((bob, [3, 4]), (carol, [2, 3, 4]), (dave, [3, 4])):
            await client.until_text("m4")
            assert seqs(client) == expected


def danmaku(seq: int) -> Message:
    return Message(seq, "danmaku", 0, f'{{"text":"m{seq}"}}')


async def test_dropped_again_and_again_a_viewer_misses_and_doubles_nothing(house: House) -> None:
    rng = random.Random(8)
    speaker = await house.enter("s")
    n_total = 150

    async def speak() -> None:
        for i in range(n_total):
            speaker.say(f"m{i}", f"m{i}")
            await asyncio.sleep(0.004)

    talking = asyncio.create_task(speak())
    seen: list[int] = []
    n_drops = 0
    while not seen or seen[-1] < n_total:
        client = await house.enter(after=seen[-1] if seen else None)
        for _ in range(rng.randrange(1, 5)):
            await client.messages()
            if seqs(client) and seqs(client)[-1] == n_total:
                break
        if client.received[0]["type"] == "hello" and not seen:
            seen += [m["seq"] for m in client.received[0]["recent"]]
        else:
            assert client.received[0]["type"] != "hello"
        seen += seqs(client)
        client.drop()
        n_drops += 1
    await talking
    assert seen == list(range(1, n_total + 1))
    assert n_drops > 3


async def test_what_was_missed_before_the_ring_comes_from_the_table(open_house: Open) -> None:
    limits = ChatLimits(danmaku_burst=1e6, hub=HubLimits(gap_s=0.001, ring_max=5))
    async with open_house(limits) as house:
        alice = await house.enter("alice")
        for i in range(40):
            alice.say(f"m{i}")
        await alice.until_text("m39")
        late = await house.enter(after=3)
        await late.until_text("m39")
        assert seqs(late) == list(range(4, 41))


@on_sqlite
async def test_who_missed_too_much_or_comes_from_the_future_gets_a_gap(open_house: Open) -> None:
    hub = HubLimits(gap_s=0.001, ring_max=10, recent_max=3, resume_max=8)
    async with open_house(ChatLimits(danmaku_burst=1e6, hub=hub)) as house:
        alice = await house.enter("alice")
        for i in range(30):
            alice.say(f"m{i}")
        await alice.until_text("m29")
        for after in (1, 10**9):
            hello = await (await house.enter(after=after)).until_type("hello")
            assert (hello["gap"], hello["seq"]) == (True, 30)
            assert [m["seq"] for m in hello["recent"]] == [28, 29, 30]


async def test_a_gap_shows_the_paid_messages_that_were_missed(open_house: Open) -> None:
    hub = HubLimits(gap_s=0.001, ring_max=10, recent_max=3, resume_max=8)
    async with open_house(ChatLimits(danmaku_burst=1e6, hub=hub)) as house:
        alice = await house.enter("alice")
        alice.say("first")
        await alice.until_text("first")
        await house.chat.announce(Announcement("r1", "gift", {"gift_id": "g"}, event_id=1))
        for i in range(30):
            alice.say(f"m{i}")
        await alice.until_text("m29")
        hello = await (await house.enter(after=1)).until_type("hello")
        assert next((m["seq"], m["type"]) for m in hello["recent"]) == (2, "gift")


async def test_a_restart_continues_the_sequence(open_house: Open) -> None:
    async with open_house() as first:
        alice = await first.enter("alice")
        alice.say("before", "c1")
        await alice.until_text("before")
        seen = seqs(alice)
    async with open_house() as second:
        back = await second.enter("alice", after=seen[-1])
        new = await second.enter()
        hello = await new.until_type("hello")
        assert [m["text"] for m in hello["recent"]] == ["before"]
        back.say("after", "c2")
        said = await back.until_text("after")
        assert said["seq"] == seen[-1] + 1
        assert seqs(back) == [said["seq"]]


async def test_a_resend_after_a_reconnect_is_not_doubled(house: House) -> None:
    alice = await house.enter("alice")
    alice.say("once", "same")
    await alice.until_text("once")
    alice.drop()
    again = await house.enter("alice", after=1)
    again.say("once", "same")
    refusal = await again.until_type("error")
    assert (refusal["code"], refusal["client_id"]) == ("chat.already_sent", "same")
    assert refusal["fields"] == {"seq": 1}
    other = await house.enter("bob")
    other.say("mine", "same")
    assert (await other.until_text("mine"))["seq"] == 2


@on_sqlite
@pytest.mark.parametrize(
    ("room_id", "user_id", "status"),
    [("paid", "alice", 403), ("nowhere", "alice", 404), ("r1", "wrong", 401)],
)
async def test_who_may_not_enter_is_refused_before_the_upgrade(
    house: House, room_id: str, user_id: str, status: int
) -> None:
    with pytest.raises(Refused) as refused:
        await house.enter(user_id, room_id=room_id)
    assert refused.value.status == status
    assert (await (await house.enter("host", room_id="paid")).until_type("hello"))["seq"] == 0


@on_sqlite
async def test_rooms_do_not_hear_each_other(house: House) -> None:
    here, there = await house.enter("alice"), await house.enter("bob", room_id="r2")
    here.say("here")
    there.say("there")
    await here.until_text("here")
    assert (await there.until_text("there"))["seq"] == 1
    assert [m["text"] for m in here.received if m["type"] == "danmaku"] == ["here"]


async def refusal_of(client: SocketClient, text: str, **more: Any) -> str:
    client.say(text, "x", **more)
    error = await client.until_type("error")
    client.received.clear()
    assert error["client_id"] == "x"
    code: str = error["code"]
    return code


@on_sqlite
async def test_each_refusal_reaches_its_sender_alone(house: House) -> None:
    alice, bob = await house.enter("alice"), await house.enter("bob")
    await house.chat.set_rules(standing("host"), "r1", None, ["加微信"])
    assert await refusal_of(alice, "加 微信 123") == "chat.word_blocked"
    assert await refusal_of(alice, "x" * 61) == "chat.text_too_long"
    assert await refusal_of(alice, "\u200b") == "chat.text_empty"
    assert await refusal_of(alice, "x", mode="spin") == "chat.style_invalid"
    assert await refusal_of(await house.enter("preview"), "hi") == "chat.not_allowed"
    assert await refusal_of(await house.enter(), "hi") == "chat.not_allowed"
    alice.send_text("{not json")
    assert (await alice.until_type("error"))["code"] == "chat.message_invalid"
    alice.say("fine")
    await bob.until_text("fine")
    assert [m["type"] for m in bob.received if m["type"] != "hello"] == ["danmaku"]


async def test_what_one_viewer_makes_up_does_not_spoil_what_others_say(house: House) -> None:
    """All of a gap share a commit: nothing that a client chooses may make it fail."""
    alice, eve = await house.enter("alice"), await house.enter("eve")
    bad_ids = ["\0", "", "x" * 65, "课", "\ud800"]
    for i, bad_id in enumerate(bad_ids):
        alice.say(f"a{i}", f"c{i}")
        eve.send_text(json.dumps({"type": "danmaku", "text": f"\0e{i}", "client_id": bad_id}))
        eve.say(f"\0\ud800e{i}".encode(errors="replace").decode(), f"c{i}", color="\0")
    await alice.until_text(f"a{len(bad_ids) - 1}")
    await eve.until(lambda _: sum(m["type"] == "error" for m in eve.received) == 2 * len(bad_ids))
    assert {m["code"] for m in eve.received if m["type"] == "error"} == {
        "chat.message_invalid",
        "chat.style_invalid",
    }


@on_sqlite
async def test_the_sixth_danmaku_at_once_is_too_fast(open_house: Open, clock: FakeClock) -> None:
    async with open_house(ChatLimits(hub=FREE.hub)) as house:
        alice = await house.enter("alice")
        for i in range(6):
            alice.say(f"m{i}", f"c{i}")
        error = await alice.until_type("error")
        assert (error["code"], error["client_id"]) == ("chat.too_fast", "c5")
        clock.advance(error["fields"]["retry_after_s"])
        alice.say("rested")
        await alice.until_text("rested")


@on_sqlite
async def test_slow_mode_makes_viewers_wait_but_not_the_host(
    house: House, clock: FakeClock
) -> None:
    alice, host = await house.enter("alice"), await house.enter("host")
    await house.chat.set_rules(standing("host"), "r1", 10, None)
    notice = await alice.until_type("notice")
    assert (notice["code"], notice["fields"]) == ("chat.slow_mode", {"slow_mode_s": 10})
    alice.say("one")
    await alice.until_text("one")
    clock.advance(4)
    assert await refusal_of(alice, "two") == "chat.slow_mode"
    host.say("a")
    host.say("b")
    await host.until_text("b")
    clock.advance(6)
    alice.say("three")
    await alice.until_text("three")


@on_sqlite
async def test_a_mute_lasts_its_time_and_is_told_at_the_door(
    house: House, clock: FakeClock
) -> None:
    alice = await house.enter("alice")
    await house.chat.mute(standing("mod"), "r1", "alice", 60)
    assert await refusal_of(alice, "hi") == "chat.muted"
    hello = await (await house.enter("alice")).until_type("hello")
    assert hello["you"]["muted_until"] is not None
    clock.advance(61)
    alice.say("back")
    await alice.until_text("back")


async def test_a_deleted_danmaku_is_gone_for_those_who_come_later(house: House) -> None:
    alice = await house.enter("alice")
    for text in ("kept", "bad words"):
        alice.say(text)
        await alice.until_text(text)
    await house.chat.delete_message(standing("mod"), "r1", 2)
    assert (await alice.until_type("deleted"))["target_seq"] == 2
    hello = await (await house.enter()).until_type("hello")
    assert [m["text"] for m in hello["recent"]] == ["kept"]
    resumed = await house.enter(after=1)
    await resumed.until(lambda m: m["seq"] == 3)
    assert seqs(resumed) == [2, 3]
    assert "bad words" not in str(resumed.received)


@on_sqlite
async def test_a_ping_is_answered_and_presence_counts_people(open_house: Open) -> None:
    hub = HubLimits(gap_s=0.01, presence_s=0.05)
    async with open_house(ChatLimits(hub=hub)) as house:
        alice = await house.enter("alice")
        alice.send({"type": "ping"})
        assert (await alice.until_type("pong"))["seq"] == 0
        bob = [await house.enter("bob"), await house.enter("bob")]
        await alice.until(lambda m: m["type"] == "presence" and m["n_viewers"] == 2)
        for client in bob:
            client.drop()
        await alice.until(lambda m: m["type"] == "presence" and m["n_viewers"] == 1)


@on_sqlite
async def test_a_viewer_gets_at_most_one_frame_per_gap(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gap ends when the loop's clock leaps, not when the machine gets there."""
    gap_s, n_leaps = 600.0, 0
    loop = asyncio.get_running_loop()
    real_time = loop.time
    monkeypatch.setattr(loop, "time", lambda: real_time() + n_leaps * gap_s)
    async with open_house(ChatLimits(hub=HubLimits(gap_s=gap_s, presence_s=1e6))) as house:
        hub = (await house.chat.rooms.open("r1")).hub
        alice = await house.enter("alice")
        await alice.until_type("hello")
        hub.publish([danmaku(1)])
        await alice.until_text("m1")
        for first in (2, 42, 82):
            expected = list(range(first, first + 40))
            for seq in expected:
                hub.publish([danmaku(seq)])
                await asyncio.sleep(0)
            alice.send({"type": "ping"})
            assert [m["type"] for m in await alice.messages()] == ["pong"], "nothing came before"
            n_leaps += 1
            assert [m["seq"] for m in await alice.messages()] == expected
        assert house.chat.rooms.counters.n_frames == 4


@on_sqlite
async def test_gifts_hide_who_sent_them_unless_they_chose_to_be_named(house: House) -> None:
    alice = await house.enter("alice")
    bob = Person("bob", "Bob")
    fields = {"gift_id": "g1", "gift_kind_id": "rose", "count": 3, "coins": 30}
    await house.chat.announce(Announcement("r1", "gift", fields, 1, bob))
    hidden = await alice.until_type("gift")
    assert (hidden["user"], hidden["coins"], hidden["count"]) == (None, None, 3)
    named = Announcement("r1", "super_chat", {"coins": 50, "text": "!"}, 2, bob, is_named=True)
    await house.chat.announce(named)
    shown = await alice.until_type("super_chat")
    assert (shown["user"]["name"], shown["coins"]) == ("Bob", 50)


@on_sqlite
async def test_under_overload_a_viewer_gets_a_sample_but_all_of_their_own(
    open_house: Open,
) -> None:
    hub = HubLimits(gap_s=0.3, plain_max=10, presence_s=60)
    async with open_house(ChatLimits(danmaku_burst=1e6, hub=hub)) as house:
        alice, bob, host = [await house.enter(name) for name in ("alice", "bob", "host")]
        host.say("starts the gap")
        await alice.until_text("starts the gap")
        for i in range(40):
            alice.say(f"a{i}")
            bob.say(f"b{i}")
        await asyncio.sleep(0.1)
        await house.chat.announce(Announcement("r1", "gift", {"gift_id": "g"}, event_id=1))
        for client in (alice, bob, host):
            await client.until_type("gift")
        texts = {
            name: [m["text"] for m in client.received if m["type"] == "danmaku"][1:]
            for name, client in (("alice", alice), ("bob", bob), ("host", host))
        }
        assert len(texts["host"]) == 10
        assert [t for t in texts["alice"] if t[0] == "a"] == [f"a{i}" for i in range(40)]
        assert [t for t in texts["bob"] if t[0] == "b"] == [f"b{i}" for i in range(40)]
        assert seqs(alice)[:-1] == sorted(set(seqs(alice)[:-1]))
        notice = next(m for m in host.received if m["type"] == "notice")
        assert (notice["code"], notice["fields"]["n_left_out"]) == ("chat.sampled", 70)


@on_sqlite
async def test_a_stalled_reader_slows_nobody_and_is_brought_to_the_newest(
    open_house: Open,
) -> None:
    hub = HubLimits(gap_s=0.01, catch_up_max=20, plain_max=1000, presence_s=60)
    async with open_house(ChatLimits(danmaku_burst=1e6, hub=hub)) as house:
        stalled, alice = await house.enter("stalled"), await house.enter("alice")
        await stalled.until_type("hello")
        stalled.writer.transport.pause_reading()  # type: ignore[attr-defined]
        viewer = (await house.chat.rooms.open("r1")).hub.viewers_of("stalled")[0]
        n_said = 0
        while viewer.socket.is_ready:
            for _ in range(500):
                await house.chat.announce(
                    Announcement("r1", "notice", {"code": "x", "fields": {"pad": "p" * 5000}})
                )
                n_said += 1
                if not viewer.socket.is_ready:
                    break
        gift = Announcement("r1", "gift", {"gift_id": "dear"}, event_id=1)
        await house.chat.announce(gift)
        for i in range(30):
            alice.say(f"m{i}")
        await alice.until_text("m29")
        assert viewer.socket.position < n_said + 31
        stalled.writer.transport.resume_reading()  # type: ignore[attr-defined]
        hello = await stalled.until(lambda m: m["type"] == "hello" and m["gap"])
        assert "dear" in str(hello["recent"])
        alice.say("goes on")
        said = await stalled.until_text("goes on")
        assert said["seq"] == hello["seq"] + 1
        frames = seqs(stalled)
        assert frames == sorted(set(frames))


@on_sqlite
async def test_a_viewer_who_takes_compression_gets_the_same_in_fewer_bytes(house: House) -> None:
    path = "/api/v1/rooms/r1/ws?token=alice"
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    packed = await SocketClient.connect(house.port, path, offer)
    house.clients.append(packed)
    plain = await house.enter("bob")
    for client in (packed, plain):
        await client.until_type("hello")
        client.n_bytes = 0
    await asyncio.gather(
        *(house.chat.speak(standing(f"u{i}"), "r1", Spoken(f"懂了 {i}")) for i in range(30))
    )
    for client in (packed, plain):
        await client.until_text("懂了 29")
    assert packed.received[-30:] == plain.received[-30:]
    assert packed.n_bytes < plain.n_bytes / 3


@on_sqlite
async def test_who_bought_or_lost_access_is_decided_about_anew(
    house: House, bus: MemoryBus
) -> None:
    jobs = ChatJobs(house.chat, bus)
    await jobs.start()
    alice, bob = await house.enter("alice"), await house.enter("bob")
    await alice.until_type("hello")
    await bus.publish("EntitlementRevoked", b'{"event_id":1,"user_id":"alice","product_id":"p"}')
    assert await alice.closed() == 1012
    room = await house.chat.rooms.open("r1")
    await eventually(lambda: room.hub.n_sockets == 1)
    bob.say("still here")
    await bob.until_text("still here")
    await jobs.stop()


@on_sqlite
async def test_an_eleventh_socket_of_one_user_is_refused(house: House) -> None:
    for _ in range(10):
        await house.enter("alice")
    with pytest.raises(Refused) as refused:
        await house.enter("alice")
    assert refused.value.problem["code"] == "chat.too_many_sockets"


@on_sqlite
async def test_a_viewer_whose_time_is_over_is_told_why_and_closed(house: House) -> None:
    brief, alice = await house.enter("brief"), await house.enter("alice")
    await brief.until_type("hello")
    refused = await brief.until_type("error")
    assert refused["code"] == "access.preview_over"
    assert await brief.closed() == CloseCode.ACCESS_OVER
    hub = house.chat.rooms.hub("r1")
    assert hub is not None
    await eventually(lambda: hub.n_viewers == 1)
    alice.say("still here")
    await alice.until_text("still here")


@on_sqlite
async def test_who_left_before_their_time_was_over_leaves_no_timer(house: House) -> None:
    brief = await house.enter("brief")
    await brief.until_type("hello")
    hub = house.chat.rooms.hub("r1")
    assert hub is not None
    (viewer,) = hub.viewers_of("brief")
    await brief.close()
    await eventually(lambda: hub.n_viewers == 0)
    assert viewer._timer is not None
    assert viewer._timer.cancelled()

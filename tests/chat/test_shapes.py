"""What a viewer is sent has the shapes that the reference of the room's socket publishes."""

import msgspec

from livelore.live.chat.limits import ChatLimits, HubLimits
from livelore.live.chat.model import Person
from livelore.live.chat.schemas import RoomItem
from livelore.live.chat.service import Announcement
from tests.chat.conftest import Open, on_sqlite, standing

GIVER = Person("gina", "Gina", avatar=1)
GIFT = {"gift_id": "g1", "gift_kind_id": "tea", "count": 2, "combo_id": None, "combo_count": 2}
SUPER = {"gift_id": "g2", "text": "谢谢", "coins": 60, "pin_s": 60, "pinned_until": 1}
SPOKEN_FIRST = 12


@on_sqlite
async def test_every_kind_of_message_has_its_published_shape(open_house: Open) -> None:
    hub = HubLimits(gap_s=0.02, presence_s=0.05, plain_max=1)
    async with open_house(ChatLimits(danmaku_per_s=1e6, danmaku_burst=1e6, hub=hub)) as house:
        alice, reader = await house.enter("alice"), await house.enter()
        alice.send({"type": "ping"})
        await alice.until_type("pong")
        alice.say("", "empty")
        await alice.until_type("error")
        for n in range(SPOKEN_FIRST):
            alice.say(f"第 {n} 句", f"c{n}", color="#ffd166")
        await alice.until(lambda m: m["seq"] == SPOKEN_FIRST)
        await reader.until(lambda m: m["type"] == "notice" and m["code"] == "chat.sampled")
        gift = Announcement("r1", "gift", GIFT, 1, GIVER)
        await house.chat.announce(gift)
        await house.chat.announce(Announcement("r1", "super_chat", SUPER, 2, GIVER, is_named=True))
        await house.chat.notice("r1", "stream.lost", {"live_session_id": "live1"})
        await house.chat.delete_message(standing("mod"), "r1", 1)
        await house.chat.announce(Announcement("r1", "end", {"live_session_id": "live1"}, 3))
        for client in (alice, reader):
            await client.until_type("end")
        await reader.until_type("presence")
        late = await house.enter("late")
        await late.until_type("hello")
        seen = {each["type"] for each in alice.received + reader.received}
        published = {each.__struct_config__.tag for each in RoomItem.__args__}
        assert seen == published
        for client in (alice, reader, late):
            msgspec.convert(client.received, list[RoomItem])

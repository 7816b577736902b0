"""A thousand super chats in a minute: who is on top, until when, and what a deletion gives back."""

import asyncio
import random
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from livelore.kit.times import to_ms
from livelore.knowledge.orders.model import Wanted
from livelore.live.chat.limits import HubLimits
from livelore.live.chat.model import Message
from livelore.live.gifts.asks import SuperChatAsk
from livelore.live.gifts.model import QUICK_S
from livelore.web.caller import Caller
from tests.rooms.conftest import School, caller_of

pytestmark = pytest.mark.usefixtures("session")
VIEWERS = 50
PACKS = 15
PRICES = (100,) * 12 + (300,) * 4 + (500,) * 2 + (1000, 3000)
PIN_S = {100: 30, 300: 120, 500: 300, 1000: 600, 3000: 1800}
SHOWN = HubLimits().pinned_max


@dataclass(frozen=True)
class Pinned:
    """What the price list promises of one super chat."""

    gift_id: str
    viewer: Caller
    coins: int
    until_ms: int
    sent_ms: int


async def rich_viewers(school: School) -> list[Caller]:
    """Verified adults with a ticket and enough coins for all that they will send."""
    shop = school.shop
    viewers: list[Caller] = []
    for number in range(VIEWERS):
        user = await school.user(f"viewer-{number}")
        await school.buy_ticket(user)
        wanted = [Wanted(shop.pack.id, PACKS, shop.pack.amount_minor)]
        view, _ = await shop.orders.place_order(shop.press(user), wanted, rule_accepted=True)
        await shop.pay(view, user=user)
        await shop.identity.verify_adult(user.id, await school.operator())
        viewers.append(caller_of(user))
    await shop.pass_time(0.3)
    return viewers


async def a_busy_minute(school: School, rng: random.Random) -> list[Pinned]:
    """Every viewer sends each of the prices; all within 60 seconds, in any order."""
    presses = [(viewer, coins) for viewer in await rich_viewers(school) for coins in PRICES]
    rng.shuffle(presses)
    assert len(presses) == 1000

    async def send(viewer: Caller, coins: int) -> Pinned:
        now_ms = to_ms(school.clock.now())
        sent = await school.pin(viewer, SuperChatAsk(f"第 {school.n_presses} 问", coins))
        assert (sent.coins_spent, sent.pin_s) == (coins, PIN_S[coins])
        return Pinned(sent.gift_id, viewer, coins, now_ms + PIN_S[coins] * 1000, now_ms)

    promised: list[Pinned] = []
    for start in range(0, len(presses), 20):
        promised += await asyncio.gather(*(send(*press) for press in presses[start : start + 20]))
        await school.relay.send_all()
        school.clock.advance(1.1)
    return promised


async def told(school: School) -> dict[str, dict[str, Any]]:
    """Every super chat's message by its gift."""
    found: list[dict[str, Any]] = []
    while page := await school.live.chat.replay(
        school.room.id, None, found[-1]["seq"] if found else 0, 500
    ):
        found += [fields(message) for message in page]
    return {each["gift_id"]: each for each in found if each["type"] == "super_chat"}


def fields(message: Message) -> dict[str, Any]:
    return msgspec.json.decode(message.encoded, type=dict[str, Any])


async def on_top(school: School) -> list[str]:
    """Gifts on top, as somebody is shown who comes in now."""
    hub = (await school.live.chat.rooms.open(school.room.id)).hub
    return [fields(message)["gift_id"] for message in hub.pinned()]


class Minute:
    """What was promised in a busy minute, as long as it stands."""

    def __init__(self, school: School, promised: list[Pinned], seqs: dict[str, int]) -> None:
        self.school = school
        self.left = list(promised)
        self.seqs = seqs
        self.wallets = {each.viewer.user_id or "": PACKS * 500 for each in promised}
        for each in promised:
            self.wallets[each.viewer.user_id or ""] -= each.coins

    async def is_shown(self) -> None:
        """On top is the latest to end, then who was first; after a restart too."""
        now_ms = to_ms(self.school.clock.now())
        alive = [each for each in self.left if each.until_ms > now_ms]
        alive.sort(key=lambda each: (-each.until_ms, self.seqs[each.gift_id]))
        wanted = [each.gift_id for each in alive[:SHOWN]]
        assert await on_top(self.school) == wanted
        await self.school.live.chat.rooms.stop()
        assert await on_top(self.school) == wanted

    async def delete(self, pinned: Pinned, reason: str) -> int:
        """Delete one; gives the coins that went back, as the rule says."""
        school = self.school
        shown_s = (to_ms(school.clock.now()) - pinned.sent_ms) / 1000
        is_refunded = await school.live.gifts.delete_super_chat(
            school.host, school.room.id, pinned.gift_id, reason
        )
        assert is_refunded == (reason != "breach" or shown_s < QUICK_S)
        self.left.remove(pinned)
        back = pinned.coins if is_refunded else 0
        self.wallets[pinned.viewer.user_id or ""] += back
        return back


async def test_a_thousand_in_a_minute_are_on_top_in_order_until_their_time_or_paid_back(
    school: School,
) -> None:
    await school.live.chat.rooms.open(school.room.id)
    rng = random.Random(9)
    promised = await a_busy_minute(school, rng)
    messages = await told(school)
    assert {each.gift_id: each.until_ms for each in promised} == {
        gift_id: message["pinned_until"] for gift_id, message in messages.items()
    }
    minute = Minute(school, promised, {key: each["seq"] for key, each in messages.items()})
    await minute.is_shown()
    earned = await school.hosts_coins()
    dearest = [each for each in promised if each.coins == 3000][:30]
    back = 0
    for each in dict.fromkeys([*promised[-5:], *dearest, *rng.sample(promised, 60)]):
        back += await minute.delete(each, rng.choice(["breach", "host_mistake", "platform_order"]))
    await school.relay.send_all()
    await minute.is_shown()
    for seconds in (0.001, 29, 61, 130, 300, 600, 700):
        school.clock.advance(seconds)
        await minute.is_shown()
    for user_id, coins in minute.wallets.items():
        assert await school.shop.orders.coins_of(user_id) == coins
    assert await school.hosts_coins() == earned - back * 10 * 85 // 100
    school.clock.advance(1800)
    assert await on_top(school) == []

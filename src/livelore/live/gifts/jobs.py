"""Tells rooms of what was given: once per event, sender hidden unless they chose to be named."""

import msgspec

from livelore.kit.times import to_ms
from livelore.live.chat.model import Person
from livelore.live.chat.service import Announcement, ChatService
from livelore.live.gifts.asks import Given
from livelore.live.gifts.service import GiftsService
from livelore.ports.bus import Bus, Subscription
from livelore.trust.identity.service import IdentityService


class _Told(msgspec.Struct):
    """What the announcer needs of a gift's event."""

    event_id: int
    gift_id: str
    room_id: str


class GiftsJobs:
    """Listens for gifts and announces them in their rooms.

    Args:
        gifts: Where the gift is looked up: an event says only which.
        chat: Through which rooms are told.
        identity: Names of those who want to be named.
        bus: Where the events come from.
    """

    def __init__(
        self, gifts: GiftsService, chat: ChatService, identity: IdentityService, bus: Bus
    ) -> None:
        self._gifts = gifts
        self._chat = chat
        self._identity = identity
        self._bus = bus
        self._subscriptions: list[Subscription] = []

    async def start(self) -> None:
        """Begin to listen."""
        self._subscriptions = [
            await self._bus.subscribe("GiftSent", self.on_sent),
            await self._bus.subscribe("SuperChatSent", self.on_sent),
            await self._bus.subscribe("GiftUndone", self.on_undone),
        ]

    async def stop(self) -> None:
        """Stop listening; what is unsent in the outbox is told at the next start."""
        for subscription in self._subscriptions:
            await subscription.close()

    async def on_sent(self, payload: bytes) -> None:
        """A gift or super chat is on the books: tell the room."""
        told = msgspec.json.decode(payload, type=_Told)
        found = await self._gifts.sent_gift(told.room_id, told.gift_id)
        if found is not None:
            await self._chat.announce(await self._announcement(found, told.event_id))

    async def _announcement(self, given: Given, event_id: int) -> Announcement:
        gift = given.gift
        user = await self._identity.user(gift.user_id)
        fields: dict[str, object] = {"gift_id": gift.id}
        pinned_until_ms = None
        if gift.kind == "super_chat":
            pin_s = gift.pin_s or 0
            pinned_until_ms = to_ms(gift.sent_at) + pin_s * 1000
            fields |= {
                "text": gift.text,
                "coins": gift.coins,
                "pin_s": pin_s,
                "pinned_until": pinned_until_ms,
            }
        else:
            fields |= {
                "gift_kind_id": gift.gift_kind_id,
                "count": gift.count,
                "combo_id": gift.combo_id,
                "combo_count": given.combo_count,
            }
        return Announcement(
            gift.room_id,
            gift.kind,
            fields,
            event_id=event_id,
            person=Person(user.id, user.display_name, user.avatar),
            is_named=gift.is_named,
            ref_id=gift.id,
            pinned_until_ms=pinned_until_ms,
            place=(gift.live_session_id, given.second_ms),
        )

    async def on_undone(self, payload: bytes) -> None:
        """A gift was taken back: take its announcement back."""
        told = msgspec.json.decode(payload, type=_Told)
        await self._chat.retract(told.room_id, told.gift_id, told.event_id)

"""Send gifts and super chats; take them back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.database.outbox import event_payload, put_event
from livelore.kit.errors import AppError
from livelore.kit.ids import new_id
from livelore.kit.times import to_ms
from livelore.knowledge.access.errors import TicketRequired
from livelore.knowledge.ledger import model as books
from livelore.knowledge.ledger.errors import AdultNotVerified
from livelore.knowledge.ledger.model import COIN, Act, ActResult, Event, Spend, user_key
from livelore.knowledge.ledger.service import LedgerService, UndoGift
from livelore.live.chat.model import check_text, check_words, fold
from livelore.live.chat.service import ChatService
from livelore.live.gifts import store
from livelore.live.gifts.asks import GiftAsk, Given, Offer, Press, Sent, SuperChatAsk
from livelore.live.gifts.errors import GiftKindUnknown, GiftNotFound, OwnRoom, RoomNotLive
from livelore.live.gifts.events import GiftSent, GiftUndone, SuperChatSent
from livelore.live.gifts.model import (
    SUPER_CHAT_MAX,
    Gift,
    GiftKind,
    PaidKind,
    Tier,
    check_combo,
    check_count,
    refund_of,
)
from livelore.live.rooms.service import RoomsService, RoomView
from livelore.ports.clock import Clock, now_ms
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Services that gifts are made with."""

    rooms: RoomsService
    ledger: LedgerService
    identity: IdentityService
    chat: ChatService


class GiftsService:
    """Gifts and super chats.

    Args:
        database: Price list and what was sent.
        clock: For times.
        neighbours: Rooms, ledger, identity and chat.
        platform_percent: The site's share of a gift.
    """

    def __init__(
        self, database: Database, clock: Clock, neighbours: Neighbours, platform_percent: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._rooms = neighbours.rooms
        self._ledger = neighbours.ledger
        self._identity = neighbours.identity
        self._chat = neighbours.chat
        self._weights = (100 - platform_percent, platform_percent)
        self._kinds: dict[str, GiftKind] | None = None
        self._tiers: dict[int, Tier] | None = None

    async def kinds(self) -> dict[str, GiftKind]:
        """The price list by id, in its order."""
        if self._kinds is None:
            self._kinds = {kind.id: kind for kind in await self._database.read(store.kinds)}
        return self._kinds

    async def tiers(self) -> dict[int, Tier]:
        """Prices of super chats, lowest first."""
        if self._tiers is None:
            self._tiers = {tier.coins: tier for tier in await self._database.read(store.tiers)}
        return self._tiers

    # Sending ------------------------------------------------------------------------------------

    async def send_gift(self, press: Press, ask: GiftAsk) -> Sent:
        """Spend coins on gifts for the host of a room; one act, once for its key.

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: There is no such room.
            GiftKindUnknown: There is no such gift.
            GiftCountInvalid: Not 1–999.
            ComboInvalid: The combo's id is malformed.
            AppError: A refusal that is final for the key: room not live, no ticket, own room, not
                a verified adult, too few coins, a cap reached, a confirmation wanted.
        """
        press.caller.require_user()
        kind = (await self.kinds()).get(ask.gift_kind_id)
        if kind is None:
            raise GiftKindUnknown(gift_kind_id=ask.gift_kind_id[:32])
        count = check_count(ask.count)
        combo_id = check_combo(ask.combo_id)
        offer = Offer("gift", kind.id, count, count * kind.coins, combo_id, ask.is_named)
        return await self._send(press, offer)

    async def send_super_chat(self, press: Press, ask: SuperChatAsk) -> Sent:
        """Spend coins on a pinned message; a text that is refused costs nothing.

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: There is no such room.
            GiftKindUnknown: No super chat has this price.
            TextEmpty: Nothing is left of the text.
            TextTooLong: More than 100 characters.
            WordBlocked: The room does not allow a word of it.
            Muted: The host has asked this viewer to be silent for a while.
            AppError: As for `send_gift`.
        """
        press.caller.require_user()
        tier = (await self.tiers()).get(ask.coins)
        if tier is None:
            raise GiftKindUnknown(coins=ask.coins)
        words = check_text(ask.text, SUPER_CHAT_MAX)
        await self._chat.check_not_muted(press.room_id, press.caller.require_user())
        rules = await self._chat.rules_of(press.room_id)
        check_words(words, [fold(word) for word in rules.block_words])
        offer = Offer("super_chat", None, 1, tier.coins, None, ask.is_public, words, tier.pin_s)
        return await self._send(press, offer)

    async def _send(self, press: Press, offer: Offer) -> Sent:
        user_id = press.caller.require_user()
        view = await self._rooms.view(press.caller, press.room_id)
        refusal = await self._refusal(user_id, view)
        payer = await self._ledger.party_of(user_id)
        host = await self._ledger.party_of(view.room.host_id)
        gift_id = new_id(now_ms(self._clock))
        act = Act(
            key=user_key(payer, press.key),
            fingerprint=press.fingerprint,
            kind=offer.kind,
            transfers=(),
            group_id=_group_of(payer, view, offer),
            subject=f"live_session:{'' if view.session is None else view.session.id}",
            maker=user_id,
            fields=await self._shown(gift_id, view, offer),
        )
        if refusal is None:
            act = self._with_money(act, press, view, offer, (gift_id, payer, host))
        counts: list[int] = []

        def also(connection: Connection, result: ActResult) -> None:
            if refusal is not None or view.session is None:
                raise refusal or RoomNotLive(room_id=view.room.id)
            if not self._rooms.is_open_in(connection, view.session.id):
                raise RoomNotLive(room_id=view.room.id)
            gift = self._gift(gift_id, result, user_id, view, offer)
            store.add(connection, gift)
            counts.append(store.combo_count(connection, gift))

        result = await self._ledger.post(act, also)
        return await self._sent(result, payer, counts)

    def _with_money(
        self,
        act: Act,
        press: Press,
        view: RoomView,
        offer: Offer,
        parties: tuple[str, int, int],
    ) -> Act:
        """The act with what moves; one that is refused beforehand has nothing of it."""
        gift_id, payer, host = parties
        given = books.Gift(
            payer, host, offer.coins, self._weights, self._ledger.release_on(), offer.kind
        )
        event = self._event(gift_id, press.caller.require_user(), view, offer, given.value_minor)
        return replace(
            act,
            transfers=books.gift(given),
            events=(Event(event.topic, event_payload(event)),),
            spend=Spend(payer, COIN.backing or "", given.value_minor, press.confirmation),
        )

    async def _shown(self, gift_id: str, view: RoomView, offer: Offer) -> dict[str, books.Value]:
        """What the statement shows of it."""
        return {
            "gift_id": gift_id,
            "room_id": view.room.id,
            "host_name": (await self._identity.user(view.room.host_id)).display_name,
            "title": view.room.title if view.session is None else view.session.title,
            "gift_kind_id": offer.gift_kind_id,
            "count": offer.count,
            "coins": offer.coins,
            "combo_id": offer.combo_id,
            "pin_s": offer.pin_s,
        }

    async def _sent(self, result: ActResult, payer: int, counts: list[int]) -> Sent:
        fields: Mapping[str, Any] = result.fields
        if counts:
            combo_count = counts[-1]
        else:
            combo_count = await self._combo_count(str(fields["room_id"]), str(fields["gift_id"]))
        after = result.balance_after(books.wallet_of(payer, COIN))
        return Sent(
            str(fields["gift_id"]),
            int(fields["coins"]),
            after,
            fields.get("combo_id"),
            combo_count,
            fields.get("pin_s"),
            result.is_replay,
        )

    async def _combo_count(self, room_id: str, gift_id: str) -> int:
        def work(connection: Connection) -> int:
            gift = store.by_id(connection, room_id, gift_id)
            return 1 if gift is None else store.combo_count(connection, gift)

        return await self._database.read(work)

    async def _refusal(self, user_id: str, view: RoomView) -> AppError | None:
        """Why this person may not give here and now (M1 and what the room says), if so."""
        if view.session is None:
            return RoomNotLive(room_id=view.room.id)
        if view.room.host_id == user_id:
            return OwnRoom(room_id=view.room.id)
        if not view.access.entitled:
            return TicketRequired(room_id=view.room.id)
        if not (await self._identity.user(user_id)).is_adult_verified:
            return AdultNotVerified()
        return None

    def _event(
        self, gift_id: str, user_id: str, view: RoomView, offer: Offer, value_minor: int
    ) -> GiftSent | SuperChatSent:
        common: dict[str, Any] = {
            "gift_id": gift_id,
            "room_id": view.room.id,
            "live_session_id": "" if view.session is None else view.session.id,
            "user_id": user_id,
            "host_id": view.room.host_id,
            "coins": offer.coins,
            "value_minor": value_minor,
            "currency": COIN.backing or "",
            "is_named": offer.is_named,
            "at_ms": now_ms(self._clock),
        }
        if offer.kind == "super_chat":
            return SuperChatSent(**common, text=offer.text or "", pin_s=offer.pin_s or 0)
        return GiftSent(
            **common,
            gift_kind_id=offer.gift_kind_id or "",
            count=offer.count,
            combo_id=offer.combo_id,
        )

    def _gift(
        self, gift_id: str, result: ActResult, user_id: str, view: RoomView, offer: Offer
    ) -> Gift:
        return Gift(
            id=gift_id,
            act_id=result.act_id,
            kind=offer.kind,
            room_id=view.room.id,
            live_session_id="" if view.session is None else view.session.id,
            user_id=user_id,
            gift_kind_id=offer.gift_kind_id,
            count=offer.count,
            coins=offer.coins,
            combo_id=offer.combo_id,
            is_named=offer.is_named,
            text=offer.text,
            pin_s=offer.pin_s,
            sent_at=self._clock.now(),
        )

    # Reading ------------------------------------------------------------------------------------

    async def sent_gift(self, room_id: str, gift_id: str) -> Given | None:
        """A gift with its combo and its second; None when it was taken back."""

        def work(connection: Connection) -> tuple[Gift, int] | None:
            gift = store.by_id(connection, room_id, gift_id)
            if gift is None or gift.deleted_at is not None:
                return None
            return gift, store.combo_count(connection, gift)

        found = await self._database.read(work)
        if found is None:
            return None
        gift, combo_count = found
        session = await self._rooms.session(gift.live_session_id)
        began_ms = to_ms(gift.sent_at if session is None else session.started_at)
        return Given(gift, combo_count, max(0, to_ms(gift.sent_at) - began_ms))

    def totals_in(self, connection: Connection, live_session_id: str) -> dict[str, tuple[int, int]]:
        """Pieces and coins by kind of a session."""
        return store.totals(connection, live_session_id)

    # Taking back --------------------------------------------------------------------------------

    async def delete_super_chat(
        self, caller: Caller, room_id: str, gift_id: str, reason: str
    ) -> bool:
        """Take a super chat off the room; its coins go back or not, by the rule of the reason.

        Returns:
            Whether the coins went back.

        Raises:
            NotLoggedIn: Nobody is logged in.
            RoomNotFound: The caller does not moderate this room.
            GiftNotFound: There is no such super chat, or it is deleted already.
            DeletionReasonUnknown: Names the known ones.
        """
        await self._rooms.may_manage(caller, room_id)
        return await self._take_back(caller, room_id, gift_id, reason, "super_chat")

    async def undo_gift(self, caller: Caller, room_id: str, gift_id: str) -> None:
        """An operator gives a whole gift back.

        Raises:
            NotLoggedIn: Nobody is logged in.
            ForbiddenError: Only operators may.
            GiftNotFound: There is no such gift, or it is undone already.
        """
        caller.require_role("operator")
        await self._take_back(caller, room_id, gift_id, "platform_order", None)

    async def _take_back(
        self, caller: Caller, room_id: str, gift_id: str, reason: str, kind: PaidKind | None
    ) -> bool:
        now = self._clock.now()

        def work(connection: Connection) -> bool:
            gift = store.by_id(connection, room_id, gift_id)
            if gift is None or (kind is not None and gift.kind != kind):
                raise GiftNotFound(gift_id=gift_id[:32])
            is_refunded = refund_of(reason, (now - gift.sent_at).total_seconds()) == "full"
            if not store.set_deleted(connection, gift.id, now, is_refunded=is_refunded):
                raise GiftNotFound(gift_id=gift_id[:32])
            self._book(connection, gift, caller, reason, now, is_refunded=is_refunded)
            return is_refunded

        return await self._database.write(work)

    def _book(
        self,
        connection: Connection,
        gift: Gift,
        caller: Caller,
        reason: str,
        now: datetime,
        *,
        is_refunded: bool,
    ) -> None:
        event = GiftUndone(
            gift_id=gift.id,
            room_id=gift.room_id,
            user_id=gift.user_id,
            reason=reason,
            is_refunded=is_refunded,
        )
        payload = msgspec.json.encode(event)
        if not is_refunded:
            put_event(connection, event.topic, payload, None, to_ms(now))
            return
        undo = UndoGift(
            gift.act_id,
            maker=caller.require_user(),
            fields={"reason": reason, "gift_id": gift.id, "gift_kind_id": gift.gift_kind_id},
            events=(Event(event.topic, payload),),
        )
        self._ledger.undo_gift_in(connection, undo).require()


def _group_of(payer: int, view: RoomView, offer: Offer) -> str | None:
    """One combo is one kind of gift in one class: so its sum is its count times one price."""
    if offer.combo_id is None or view.session is None:
        return None
    return f"combo:{payer}:{view.session.id}:{offer.gift_kind_id}:{offer.combo_id}"


__all__ = ["GiftAsk", "GiftsService", "Neighbours", "Press", "Sent", "SuperChatAsk"]

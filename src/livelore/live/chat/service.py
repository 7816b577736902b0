"""What can be done with a room's chat: enter, speak, announce, moderate."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import msgspec
import structlog

from livelore.database.engine import Database
from livelore.kit.limits import RateLimiter
from livelore.kit.websocket import CloseCode
from livelore.live.chat import store, store_rules
from livelore.live.chat.errors import (
    Muted,
    NotModerator,
    RulesInvalid,
    SlowMode,
    SpeakingNotAllowed,
    TooFast,
)
from livelore.live.chat.events import DanmakuSent, MessageDeleted
from livelore.live.chat.limits import ChatLimits
from livelore.live.chat.model import (
    BLOCK_WORD_LENGTH_MAX,
    BLOCK_WORDS_MAX,
    MUTE_S_MAX,
    SLOW_MODE_S_MAX,
    Draft,
    Message,
    MessageType,
    Person,
    Repeated,
    RoomState,
    Rules,
    Standing,
    check_style,
    check_text,
    check_words,
    clean_text,
    dump,
    fold,
    person_fields,
)
from livelore.live.chat.open_rooms import OpenRoom, OpenRooms, StateOf
from livelore.live.chat.outgoing import Outgoing
from livelore.ports.bus import Bus
from livelore.ports.clock import Clock, now_ms
from livelore.web.caller import Caller

log = structlog.get_logger(__name__)

StandingOf = Callable[[Caller, str], Awaitable[Standing]]
"""Caller and room → what they are to it; raises AppError when they may not even read."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A danmaku as its sender wants it."""

    text: str
    client_id: str | None = None
    mode: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that the platform tells a room, once per ``event_id``.

    Attributes:
        type: gift, super_chat, notice or end.
        fields: Public fields of the message. ``user`` and ``coins`` of paid types are set here.
        event_id: Of the outbox; None for what may be told twice.
        person: Who did it.
        is_named: Whether they chose to be seen with it; else the room sees nobody and no sum.
        ref_id: By what `ChatService.retract` finds it again (a gift's id).
        pinned_until_ms: For super chats.
        place: Live session and milliseconds into it of what the room hears later, perhaps after a
            restart; default: what is on now.
    """

    room_id: str
    type: MessageType
    fields: Mapping[str, object]
    event_id: int | None = None
    person: Person | None = None
    is_named: bool = False
    ref_id: str | None = None
    pinned_until_ms: int | None = None
    place: tuple[str, int] | None = None


class ChatService:
    """The chat of all rooms of this process.

    Args:
        database: Messages, rules, mutes.
        bus: To other processes, and for `DanmakuSent`.
        clock: Times and limits.
        standing_of: Who may do what.
        state_of: What a room is doing.
        limits: See `ChatLimits`.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        standing_of: StandingOf,
        state_of: StateOf,
        limits: ChatLimits | None = None,
    ) -> None:
        self.limits = limits or ChatLimits()
        self.clock = clock
        self.standing_of = standing_of
        self.rooms = OpenRooms(database, bus, clock, state_of, self.limits)
        self._database = database
        self._bus = bus
        self._outgoing = Outgoing(database, self.rooms.publish, self.limits.hub.gap_s)
        self._rate = RateLimiter(self.limits.danmaku_per_s, self.limits.danmaku_burst)

    async def stop(self) -> None:
        """Put on disk what is under way and close every room."""
        await self._outgoing.drain()
        await self.rooms.stop()

    def n_viewers(self, room_id: str) -> int:
        """People in a room, in all processes."""
        return self.rooms.n_viewers(room_id)

    async def danmaku_counts(self, room_id: str, live_session_id: str) -> tuple[int, int]:
        """Danmaku of a live session, and those of the last minute among them."""
        since_ms = now_ms(self.clock) - 60_000
        return await self._database.read(
            lambda c: store.danmaku_counts(c, room_id, live_session_id, since_ms)
        )

    # What is said

    async def speak(self, standing: Standing, room_id: str, spoken: Spoken) -> Message | Repeated:
        """Send a danmaku.

        Raises:
            AppError: Any refusal of `livelore.live.chat.errors` that is about speaking.
        """
        room = await self.rooms.open(room_id)
        person = self._check_speaker(standing, room)
        text = check_text(spoken.text, self.limits.danmaku_max)
        mode, _ = check_style(spoken.mode, spoken.color)
        if not standing.can_moderate:
            check_words(text, room.folded_words)
            wait_s = room.slow.wait_s(person.id, self.clock.monotonic()) if room.slow else 0.0
            if wait_s:
                raise SlowMode(retry_after_s=round(wait_s, 1), slow_mode_s=self._slow_s(room))
        draft = self._danmaku(room.hub.state, person, replace(spoken, text=text, mode=mode))
        outcome = await self._outgoing.append(room_id, draft)
        if isinstance(outcome, Message):
            await self._tell_danmaku(room_id, outcome.seq, draft, text)
        return outcome

    def _slow_s(self, room: OpenRoom) -> int:
        return room.hub.rules.slow_mode_s

    def _check_speaker(self, standing: Standing, room: OpenRoom) -> Person:
        person = standing.person
        if person is None or not standing.may_speak:
            raise SpeakingNotAllowed
        wait_s = self._rate.wait_s(f"{room.hub.room_id} {person.id}", self.clock.monotonic())
        if wait_s:
            raise TooFast(retry_after_s=round(wait_s, 1))
        until_ms = room.hub.mutes.get(person.id, 0)
        if until_ms > now_ms(self.clock) and not standing.can_moderate:
            raise Muted(until=until_ms)
        return person

    async def check_not_muted(self, room_id: str, user_id: str) -> None:
        """Nobody writes by another way while they are muted, not for money either.

        Raises:
            Muted: With ``until``, epoch milliseconds.
        """
        until_ms = (await self.rooms.open(room_id)).hub.mutes.get(user_id, 0)
        if until_ms > now_ms(self.clock):
            raise Muted(until=until_ms)

    def _danmaku(self, state: RoomState, person: Person, spoken: Spoken) -> Draft:
        at_ms = now_ms(self.clock)
        second_ms = state.second_ms_at(at_ms)
        body = dump(
            {
                "user": person_fields(person),
                "text": spoken.text,
                "second": None if second_ms is None else second_ms / 1000,
                "mode": spoken.mode,
                "color": spoken.color,
                "client_id": spoken.client_id,
            }
        )
        return Draft(
            "danmaku",
            at_ms,
            body,
            live_session_id=state.live_session_id,
            second_ms=second_ms,
            user_id=person.id,
            client_id=spoken.client_id,
        )

    async def _tell_danmaku(self, room_id: str, seq: int, draft: Draft, text: str) -> None:
        event = DanmakuSent(
            room_id,
            draft.live_session_id,
            seq,
            draft.user_id or "",
            draft.at_ms,
            draft.second_ms,
            text,
        )
        try:
            await self._bus.publish(DanmakuSent.topic, msgspec.json.encode(event))
        except Exception:  # the danmaku is on disk and on its way: its sender need not care
            log.exception("danmaku_sent_not_told", room_id=room_id, seq=seq)

    async def announce(self, announcement: Announcement) -> Message | Repeated:
        """Tell a room of something that is true already; a second time nothing happens."""
        state = await self.rooms.fresh_state(announcement.room_id)
        at_ms = now_ms(self.clock)
        live_session_id, second_ms = announcement.place or (
            state.live_session_id,
            state.second_ms_at(at_ms),
        )
        fields = dict(announcement.fields)
        if announcement.type in {"gift", "super_chat"}:
            fields |= _shown_person(announcement)
            fields["second"] = None if second_ms is None else second_ms / 1000
        draft = Draft(
            announcement.type,
            at_ms,
            dump(fields),
            live_session_id=live_session_id,
            second_ms=second_ms,
            user_id=announcement.person.id if announcement.person else None,
            event_id=announcement.event_id,
            ref_id=announcement.ref_id,
            pinned_until_ms=announcement.pinned_until_ms,
        )
        return await self._outgoing.append(announcement.room_id, draft)

    async def retract(self, room_id: str, ref_id: str, event_id: int) -> Message | Repeated | None:
        """Take back what was announced as ``ref_id``: its money was undone.

        Returns:
            The ``deleted`` message, or None when there is nothing (more) to take back.
        """
        seq = await self._database.read(lambda c: store.seq_of_ref(c, room_id, ref_id))
        if seq is None:
            return None
        return await self._outgoing.append(room_id, self._deletion(seq, None, event_id))

    async def notice(
        self,
        room_id: str,
        code: str,
        fields: Mapping[str, object] | None = None,
        event_id: int | None = None,
    ) -> Message | Repeated:
        """Tell a room a fact that the front end has words for."""
        shown = {"code": code, "fields": dict(fields or {})}
        return await self.announce(Announcement(room_id, "notice", shown, event_id=event_id))

    # Moderation

    async def delete_message(self, standing: Standing, room_id: str, seq: int) -> None:
        """Delete a danmaku.

        Raises:
            NotModerator: The caller is none.
            MessageNotFound: There is no such message, or not any more.
            NotDeletable: It was paid for, or is none that somebody wrote.
        """
        by = _moderator(standing)
        await self._outgoing.append(room_id, self._deletion(seq, by.id, None))

    def _deletion(self, seq: int, by_user_id: str | None, event_id: int | None) -> Draft:
        return Draft(
            "deleted",
            now_ms(self.clock),
            dump({"target_seq": seq}),
            event_id=event_id,
            target_seq=seq,
            by_user_id=by_user_id,
        )

    async def mute(
        self, standing: Standing, room_id: str, user_id: str, duration_s: int
    ) -> int | None:
        """Keep a user from writing; 0 seconds lets them write again.

        Returns:
            Until when, epoch milliseconds; None when not muted.

        Raises:
            NotModerator: The caller is none.
            RulesInvalid: Not a duration, or the caller themself.
        """
        by = _moderator(standing)
        if not 0 <= duration_s <= MUTE_S_MAX or user_id == by.id:
            raise RulesInvalid(duration_s=duration_s, duration_s_max=MUTE_S_MAX)
        at_ms = now_ms(self.clock)
        row = store_rules.MuteRow(room_id, user_id, at_ms + duration_s * 1000, by.id, at_ms)
        await self._database.write(lambda connection: store_rules.set_mute(connection, row))
        await self.rooms.rules_changed(room_id)
        return row.until_ms if duration_s else None

    async def rules_of(self, room_id: str) -> Rules:
        """The rules of a room's chat."""
        default = self.limits.slow_mode_s
        return await self._database.read(lambda c: store_rules.rules(c, room_id, default))

    async def set_rules(
        self,
        standing: Standing,
        room_id: str,
        slow_mode_s: int | None,
        block_words: list[str] | None,
    ) -> Rules:
        """Change what is given; tell the room when its slow mode changed.

        Raises:
            NotModerator: The caller is none.
            RulesInvalid: A value that it cannot have.
        """
        _moderator(standing)
        old = await self.rules_of(room_id)
        new = Rules(
            old.slow_mode_s if slow_mode_s is None else _check_slow_mode(slow_mode_s),
            old.block_words if block_words is None else _check_block_words(block_words),
        )
        await self._database.write(lambda c: store_rules.set_rules(c, room_id, new))
        await self.rooms.rules_changed(room_id)
        if new.slow_mode_s != old.slow_mode_s:
            await self.notice(room_id, "chat.slow_mode", {"slow_mode_s": new.slow_mode_s})
        return new

    def readmit(self, user_id: str) -> None:
        """What somebody may do has changed: their sockets come back and are decided about anew."""
        for hub in self.rooms.hubs():
            if hub.headcount.n_sockets_of(user_id):
                for viewer in hub.viewers_of(user_id):
                    viewer.socket.close(CloseCode.SERVICE_RESTART, "access changed")

    async def last_seqs(self) -> dict[str, int]:
        """The last message's number of each room that has any."""
        return await self._database.read(store.last_seqs)

    async def said_after(
        self, room_id: str, after_seq: int, limit: int
    ) -> list[DanmakuSent | MessageDeleted]:
        """Danmaku, deleted ones too, and deletions after a number, in order."""
        return await self._database.read(lambda c: store.said_after(c, room_id, after_seq, limit))

    async def replay(
        self, room_id: str, live_session_id: str | None, after_seq: int, limit: int
    ) -> list[Message]:
        """Messages of the past, in order."""
        return await self._database.read(
            lambda c: store.replay(c, room_id, live_session_id, after_seq, limit)
        )


def _moderator(standing: Standing) -> Person:
    if standing.person is None or not standing.can_moderate:
        raise NotModerator
    return standing.person


def _shown_person(announcement: Announcement) -> dict[str, object]:
    """Nobody's spending is shown without their consent (PV10)."""
    if announcement.person is None or not announcement.is_named:
        hidden: dict[str, object] = {"user": None}
        return hidden | ({"coins": None} if "coins" in announcement.fields else {})
    return {"user": person_fields(announcement.person)}


def _check_slow_mode(slow_mode_s: int) -> int:
    if not 0 <= slow_mode_s <= SLOW_MODE_S_MAX:
        raise RulesInvalid(slow_mode_s=slow_mode_s, slow_mode_s_max=SLOW_MODE_S_MAX)
    return slow_mode_s


def _check_block_words(words: list[str]) -> tuple[str, ...]:
    cleaned = tuple(dict.fromkeys(clean_text(word) for word in words))
    kept = tuple(word for word in cleaned if fold(word))
    if len(kept) > BLOCK_WORDS_MAX or any(len(word) > BLOCK_WORD_LENGTH_MAX for word in kept):
        raise RulesInvalid(
            block_words_max=BLOCK_WORDS_MAX, block_word_length_max=BLOCK_WORD_LENGTH_MAX
        )
    return kept

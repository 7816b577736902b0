"""Wire shapes of the operator's desk."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from livelore.knowledge.ledger.service import BooksCheck, TrialLine
from livelore.live.operations.model import RoomOnAir
from livelore.live.operations.service import AuditPage, Books, Overview
from livelore.live.rooms.model import Room
from livelore.live.studio.schemas import StreamOut
from livelore.trust.audit.service import Entry


class FindingOut(Struct):
    """A breach of one invariant of the books."""

    invariant: int
    what: str
    fields: dict[str, Any]  # Any: JSON values


class CheckOut(Struct):
    """When the books were last compared, and what was found."""

    at: datetime
    difference_minor: int
    findings: list[FindingOut]

    @classmethod
    def of(cls, check: BooksCheck | None) -> "CheckOut | None":
        """From the ledger's check."""
        if check is None:
            return None
        found = [FindingOut(each.invariant, each.what, each.fields) for each in check.findings]
        return cls(check.at, check.difference_minor, found)


class OverviewOut(Struct):
    """Five figures of the site."""

    at: datetime
    currency: str
    n_rooms: int
    n_viewers: int
    n_orders: int
    paid_minor: int
    refunded_minor: int
    n_failed_payments: int
    n_unmatched: int
    n_refunds_waiting: int
    last_check: CheckOut | None

    @classmethod
    def of(cls, found: Overview, currency: str) -> "OverviewOut":
        """From the service's answer."""
        today = found.today
        return cls(
            found.at,
            currency,
            found.n_rooms,
            found.n_viewers,
            today.n_paid,
            today.paid_minor,
            today.refunded_minor,
            today.n_failed,
            today.n_unmatched,
            today.n_refunds_waiting,
            CheckOut.of(found.books),
        )


class OnAirOut(Struct):
    """A room on air."""

    room_id: str
    title: str
    title_en: str
    cover: str
    host_name: str
    state: str
    started_at: datetime
    n_viewers: int
    stream: StreamOut | None

    @classmethod
    def of(cls, each: RoomOnAir) -> "OnAirOut":
        """From the model."""
        session = each.session
        stream = None if each.stream is None else StreamOut.of(each.stream)
        return cls(
            each.room.id,
            session.title,
            session.title_en,
            each.cover,
            each.host_name,
            session.state,
            session.started_at,
            each.n_viewers,
            stream,
        )


class CutRoomOut(Struct):
    """A room that is kept off air."""

    room_id: str
    title: str
    title_en: str
    cover: str
    at: datetime | None
    reason: str

    @classmethod
    def of(cls, room: Room) -> "CutRoomOut":
        """From the model."""
        return cls(
            room.id, room.title, room.title_en, room.cover, room.cut_off_at, room.cut_off_reason
        )


class RoomsOut(Struct):
    """Rooms on air by risk, and rooms kept off air."""

    on_air: list[OnAirOut]
    cut_off: list[CutRoomOut]


class CutOffIn(Struct, forbid_unknown_fields=True):
    """Body of a cut-off: why."""

    reason: Annotated[str, Meta(max_length=500)]


class AccountLineOut(Struct):
    """All accounts of one kind and currency together, on their normal side."""

    kind: str
    currency: str
    debit_minor: int
    credit_minor: int

    @classmethod
    def of(cls, line: TrialLine) -> "AccountLineOut":
        """From the ledger's line."""
        is_debit = line.side == "D"
        amount = line.balance_minor
        return cls(line.kind, line.currency, amount if is_debit else 0, 0 if is_debit else amount)


class CurrencySumOut(Struct):
    """Both sides of one currency; the difference of sound books is 0."""

    currency: str
    debit_minor: int
    credit_minor: int
    difference_minor: int


class BooksOut(Struct):
    """The trial balance."""

    at: datetime
    lines: list[AccountLineOut]
    sums: list[CurrencySumOut]
    last_check: CheckOut | None

    @classmethod
    def of(cls, books: Books) -> "BooksOut":
        """From the service's answer."""
        lines = [AccountLineOut.of(line) for line in books.lines]
        sides: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for line in lines:
            sides[line.currency][0] += line.debit_minor
            sides[line.currency][1] += line.credit_minor
        sums = [
            CurrencySumOut(name, debit, credit, debit - credit)
            for name, (debit, credit) in sides.items()
        ]
        return cls(books.at, lines, sums, CheckOut.of(books.last_check))


class EntryOut(Struct):
    """An act of an operator."""

    position: int
    at: datetime
    operator: str
    act: str
    subject_kind: str
    subject_id: str
    subject_name: str
    reason: str
    hash: str

    @classmethod
    def of(cls, entry: Entry, names: dict[str, str]) -> "EntryOut":
        """From the audit's entry."""
        new = entry.new
        return cls(
            entry.position,
            entry.at,
            names.get(new.operator_id, new.operator_id),
            new.act,
            new.subject_kind,
            new.subject_id,
            new.subject_name,
            new.reason,
            entry.hash,
        )


class AuditOut(Struct):
    """Acts, newest first; ``broken_at`` is the first one that was altered, null when none was."""

    items: list[EntryOut]
    next_cursor: str | None
    n_entries: int
    broken_at: int | None

    @classmethod
    def of(cls, page: AuditPage, next_cursor: str | None) -> "AuditOut":
        """From the service's answer."""
        items = [EntryOut.of(each, page.names) for each in page.entries]
        return cls(items, next_cursor, page.chain.n_entries, page.chain.broken_at)

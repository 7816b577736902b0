"""Rules of the behaviour log: rows, times, watch time without gaps and doubles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

CLOCK_SKEW_MS = 300_000
"""A client's time is believed so far from the server's …"""
SKEWED_NOTE = "client_time_replaced"
"""… and else replaced, with this note in the row."""
STEP_MAX_MS = 3_600_000
"""Most that one beat may add."""
AHEAD_MAX_MS = 2_000
"""So far a tab's reckoned time may run ahead of its beats: they come unevenly."""
SPANS_KEPT = 256
TABS_KEPT = 16

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One logged event; ``fields`` are those of its type and version."""

    id: str
    type: str
    version: int
    at_ms: int
    received_at_ms: int
    user_id: str | None = None
    visitor: str | None = None
    note: str | None = None
    fields: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be logged: whole, with its reason."""

    id: str
    at_ms: int
    source: str
    reason: str
    detail: str
    sender: str | None
    body: str


def bounded_time(claimed_ms: int | None, received_ms: int) -> tuple[int, str | None]:
    """When an event happened, and the note that says if its sender's time was not believed."""
    if claimed_ms is None:
        return received_ms, None
    if abs(claimed_ms - received_ms) > CLOCK_SKEW_MS:
        return received_ms, SKEWED_NOTE
    return claimed_ms, None


# Watch time -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beat:
    """A watch heart-beat; ``spans`` are absolute, empty when the client told none."""

    watch_id: str
    number: int
    watched_ms: int
    at_ms: int
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    """The last beat of one tab, and up to when its time is reckoned."""

    number: int
    watched_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What one person has watched of one item, over all tabs.

    ``spans`` are apart and in order; older than the newest 256 are only summed, and nothing before
    ``folded_until_ms`` counts again.
    """

    tabs: Mapping[str, Tab] = field(default_factory=dict[str, Tab])
    spans: tuple[Span, ...] = ()
    folded_ms: int = 0
    folded_until_ms: int = 0

    @property
    def watched_ms(self) -> int:
        """Time in which at least one tab was watched."""
        return self.folded_ms + sum(end - start for start, end in self.spans)


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time as spans that are apart and in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def after(watch: Watch, beat: Beat) -> Watch:
    """What has been watched once this beat is known; the same beat again changes nothing.

    A beat that overtook another is not added again: the later one has carried its time already.
    """
    tab = watch.tabs.get(beat.watch_id)
    told = tuple(span for span in beat.spans if span[1] - span[0] <= STEP_MAX_MS)
    if tab is not None and beat.number <= tab.number:
        return _with_spans(watch, told)
    reckoned = told or _reckoned(tab, beat)
    end_ms = max([end for _, end in reckoned], default=beat.at_ms if tab is None else tab.end_ms)
    tabs = dict(watch.tabs)
    tabs[beat.watch_id] = Tab(beat.number, beat.watched_ms, end_ms)
    while len(tabs) > TABS_KEPT:
        del tabs[min(tabs, key=lambda each: tabs[each].end_ms)]
    return _with_spans(replace(watch, tabs=tabs), reckoned)


def _reckoned(tab: Tab | None, beat: Beat) -> tuple[Span, ...]:
    """Where a beat without spans puts its new time: as late as possible, after the tab's last."""
    new_ms = min(beat.watched_ms - (0 if tab is None else tab.watched_ms), STEP_MAX_MS)
    if new_ms <= 0:
        return ()
    start = beat.at_ms - new_ms if tab is None else max(tab.end_ms, beat.at_ms - new_ms)
    return ((start, min(start + new_ms, beat.at_ms + AHEAD_MAX_MS)),)


def _with_spans(watch: Watch, spans: Sequence[Span]) -> Watch:
    fresh = [(max(start, watch.folded_until_ms), end) for start, end in spans]
    merged = union([*watch.spans, *fresh])
    old, kept = merged[:-SPANS_KEPT], merged[-SPANS_KEPT:]
    return replace(
        watch,
        spans=kept,
        folded_ms=watch.folded_ms + sum(end - start for start, end in old),
        folded_until_ms=old[-1][1] if old else watch.folded_until_ms,
    )


def beat_of(row: Row) -> Beat:
    """The heart-beat in a row of type ``watch_heartbeat``."""
    spans = row.fields.get("spans") or ()
    return Beat(
        row.fields["watch_id"],
        row.fields["beat"],
        row.fields["watched_ms"],
        row.at_ms,
        tuple((row.at_ms - begun, row.at_ms - ended) for begun, ended in spans),
    )


# A class, replayed ----------------------------------------------------------------------------


@dataclass(slots=True)
class ClassTotals:
    """What a live session comes to; the same whenever the log is replayed.

    Gifts and super chats whose coins went back are not in it, nor are deleted danmaku.
    """

    n_danmaku: int = 0
    n_gifts: int = 0
    n_super_chats: int = 0
    coins: int = 0
    value_minor: dict[str, int] = field(default_factory=dict[str, int])
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
    watches: dict[str, Watch] = field(default_factory=dict[str, Watch])

    @property
    def watched_ms(self) -> dict[str, int]:
        """By who watched: a user's id, else the visitor's mark."""
        return {who: watch.watched_ms for who, watch in self.watches.items()}


def totals(rows: Iterable[Row]) -> dict[str, ClassTotals]:
    """Every live session in these rows, by its id. Rows have no doubles (the reader's work).

    What takes something back may stand before it: a message is logged by two ways.
    """
    replay = _Replay()
    for row in rows:
        replay.take(row)
    return replay.totals()


@dataclass(slots=True)
class _Replay:
    """What must be known of the whole log before anything is counted."""

    classes: dict[str, ClassTotals] = field(default_factory=dict[str, ClassTotals])
    said: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    paid: dict[str, Row] = field(default_factory=dict[str, Row])
    deleted: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    undone: set[str] = field(default_factory=set[str])

    def take(self, row: Row) -> None:
        if row.type == "message_deleted":
            self.deleted.add((row.fields["room_id"], row.fields["target_seq"]))
        elif row.type == "gift_undone" and row.fields["is_refunded"]:
            self.undone.add(row.fields["gift_id"])
        is_beat = row.type == "watch_heartbeat"
        key = row.fields["item_id" if is_beat else "live_session_id"] if _is_of_class(row) else None
        if key is not None:
            self._take_of_class(key, row)

    def _take_of_class(self, key: str, row: Row) -> None:
        into = self.classes.setdefault(key, ClassTotals())
        if row.type == "danmaku":
            self.said[row.fields["room_id"], row.fields["seq"]] = key
        elif row.type in {"gift", "super_chat"}:
            self.paid[row.fields["gift_id"]] = row
        else:
            _note(into, row)

    def totals(self) -> dict[str, ClassTotals]:
        for message, key in self.said.items():
            self.classes[key].n_danmaku += message not in self.deleted
        for gift_id, row in self.paid.items():
            if gift_id not in self.undone:
                _count_paid(self.classes[row.fields["live_session_id"]], row)
        return self.classes


def _is_of_class(row: Row) -> bool:
    return row.type == "watch_heartbeat" or "live_session_id" in row.fields


def _note(into: ClassTotals, row: Row) -> None:
    if row.type == "live_started":
        into.started_at_ms = row.at_ms
    elif row.type == "live_ended":
        into.ended_at_ms = row.at_ms
    elif row.type == "watch_heartbeat":
        who = row.user_id or row.visitor or ""
        into.watches[who] = after(into.watches.get(who, Watch()), beat_of(row))


def _count_paid(into: ClassTotals, row: Row) -> None:
    if row.type == "gift":
        into.n_gifts += row.fields["count"]
    else:
        into.n_super_chats += 1
    into.coins += row.fields["coins"]
    currency = row.fields["currency"]
    into.value_minor[currency] = into.value_minor.get(currency, 0) + row.fields["value_minor"]

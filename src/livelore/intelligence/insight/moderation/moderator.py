"""Messages in order of time in, verdicts out; what a moderator remembers is bounded."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.moderation.advertising import advertising
from livelore.intelligence.insight.moderation.contacts import (
    contacts,
    ends_with_cue,
    is_spread_id,
    spread_phone,
)
from livelore.intelligence.insight.moderation.offence import Offence, shipped
from livelore.intelligence.insight.moderation.plain import plain
from livelore.intelligence.insight.moderation.signs import with_signs
from livelore.intelligence.insight.moderation.verdicts import (
    ADVERTISING,
    CONTACT,
    FLOOD,
    OFFENCE,
    REPEAT,
    Verdict,
)
from livelore.intelligence.text.codepoints import Codepoints

USERS_MAX = 50_000
"""Whose last messages are remembered; who was silent longest is forgotten first."""
TEXTS_MAX = 20_000
"""Longer texts of a room that are remembered, to see one text from many people."""
RECENT_MAX = 12
"""Messages remembered of one person."""
LOOKED_AT_MAX = 2_000
"""Characters of a message that rules look at: they cost more than the length of a long run."""
CUE_MAX, PHONE_DIGITS, OFFENCE_MIN = 20, 11, 4
"""Characters of a message that only names a messenger; digits of a phone number; characters below
which nothing is called offensive."""


@dataclass(frozen=True)
class Limits:
    """From where on something is minded.

    Args:
        offence: Least probability of the offence model. At 0.9 few ordinary messages are minded.
        advertising: Least confidence.
        repeats: The same text from one person within `window_s`, this often.
        flood: Messages of one person within `flood_s`, more than this.
        raid: The same long text from this many people within `window_s`.
        raid_length: Characters of a long text: short cheers are everybody's.
        window_s, flood_s, split_s: Seconds; the last for an id split over messages.
    """

    offence: float = 0.9
    advertising: float = 0.6
    repeats: int = 3
    flood: int = 8
    raid: int = 5
    raid_length: int = 15
    window_s: float = 60.0
    flood_s: float = 10.0
    split_s: float = 60.0


@dataclass(slots=True)
class _Said:
    number: int
    at: float
    text: str
    folded: str
    n_digits: int
    is_cue: bool


@dataclass
class Moderator:
    """Looks at a room.

    Without times all messages count as said at once but flood is not judged; without users nothing
    that belongs to a person is.

    Args:
        limits: From where on something is minded.
        offence: Model of offence; None: the one that ships.
    """

    limits: Limits = field(default_factory=Limits)
    offence: Offence | None = None
    _n_seen: int = field(default=0, init=False)
    _users: OrderedDict[int, deque[_Said]] = field(default_factory=OrderedDict, init=False)
    _texts: OrderedDict[str, deque[tuple[float, int]]] = field(
        default_factory=OrderedDict, init=False
    )

    def look(self, messages: Messages) -> list[Verdict]:
        """Verdicts on these messages, in their order; earlier calls are remembered.

        Args:
            messages: Later than all before. Codes of users must mean the same in every call.
        """
        model = self.offence or shipped()
        folded = messages.folded
        likely = model.probabilities(folded)
        bare = folded.texts()
        has, cued, n_digits = with_signs(Codepoints.of(messages.texts))
        found: list[Verdict] = []
        for n, text in enumerate(messages.texts):
            number = self._n_seen + n
            if likely[n] >= self.limits.offence and len(bare[n]) >= OFFENCE_MIN:
                sure = float(likely[n])
                found.append(Verdict(number, OFFENCE, 0, len(text), "offence model", sure))
            own = list(self._by_rules(number, text)) if has[n] else []
            found.extend(own)
            at = None if messages.at is None else float(messages.at[n])
            user = -1 if messages.users is None else int(messages.users[n])
            is_cue = bool(cued[n]) and len(text) <= CUE_MAX and ends_with_cue(text)
            said = _Said(number, at or 0.0, text, bare[n], int(n_digits[n]), is_cue)
            if user >= 0:
                found.extend(self._by_memory(user, said, at is not None, bool(own)))
            if len(bare[n]) >= self.limits.raid_length:
                found.extend(self._raid(user, said))
        self._n_seen += len(messages)
        return found

    def _by_rules(self, number: int, text: str) -> Iterator[Verdict]:
        taken: list[tuple[int, int]] = []
        read = plain(text[:LOOKED_AT_MAX])
        for each in contacts(read):
            if all(each.end <= begin or each.begin >= end for begin, end in taken):
                taken.append((each.begin, each.end))
                yield Verdict(number, CONTACT, each.begin, each.end, each.rule, each.confidence)
        sold = advertising(read, bool(taken))
        if sold is not None and sold[2] >= self.limits.advertising:
            yield Verdict(number, ADVERTISING, sold[0], sold[1], "words that sell", sold[2])

    def _by_memory(
        self, user: int, said: _Said, has_time: bool, is_contact: bool
    ) -> Iterator[Verdict]:
        recent = self._users.setdefault(user, deque(maxlen=RECENT_MAX))
        self._users.move_to_end(user)
        if len(self._users) > USERS_MAX:
            self._users.popitem(last=False)
        recent.append(said)
        if len(recent) == 1:
            return
        limits = self.limits
        same = [
            each.number
            for each in recent
            if each.folded == said.folded and said.at - each.at <= limits.window_s
        ]
        if len(same) >= limits.repeats and said.folded:
            sure = 1 - 0.5 ** (len(same) - 1)
            yield _whole(said, REPEAT, "one person, one text", sure, tuple(same[:-1]))
        quick = [each.number for each in recent if said.at - each.at <= limits.flood_s]
        if has_time and len(quick) > limits.flood:
            sure = min(0.5 + 0.1 * (len(quick) - limits.flood), 0.95)
            yield _whole(said, FLOOD, "one person, many messages", sure, tuple(quick[:-1]))
        if not is_contact:
            yield from self._split(said, recent)

    def _split(self, said: _Said, recent: deque[_Said]) -> Iterator[Verdict]:
        if not said.n_digits and not any(each.is_cue for each in recent):
            return
        near = [each for each in recent if said.at - each.at <= self.limits.split_s]
        pieces = [each for each in near if each.n_digits]
        if said.n_digits and sum(each.n_digits for each in pieces) >= PHONE_DIGITS:
            first = spread_phone([each.text for each in pieces])
            if first >= 0:
                earlier = tuple(each.number for each in pieces[first:-1])
                yield _whole(said, CONTACT, "phone, split", 0.85, earlier)
                return
        cues = [n for n, each in enumerate(near[:-1]) if each.is_cue]
        if cues and is_spread_id([each.text for each in near[cues[-1] + 1 :]]):
            earlier = tuple(each.number for each in near[cues[-1] : -1])
            yield _whole(said, CONTACT, "messenger id, split", 0.85, earlier)

    def _raid(self, user: int, said: _Said) -> Iterator[Verdict]:
        seen = self._texts.setdefault(said.folded, deque(maxlen=2 * self.limits.raid))
        self._texts.move_to_end(said.folded)
        if len(self._texts) > TEXTS_MAX:
            self._texts.popitem(last=False)
        seen.append((said.at, user))
        people = {who for at, who in seen if said.at - at <= self.limits.window_s}
        if len(people) >= self.limits.raid:
            yield _whole(said, REPEAT, "many people, one text", 0.6, ())


def _whole(
    said: _Said, kind: str, rule: str, confidence: float, earlier: tuple[int, ...]
) -> Verdict:
    return Verdict(said.number, kind, 0, len(said.text), rule, confidence, earlier)

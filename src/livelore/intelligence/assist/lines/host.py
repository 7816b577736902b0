"""Lines in a host's tone and own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from livelore.intelligence.assist.errors import ClaimUnsupported, OptionInvalid, PatternInvalid
from livelore.intelligence.assist.lines.book import (
    LANGUAGES,
    NEEDED,
    OCCASIONS,
    PLAIN,
    SALE,
    SLOTS,
    TONES,
    book,
)
from livelore.intelligence.assist.lines.claims import forbidden
from livelore.intelligence.assist.lines.grammar import filled, said_aloud, slots, variants


@dataclass(frozen=True)
class Fact:
    """Something true of a product.

    Attributes:
        text: As it is said, without a full stop.
        source: Where it stands: a page of the course, a row of the catalogue. Not empty.
    """

    text: str
    source: str


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        text: Ready to be said.
        occasion: One of `OCCASIONS`.
        sources: Of the facts in it.
    """

    text: str
    occasion: str
    sources: tuple[str, ...] = ()


@dataclass
class HostLines:
    """Says what the occasion asks for; the same seed, the same lines.

    Args:
        language: ``zh`` or ``en``.
        tone: One of `TONES`.
        own: The host's own patterns by occasion; they come before those of the book.
        seed: Of the order.

    Raises:
        OptionInvalid: A language, tone or occasion is not known.
        PatternInvalid: An own pattern is broken, or names a slot that its occasion has not.
        ClaimUnsupported: An own pattern of a sale says what advertising law forbids.
    """

    language: str = "zh"
    tone: str = PLAIN
    own: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    seed: int = 0
    _said: dict[str, set[str]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not book(self.language):
            raise OptionInvalid(option="language", detail=f"one of {', '.join(LANGUAGES)}")
        if self.tone not in TONES:
            raise OptionInvalid(option="tone", detail=f"one of {', '.join(TONES)}")
        for occasion, patterns in self.own.items():
            if occasion not in OCCASIONS:
                raise OptionInvalid(option="own", detail=f"{occasion}: {', '.join(OCCASIONS)}")
            for pattern in patterns:
                self._check(occasion, pattern)

    def _check(self, occasion: str, pattern: str) -> None:
        if unknown := sorted(slots(pattern) - SLOTS[occasion]):
            detail = f"{', '.join(unknown)}: {occasion} has {', '.join(sorted(SLOTS[occasion]))}"
            raise PatternInvalid(pattern=pattern, detail=detail)
        for sentence in variants(pattern):
            if occasion == SALE and (claims := forbidden(sentence)):
                raise ClaimUnsupported(text=claims[0].words, detail=claims[0].kind)

    def say(self, occasion: str, **values: object) -> Line:
        """A line for an occasion, not one that was said before while there are others.

        Args:
            occasion: One of `OCCASIONS` but `SALE`, which is `sell`.
            values: Slots by name, as `SLOTS` has them; None and empty ones are left out. What
                people wrote is brought to one line and clipped.

        Raises:
            OptionInvalid: The occasion is not known, or a value that it needs is not there.
        """
        if occasion not in OCCASIONS or occasion == SALE:
            raise OptionInvalid(
                option="occasion", detail=f"{occasion}: {', '.join(OCCASIONS[:-1])}"
            )
        return Line(self._sentence(occasion, _given(values)), occasion)

    def sell(
        self,
        product: str,
        price: str,
        facts: Sequence[Fact],
        *,
        seats: int | None = None,
        until: str | None = None,
    ) -> Line:
        """A line that offers something: only what is handed in is said of it.

        Args:
            product: Its name.
            price: With currency, as it is charged.
            facts: At least one, each with its source.
            seats: How many are really left.
            until: When the offer really ends.

        Raises:
            ClaimUnsupported: A fact has no source, or advertising law forbids it.
            OptionInvalid: There is no fact, or no name or price.
        """
        for fact in facts:
            if not fact.source.strip():
                raise ClaimUnsupported(text=fact.text, detail="no source")
        for words in (product, *(fact.text for fact in facts)):
            if claims := forbidden(words):
                raise ClaimUnsupported(text=claims[0].words, detail=claims[0].kind)
        comma = "，" if self.language == "zh" else ", "
        said = comma.join(said_aloud(fact.text).rstrip("。.") for fact in facts)
        values = {"product": product, "price": price, "seats": seats, "until": until}
        given = _given(values) | ({"facts": said} if said else {})
        return Line(self._sentence(SALE, given), SALE, tuple(fact.source for fact in facts))

    def _sentence(self, occasion: str, given: dict[str, str]) -> str:
        if unknown := sorted(set(given) - SLOTS[occasion]):
            raise OptionInvalid(option=", ".join(unknown), detail=f"{occasion} has no such value")
        if missing := sorted(NEEDED[occasion] - set(given)):
            raise OptionInvalid(option=", ".join(missing), detail=f"{occasion} needs it")
        of_tones = book(self.language)[occasion]
        own = _fullest(self.own.get(occasion, ()), given)
        rest = _fullest((*of_tones[self.tone], *of_tones[PLAIN]), given)
        said = self._said.setdefault(occasion, set())
        if said.issuperset([*own, *rest]):
            said.clear()
        known = rest if said.issuperset(own) else own
        rng = np.random.default_rng((self.seed, crc32(occasion.encode())))
        chosen = next(known[n] for n in rng.permutation(len(known)) if known[n] not in said)
        said.add(chosen)
        return filled(chosen, given)


def _fullest(patterns: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """Sentences of the patterns that say most of what was handed in, each once."""
    usable = [each for each in patterns if slots(each) <= set(given)]
    most = max((len(slots(each)) for each in usable), default=0)
    fullest = [each for each in usable if len(slots(each)) == most]
    return list(dict.fromkeys(sentence for each in fullest for sentence in variants(each)))


def _given(values: Mapping[str, object]) -> dict[str, str]:
    texts = {name: said_aloud(str(each)) for name, each in values.items() if each is not None}
    return {name: text for name, text in texts.items() if text}

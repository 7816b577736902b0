"""All that messages name: the dictionary, the rules and the chain together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np

from livelore.intelligence.insight.entities.chain import Chain
from livelore.intelligence.insight.entities.features import character_columns
from livelore.intelligence.insight.entities.quantities import times_and_amounts
from livelore.intelligence.insight.entities.signs import signs_of
from livelore.intelligence.insight.entities.spans import (
    MODEL,
    PERSON,
    WORK,
    Entity,
    apart,
)
from livelore.intelligence.insight.entities.terms import Terms
from livelore.intelligence.insight.errors import WeightsInvalid
from livelore.intelligence.model_file import read_as
from livelore.intelligence.text.codepoints import Codepoints

WEIGHTS = Path(__file__).parents[1] / "weights" / "entities.zip"
"""The chain that ships; `weights/entities.md` says what it was learnt from."""
SURE = 0.5
"""Below this what the chain marks is left out."""
_WORK = re.compile(r"《([^《》]{1,40})》")
_NAME = re.compile(
    r"(?<![\w'])(?:(?:Prof|Professor|Dr|Mr|Mrs|Ms)\.?\s+)[A-Z][a-zé'-]+(?:\s+[A-Z][a-zé'-]+)?"
    r"|(?<=[a-z,] )[A-Z][a-zé]+(?:\s+(?:[A-Z]\.\s*)?(?:von\s+|de\s+|van\s+)?[A-Z][a-zé]+)+"
)
_NO_NAMES = frozenset(
    re.findall(
        r"[^|]+",
        "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June"
        "|July|August|September|October|November|December|English|Chinese|I",
    )
)
_NO_PEOPLE = frozenset(
    re.findall(r"[^|]+", "谢谢|多谢|感谢|谢谢老师|老师|老师们|主播|同学|同学们|大家|哈哈|哈哈哈")
)
"""What thanks and greets, where the chain, which learnt from news, sees surnames."""


@cache
def shipped() -> Chain:
    """The chain that comes with the package; read once, when first asked for.

    Raises:
        WeightsInvalid: The file is missing or damaged.
    """
    other = WeightsInvalid(path=str(WEIGHTS), detail="holds no chain")
    return read_as(Chain, WEIGHTS, "insight", other)


@dataclass(frozen=True)
class Recogniser:
    """Finds entities.

    Args:
        terms: The host's own words.
        chain: For names that nobody listed, over `features.CHARACTERS`; None: the one that ships.
        sure: Least confidence of the chain.
    """

    terms: Terms = field(default_factory=Terms)
    chain: Chain | None = None
    sure: float = SURE

    def find(self, texts: Sequence[str]) -> list[tuple[Entity, ...]]:
        """What each message names, in order of place; none overlap."""
        # rooms repeat themselves: each text is read once
        places = dict(zip(dict.fromkeys(texts), count(), strict=False))
        found = self._find(list(places))
        return [found[places[each]] for each in texts]

    def _find(self, texts: list[str]) -> list[tuple[Entity, ...]]:
        points = Codepoints.of(texts)
        columns = character_columns(points)
        found = self.terms.entities(points, columns, texts)
        signs = signs_of(points)
        for text in np.flatnonzero(signs).tolist():
            said = texts[text]
            quantities = times_and_amounts(said, int(signs[text]))
            spans = [*quantities, *_works(said), *_english_names(said)]
            if spans:
                found.setdefault(text, []).extend(spans)
        chain = self.chain or shipped()
        for text, marked in chain.spans(columns, points.bounds).items():
            said = texts[text]
            spans = [
                Entity(begin, end, chain.kinds[kind], said[begin:end], sure, MODEL)
                for begin, end, kind, sure in marked
                if sure >= self.sure and _is_name(said[begin:end])
            ]
            if spans:
                found.setdefault(text, []).extend(spans)
        nothing: tuple[Entity, ...] = ()
        return [apart(found[n]) if n in found else nothing for n in range(len(texts))]


def _is_name(text: str) -> bool:
    return bool(text.strip()) and text not in _NO_PEOPLE


def _works(text: str) -> list[Entity]:
    return [
        Entity(match.start(1), match.end(1), WORK, match.group(1), 0.8)
        for match in _WORK.finditer(text)
    ]


def _english_names(text: str) -> list[Entity]:
    """Names by their capitals: after a title, or two capitalised words inside a sentence."""
    found: list[Entity] = []
    for match in _NAME.finditer(text):
        if not _NO_NAMES.intersection(match.group().split()):
            found.append(Entity(*match.span(), PERSON, match.group(), 0.6, MODEL))
    return found

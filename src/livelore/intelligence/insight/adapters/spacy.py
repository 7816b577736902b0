"""spaCy: its pipelines as a recogniser of entities; our readers as components of a pipeline."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, Self

from livelore.intelligence.insight.entities.spans import (
    AMOUNT,
    KINDS,
    MODEL,
    ORGANISATION,
    PERSON,
    PLACE,
    PRODUCT,
    TIME,
    WORK,
    Entity,
    apart,
)
from livelore.intelligence.insight.errors import LibraryDataMissing
from livelore.intelligence.insight.library_here import library
from livelore.intelligence.insight.sentiment.result import SentimentReader

LABELS = {
    **{"PERSON": PERSON, "PER": PERSON, "GPE": PLACE, "LOC": PLACE, "FAC": PLACE},
    **{"ORG": ORGANISATION, "NORP": ORGANISATION, "WORK_OF_ART": WORK, "PRODUCT": PRODUCT},
    **{"DATE": TIME, "TIME": TIME, "MONEY": AMOUNT, "QUANTITY": AMOUNT, "PERCENT": AMOUNT},
    **{"CARDINAL": AMOUNT, **{kind: kind for kind in KINDS}},
}
"""Labels of spaCy's own models (OntoNotes, WikiNER) by kind; others are left out."""
CONFIDENCE = 0.8
"""spaCy gives none."""
SCORE, LABEL = "livelore_score", "livelore_label"
"""Of ``doc._``."""


class EntityFinder(Protocol):
    """Any recogniser of entities: ours, or one of this folder."""

    def find(self, texts: Sequence[str]) -> Sequence[Sequence[Entity]]:
        """What each text names."""
        ...


@dataclass(frozen=True)
class SpacyEntities:
    """What a pipeline of spaCy finds, as our spans.

    Args:
        nlp: A pipeline with a component that sets ``doc.ents``.
        labels: Its labels by kind.
        confidence: Of each entity.
    """

    nlp: Any  # Any: spaCy comes and goes
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)
    confidence: float = CONFIDENCE

    @classmethod
    def of_model(cls, name: str) -> Self:
        """Of a model that is installed, by its name or folder; nothing is fetched.

        Raises:
            LibraryMissing: spaCy is not installed.
            LibraryDataMissing: There is no such model.
        """
        try:
            return cls(library("spacy").load(name))
        except (OSError, ValueError) as error:
            detail = f"no model {name}: `python -m spacy download {name}`, or name a folder"
            raise LibraryDataMissing(package="spacy", detail=detail) from error

    def find(self, texts: Sequence[str]) -> list[tuple[Entity, ...]]:
        """What each text names, in order of place; of a text too long for spaCy, its begin."""
        cut = [text[: self.nlp.max_length] for text in texts]
        return [apart(self._entities(doc)) for doc in self.nlp.pipe(cut)]

    def _entities(self, doc: Any) -> Iterator[Entity]:
        for span in doc.ents:
            kind, text = self.labels.get(span.label_), span.text
            if kind is not None and text.strip():
                begin = span.start_char + len(text) - len(text.lstrip())
                said = text.strip()
                yield Entity(begin, begin + len(said), kind, said, self.confidence, MODEL)


def add_sentiment(nlp: Any, reader: SentimentReader, name: str = "livelore_sentiment") -> None:
    """Make a reader of sentiment a component: ``doc._.livelore_score`` and ``livelore_label``.

    A pipeline that is saved does not hold the reader: add it again after loading.

    Raises:
        LibraryMissing: spaCy is not installed.
    """
    tokens = library("spacy.tokens")
    for extension in (SCORE, LABEL):
        if not tokens.Doc.has_extension(extension):
            tokens.Doc.set_extension(extension, default=None)

    def mark(docs: list[Any]) -> None:
        found = reader.read([doc.text for doc in docs])
        for doc, score, label in zip(docs, found.scores.tolist(), found.names(), strict=True):
            doc._.set(SCORE, score)
            doc._.set(LABEL, label)

    _add(nlp, name, mark)


def add_entities(nlp: Any, finder: EntityFinder, name: str = "livelore_entities") -> None:
    """Make a recogniser a component: its kinds are labels in ``doc.ents``, the longest span wins.

    Raises:
        LibraryMissing: spaCy is not installed.
    """
    filter_spans = library("spacy.util").filter_spans

    def mark(docs: list[Any]) -> None:
        for doc, found in zip(docs, finder.find([doc.text for doc in docs]), strict=True):
            spans = [
                doc.char_span(each.begin, each.end, label=each.kind, alignment_mode="expand")
                for each in found
            ]
            doc.ents = filter_spans([*(each for each in spans if each is not None), *doc.ents])

    _add(nlp, name, mark)


@dataclass(frozen=True)
class _Component:
    """Marks documents, one or a batch."""

    mark: Callable[[list[Any]], None]

    def __call__(self, doc: Any) -> Any:
        self.mark([doc])
        return doc

    def pipe(self, docs: Iterable[Any], batch_size: int = 256) -> Iterator[Any]:
        """As spaCy calls it for many."""
        waiting = iter(docs)
        while batch := list(islice(waiting, batch_size)):
            self.mark(batch)
            yield from batch


def _add(nlp: Any, name: str, mark: Callable[[list[Any]], None]) -> None:
    """A pipeline makes components by the name of a factory; this one gives what was handed in."""

    def made(nlp: Any, name: str) -> _Component:
        return _Component(mark)

    library("spacy").Language.factory(name, func=made)
    nlp.add_pipe(name)

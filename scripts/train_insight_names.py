"""Learn the chain for names and the model for offence that ship with the package.

    python scripts/train_insight_names.py DATA [entities] [offence]

DATA holds the public sets as Parquet files: ``ner_msra/all``, ``ner_weibo/train``, ``cold/train``,
``cold/dev``. What was learnt from, and how good it is, stands in the cards beside the weights.
"""

import sys
from pathlib import Path

import pyarrow.parquet as pq

from livelore.intelligence import model_file
from livelore.intelligence.insight.entities.chain import Chain, Span
from livelore.intelligence.insight.entities.features import CHARACTERS, character_columns
from livelore.intelligence.insight.entities.recogniser import WEIGHTS
from livelore.intelligence.insight.entities.tagged import spans_of_tags
from livelore.intelligence.insight.moderation.offence import WEIGHTS as OFFENCE_WEIGHTS
from livelore.intelligence.insight.moderation.offence import Offence
from livelore.intelligence.text.codepoints import Codepoints

KINDS = ("person", "place", "organisation")
MSRA = {"PER": 0, "LOC": 1, "ORG": 2}
WEIBO = {"PER.NAM": 0, "LOC.NAM": 1, "GPE.NAM": 1, "ORG.NAM": 2}
N_KEPT_BACK = 5_000
"""Last sentences of MSRA: they measure."""
WEIBO_TIMES = 4
"""Messages are few beside news, and nearer to a room."""


def _read(path: Path, kinds: dict[str, int]) -> tuple[list[str], list[list[Span]]]:
    rows = pq.read_table(path).to_pylist()
    return spans_of_tags([each["chars"] for each in rows], [each["tags"] for each in rows], kinds)


def _entities(data: Path) -> None:
    texts, spans = _read(data / "ner_msra" / "all.parquet", MSRA)
    texts, spans = texts[:-N_KEPT_BACK], spans[:-N_KEPT_BACK]
    more, marked = _read(data / "ner_weibo" / "train.parquet", WEIBO)
    points = Codepoints.of(texts + more * WEIBO_TIMES)
    chain = Chain(KINDS, CHARACTERS, bits=17, passes=4, left_out=0.3)
    chain.fit(character_columns(points), points.bounds, spans + marked * WEIBO_TIMES)
    model_file.write(chain, WEIGHTS)


def _offence(data: Path) -> None:
    tables = [pq.read_table(data / "cold" / f"{part}.parquet") for part in ("train", "dev")]
    measured = set(pq.read_table(data / "cold" / "test.parquet")["text"].to_pylist())
    pairs = [
        (text, label)
        for table in tables
        for text, label in zip(table["text"].to_pylist(), table["label"].to_pylist(), strict=True)
        if text not in measured
    ]
    model = Offence().fit([text for text, _ in pairs], [label for _, label in pairs])
    model_file.write(model, OFFENCE_WEIGHTS)


def main(arguments: list[str]) -> int:
    """Learn what is named, or both."""
    if not arguments or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    wanted = arguments[1:] or ["entities", "offence"]
    if "entities" in wanted:
        _entities(Path(arguments[0]))
    if "offence" in wanted:
        _offence(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

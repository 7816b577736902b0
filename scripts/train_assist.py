"""Makes the weights of `assist`: `python scripts/train_assist.py DATA [sentences] [known]`.

``sentences``: what orders sentences, learnt from the trial part of CMRC 2018 alone (1,002
questions; all 1,104 paragraphs of trial and dev are the pool, as at the measurement).
``known``: whether a course knows, learnt from trial and from half of dev's paragraphs with their
questions; the other half measures (`benchmarks/assist_refusal.py`). How rare words are is counted
in MSRA, online_shopping_10_cats and weibo_emotion8.
The weights are numbers of trees and of hashed counts: no text of any set is in them. Their cards
lie beside them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from livelore.intelligence import model_file
from livelore.intelligence.assist.known import WEIGHTS as KNOWN_WEIGHTS
from livelore.intelligence.assist.learn import Marked, learn
from livelore.intelligence.assist.learn_known import learn_known
from livelore.intelligence.assist.retrieve import WEIGHTS

LEARNT_FROM = (0, 1)
"""Number of a paragraph of dev, modulo 4, whose questions are learnt from."""
Rows = list[dict[str, Any]]


def main(folder: Path, wanted: list[str]) -> None:
    """Learn and write."""
    trial, dev = (
        pq.read_table(folder / "cmrc2018" / f"{name}.parquet").to_pylist()
        for name in ("trial", "dev")
    )
    if not wanted or "sentences" in wanted:
        pool = list(dict.fromkeys(row["context"] for row in [*trial, *dev]))
        model_file.write(learn(_marked(trial), pool), WEIGHTS)
    if not wanted or "known" in wanted:
        numbers = {text: at for at, text in enumerate(dict.fromkeys(row["context"] for row in dev))}
        half = [row for row in dev if numbers[row["context"]] % 4 in LEARNT_FROM]
        known = learn_known(_marked([*trial, *half]), _background(folder))
        model_file.write(known, KNOWN_WEIGHTS)


def _marked(rows: Rows) -> list[Marked]:
    return [Marked(row["question"], row["context"], tuple(row["answers"])) for row in rows]


def _background(folder: Path) -> Iterator[str]:
    for row in pq.read_table(folder / "ner_msra" / "all.parquet")["chars"].to_pylist():
        yield "".join(row).replace(" ", "")
    for name, column in (
        ("online_shopping_10_cats/all", "review"),
        ("weibo_emotion8/nlpcc2013_train", "text"),
        ("weibo_emotion8/weibo_5_moods", "text"),
    ):
        texts = pq.read_table(folder / f"{name}.parquet")[column].to_pylist()
        yield from (each for each in texts if each)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

"""Makes the weights of `assist`: `python -m scripts.train_assist DATA [sentences] [known]`.

``sentences``: what orders sentences, learnt from the trial part of CMRC 2018 alone (1,002
questions; all 1,104 paragraphs of trial and dev are the pool, as at the measurement).
``known``: whether a course knows, two judges in one file. The Chinese one is learnt from trial and
from half of dev's paragraphs with their questions; the other half measures
(`benchmarks/assist_refusal.py`). How rare words are is counted in MSRA, online_shopping_10_cats and
weibo_emotion8. The English one is learnt from YouLeQD's lectures of even number and the comments on
them; those of odd number measure.
The weights are numbers of trees and of hashed counts: no text of any set is in them. Their cards
lie beside them.
"""

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.assist_refusal import SHAPES, lectures_of, youleqd_pairs
from livelore.intelligence import model_file
from livelore.intelligence.assist.known import WEIGHTS as KNOWN_WEIGHTS
from livelore.intelligence.assist.known import EnglishJudge, Known
from livelore.intelligence.assist.learn import Marked, learn
from livelore.intelligence.assist.learn_english import frames_of, learn_english
from livelore.intelligence.assist.learn_known import learn_chinese
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import WEIGHTS

LEARNT_FROM = (0, 1)
"""Number of a paragraph of dev, modulo 4, whose questions are learnt from."""
LECTURES_LEARNT_FROM = 0
"""Half of YouLeQD's lectures; see `lectures_of`."""
LINES_A_TEXT = 12
"""Lines of a transcript that count as one text: about half a minute."""
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
        chinese = learn_chinese(_marked([*trial, *half]), _background(folder))
        model_file.write(Known(chinese, _english(folder)), KNOWN_WEIGHTS)


def _english(folder: Path) -> EnglishJudge:
    said = pq.read_table(folder / "youleqd" / "transcripts.parquet", columns=["vid", "text"])
    vids, lines = (said[name].to_pylist() for name in said.column_names)
    learnt_from = lectures_of(vids, LECTURES_LEARNT_FROM)
    pieces = (
        " ".join(line for _, line in piece)
        for vid, of_lecture in groupby(zip(vids, lines, strict=True), key=itemgetter(0))
        if vid in learnt_from
        for piece in _batches(of_lecture, LINES_A_TEXT)
    )
    rarity = Rarity.of_texts(pieces)
    comments = pq.read_table(folder / "youleqd" / "comments.parquet", columns=["vid", "comment"])
    asked = zip(*(comments[name].to_pylist() for name in comments.column_names), strict=True)
    frames = frames_of((text or "" for vid, text in asked if vid in learnt_from), rarity)
    courses = [
        (retriever, [(each.pair, each.is_own) for each in spoken])
        for retriever, spoken in youleqd_pairs(folder, LECTURES_LEARNT_FROM)
    ]
    return learn_english(courses, SHAPES, frames, rarity)


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


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

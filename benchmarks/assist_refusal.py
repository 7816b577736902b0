"""Refusing what a course does not have, and answering what it has.

CMRC 2018: every second paragraph of dev is the course; questions on them are its own, those on the
others are from elsewhere (people wrote all of them). What judges was learnt on trial and on half of
dev's paragraphs with their questions; only questions on the other half count. The numbers it looks
at were compared inside what it learnt from, after the first of them had been looked at on all of
dev. Some foreign questions can be answered all the same: two articles tell one fact.
YouLeQD: eight recorded lectures of one subject are a course. Questions are made from transcripts,
since comments have no marked answer: pairs of neighbouring words that one lecture says at least
four times and few others say, put into "What is …", "How does … work", "Why do we need …". Own
questions come from the course's lectures, foreign ones from lectures of other subjects when the
course never says the pair. Lectures of even number are learnt from, those of odd number measure.
Both learnt by `python -m scripts.train_assist DATA known`. Intervals are the 95 % of a bootstrap
that draws paragraphs and lectures, since questions on one of them fall together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.common import goal
from livelore.intelligence.assist.answer import answer
from livelore.intelligence.assist.asking import ASKING_WORDS
from livelore.intelligence.assist.course import index_of
from livelore.intelligence.assist.material import Block, passages_of
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.assist.support import supported
from livelore.intelligence.assist.terms import terms_of

LECTURES = 8
OWN_OFTEN = 4
PAIRS = 10
SHAPES = ("What is {}?", "How does {} work?", "Why do we need {}?", "Explain {}.")
COMMON_SHARE = 0.03
N_RESAMPLES = 2_000


@dataclass(frozen=True)
class Ask:
    """A question, whether it is the course's own, and the paragraph or lecture it was made of."""

    question: str
    is_own: bool
    origin: str


@dataclass(frozen=True)
class Spoken:
    """Two words side by side, whether they are the course's own, and the lecture that says them."""

    pair: tuple[str, str]
    is_own: bool
    vid: str


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Shares refused, by set, and goals."""
    sets = (
        {"made": _made()}
        if quick
        else {"cmrc dev": cmrc(data, "dev"), "youleqd test": youleqd(data, 1)}
    )
    table: dict[str, Any] = {}
    n_sentences = n_unsupported = 0
    for name, courses in sets.items():
        refused: dict[bool, list[bool]] = {True: [], False: []}
        origins: dict[bool, list[str]] = {True: [], False: []}
        for retriever, asks in courses:
            for ask in asks:
                given = answer(retriever, ask.question)
                refused[ask.is_own].append(not given.sentences)
                origins[ask.is_own].append(ask.origin)
                n_sentences += len(given.sentences)
                n_unsupported += sum(
                    not supported(each.text, each.passage.text) for each in given.sentences
                )
        table[name] = {
            "own": len(refused[True]),
            "own_refused": round(100 * float(np.mean(refused[True])), 2),
            "own_interval": interval(refused[True], origins[True]),
            "foreign": len(refused[False]),
            "foreign_refused": round(100 * float(np.mean(refused[False])), 2),
            "foreign_interval": interval(refused[False], origins[False]),
        }
    table["sentences"] = {"given": n_sentences, "unsupported": n_unsupported}
    goals = [goal("sentences of answers without their words in the source", n_unsupported, 0.0)]
    for name in sets:
        of = table[name]
        goals.append(
            goal(f"foreign refused, {name}", of["foreign_refused"], None if quick else -95.0, "%")
        )
        goals.append(goal(f"own refused, {name}", of["own_refused"], None if quick else 5.0, "%"))
    return table, goals


def interval(refused: Sequence[bool], origins: Sequence[str]) -> list[float]:
    """Where the true percentage lies, 95 %: paragraphs or lectures are drawn, not questions.

    Source: the bootstrap by clusters, percentiles (Davison and Hinkley 1997, section 3.8).
    """
    numbers = np.unique(np.array(origins), return_inverse=True)[1]
    hits, sizes = np.bincount(numbers, refused), np.bincount(numbers)
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(sizes), size=(N_RESAMPLES, len(sizes)))
    shares = hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return [round(100 * float(each), 1) for each in np.quantile(shares, [0.025, 0.975])]


def cmrc(data: Path, part: str) -> Iterator[tuple[Retriever, list[Ask]]]:
    """One course of every second paragraph; questions of the half that nothing was learnt from."""
    rows = pq.read_table(data / "cmrc2018" / f"{part}.parquet").to_pylist()
    pool = list(dict.fromkeys(row["context"] for row in rows))
    own = set(pool[::2])
    passages = [
        each
        for at, text in enumerate(pool)
        if text in own
        for each in passages_of(str(at), [Block(text)])
    ]
    measured = set(pool[2::4]) | set(pool[3::4])
    yield (
        Retriever(index_of(passages)),
        [
            Ask(row["question"], row["context"] in own, row["context"])
            for row in rows
            if row["context"] in measured
        ],
    )


def youleqd(data: Path, half: int) -> Iterator[tuple[Retriever, list[Ask]]]:
    """A course of each subject, of lectures of one half."""
    for retriever, spoken in youleqd_pairs(data, half):
        yield (
            retriever,
            [
                Ask(SHAPES[at % len(SHAPES)].format(" ".join(each.pair)), each.is_own, each.vid)
                for at, each in enumerate(spoken)
            ],
        )


def youleqd_pairs(data: Path, half: int) -> Iterator[tuple[Retriever, list[Spoken]]]:
    """The same courses with the pairs that questions are made of."""
    table = pq.read_table(
        data / "youleqd" / "transcripts.parquet", columns=["vid", "subject", "start", "text"]
    )
    lectures: dict[str, dict[str, list[Block]]] = {}
    wanted = wanted_lectures(table, half)
    for vid, subject, start, text in zip(
        *(table[name].to_pylist() for name in table.column_names), strict=True
    ):
        if vid in wanted:
            lines = lectures.setdefault(subject, {}).setdefault(vid, [])
            lines.append(Block(" ".join(text.split()), second=float(start)))
    passages = {
        subject: [p for vid, lines in of.items() for p in passages_of(vid, lines)]
        for subject, of in lectures.items()
    }
    words = {
        vid: [w for line in lines for w in terms_of(line.text).words]
        for of in lectures.values()
        for vid, lines in of.items()
    }
    pairs = _pairs(words)
    for subject, of in lectures.items():
        said = {pair for vid in of for pair in pairwise(words[vid])}
        others = [vid for name, each in lectures.items() if name != subject for vid in each]
        spoken = [Spoken(pair, True, vid) for vid in of for pair in pairs[vid]]
        spoken += [
            Spoken(pair, False, vid) for vid in others for pair in pairs[vid] if pair not in said
        ]
        yield Retriever(index_of(passages[subject])), spoken


def wanted_lectures(table: Any, half: int) -> set[str]:
    """The first lectures of each subject in one half."""
    pairs = dict(zip(table["vid"].to_pylist(), table["subject"].to_pylist(), strict=True))
    found: dict[str, list[str]] = {}
    in_half = lectures_of(pairs, half)
    for vid, subject in sorted(pairs.items()):
        if vid in in_half:
            found.setdefault(subject, []).append(vid)
    return {vid for each in found.values() for vid in each[:LECTURES]}


def lectures_of(vids: Iterable[str], half: int) -> set[str]:
    """Those of one half: 0 is learnt from, 1 measures."""
    return {vid for at, vid in enumerate(sorted(set(vids))) if at % 2 == half}


def _pairs(words: dict[str, list[str]]) -> dict[str, list[tuple[str, str]]]:
    """What each lecture speaks of more than the others do."""
    spread = Counter(word for each in words.values() for word in set(each))
    most = max(2.0, COMMON_SHARE * 10 * len(words))
    found: dict[str, list[tuple[str, str]]] = {}
    for vid, each in words.items():
        often = Counter(pairwise(each))
        found[vid] = [
            pair
            for pair, n in often.most_common()
            if n >= OWN_OFTEN
            and all(len(w) > 3 and w not in ASKING_WORDS and spread[w] <= most for w in pair)
        ][:PAIRS]
    return found


def _made() -> Iterator[tuple[Retriever, list[Ask]]]:
    towns = [f"{a}{b}镇" for a in "青白红黑黄" for b in "河山石木"]
    passages = [
        each
        for at, town in enumerate(towns)
        for each in passages_of(town, [Block(f"{town}建于{1900 + at}年。{town}的特产是茶叶。")])
    ]
    asks = [Ask(f"{town}的特产是什么？", True, town) for town in towns]
    isles = [f"{a}{b}岛" for a in "紫蓝绿" for b in "云水"]
    asks += [Ask(f"{isle}的总督是谁？", False, isle) for isle in isles]
    yield Retriever(index_of(passages)), asks

# ruff: noqa: E501
"""Searching lessons by words, and jumping to the second: YouLeQD, known-item search.

Forty lectures (eight of each of five subjects, those of the test half) are one index. A query is
made from eight seconds of a lecture that were drawn by seed: its three rarest words, in the order
they are said, so the lesson and the second are known. A hit counts when it is the lecture; the
second counts when it is at most 15 s from where the words are said. What windows of sentences are
worth was chosen on 900 searches in the lectures of the other half. Three words can be said at other
places too: "said near" counts a first hit with all of them within 15 s, wherever it is. The words are the lecturer's
own: learners who use others are not measured here (CMRC is, see `assist_retrieval`).
"""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.assist_refusal import wanted_lectures
from benchmarks.common import goal, middle
from livelore.intelligence.assist.course import index_of
from livelore.intelligence.assist.material import Block, passages_of
from livelore.intelligence.assist.retrieve import Hit, Retriever
from livelore.intelligence.assist.terms import terms_of

QUERIES = 500
SPAN_S = 8.0
NEAR_S = 15.0
WORDS = 3
SEED = 7
Lectures = dict[str, list[Block]]


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Shares found, and goals."""
    lectures = _made() if quick else _read(data)
    passages = [each for name, lines in lectures.items() for each in passages_of(name, lines)]
    retriever = Retriever(index_of(passages))
    queries = _queries(lectures, 20 if quick else QUERIES)
    retriever.search(queries[0][0])
    found = [_one(retriever, query, lectures) for query in queries]
    table = {
        "lectures": len(lectures),
        "passages": len(passages),
        "queries": len(queries),
        "lesson_in_10": _share(found, "in_10"),
        "lesson_first": _share(found, "first"),
        "second_first": _share(found, "near"),
        "said_near_first": _share(found, "said"),
        "second_in_10": _share(found, "near_10"),
        "p50_us": middle([one["us"] for one in found], 0),
    }
    goals = [
        goal("lesson among the first 10", table["lesson_in_10"], None if quick else -90.0, "%"),
        goal("first hit within 15 s", table["second_first"], None if quick else -90.0, "%"),
        goal(
            "first hit has all words within 15 s",
            table["said_near_first"],
            None if quick else -90.0,
            "%",
        ),
        goal("one search over lessons, median", table["p50_us"], None, "µs"),
    ]
    return table, goals


def _share(found: list[dict[str, Any]], name: str) -> float:
    return round(100 * float(np.mean([one[name] for one in found])), 2)


def _one(retriever: Retriever, query: tuple[str, str, float], lectures: Lectures) -> dict[str, Any]:
    words, name, second = query
    started = time.perf_counter()
    hits = retriever.search(words, 10)
    spent = time.perf_counter() - started
    sources = [hit.passage.source for hit in retriever.passages(words, 10)]
    near = [
        hit.passage.source == name
        and abs((hit.passage.sentences[hit.sentence or 0].second or 0.0) - second) <= NEAR_S
        for hit in hits
    ]
    return {
        "in_10": name in sources,
        "first": sources[:1] == [name],
        "near": near[:1] == [True],
        "near_10": any(near),
        "said": bool(hits) and _is_said(words, hits[0], lectures),
        "us": spent * 1e6,
    }


def _is_said(words: str, hit: Hit, lectures: Lectures) -> bool:
    """Whether all the words are said near the hit, wherever the query came from."""
    second = hit.passage.sentences[hit.sentence or 0].second or 0.0
    lines = lectures[hit.passage.source]
    near = [each.text for each in lines if abs((each.second or 0.0) - second) <= NEAR_S]
    return set(terms_of(words).words) <= set(terms_of(" ".join(near)).words)


def _queries(lectures: Lectures, n: int) -> list[tuple[str, str, float]]:
    """Words, lecture, second."""
    rng = np.random.default_rng(SEED)
    said = [w for lines in lectures.values() for line in lines for w in terms_of(line.text).words]
    often = Counter(said)
    names = sorted(lectures)
    found: list[tuple[str, str, float]] = []
    while len(found) < n:
        name = names[int(rng.integers(len(names)))]
        lines = lectures[name]
        at = int(rng.integers(len(lines)))
        begin = lines[at].second or 0.0
        span = [each for each in lines[at:] if (each.second or 0.0) < begin + SPAN_S]
        words = list(dict.fromkeys(w for each in span for w in each.text.lower().split()))
        plain = [w for w in words if w.isalpha() and len(w) > 3]
        rare = sorted(plain, key=lambda w: often[terms_of(w).words[0]])[:WORDS]
        if len(rare) == WORDS:
            found.append((" ".join(w for w in words if w in rare), name, begin))
    return found


def _read(data: Path) -> Lectures:
    columns = ["vid", "subject", "start", "text"]
    table = pq.read_table(data / "youleqd" / "transcripts.parquet", columns=columns)
    wanted = wanted_lectures(table, 1)
    lectures: Lectures = {}
    for vid, _, start, text in zip(*(table[name].to_pylist() for name in columns), strict=True):
        if vid in wanted:
            lines = lectures.setdefault(vid, [])
            lines.append(Block(" ".join(text.split()), second=float(start)))
    return lectures


def _made() -> Lectures:
    rng = np.random.default_rng(SEED)
    letters = list("bcdfglmnprst")
    words = ["".join(f"{a}{'aeiou'[int(rng.integers(5))]}" for a in rng.choice(letters, 3)) for _ in range(400)]  # fmt: skip
    return {
        f"lecture{number}": [
            Block(" ".join(rng.choice(words, 6)) + ".", second=4.0 * line) for line in range(40)
        ]
        for number in range(5)
    }

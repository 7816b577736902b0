"""Names in text: strict F1 on CLUENER and Weibo without a neural model; what ships, and its cost.

Two stages: a chain learnt from MSRA marks persons, places and organisations; a second chain, learnt
from the train part of the set, sees these marks beside characters and words. For Weibo it also sees
clusters of words from unlabelled texts, the marks of another chain from MSRA that looks at words
and clusters, and how often a word is named and what is listed (`NamesSeen`) in MSRA and in posts
and headlines that this other chain marked. Options were chosen on a tenth to a fifth of train, for
Weibo by five folds of train and dev, the same text in one fold (F1 .607 with clusters alone, .622
with the other chain's marks, .629 with names seen). Dev of CLUENER is read by this run alone; test
of Weibo was read twice before, without names seen (.593) and with marks of a chain from CLUENER
(.595). The chain that ships is one stage over characters; it is measured on the last 5,000
sentences of MSRA and the names of Weibo's test part, and timed on danmaku. Without the sets a small
made one stands in.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.common import goal
from livelore.intelligence.insight.entities.chain import Chain, Span
from livelore.intelligence.insight.entities.clusters import WordClusters
from livelore.intelligence.insight.entities.features import (
    CHARACTERS,
    CLUSTERS,
    NAMES,
    SEEN_NAMES,
    WORDS,
    character_columns,
    word_columns,
)
from livelore.intelligence.insight.entities.recogniser import Recogniser, shipped
from livelore.intelligence.insight.entities.seen import NamesSeen
from livelore.intelligence.insight.entities.tagged import spans_of_tags, strict_f1
from livelore.intelligence.text.codepoints import Codepoints

CLUENER = (
    "address", "book", "company", "game", "government", "movie", "name", "organization",
    "position", "scene",
)  # fmt: skip
WEIBO = tuple(f"{kind}.{how}" for how in ("NAM", "NOM") for kind in ("PER", "LOC", "ORG", "GPE"))
NEWS = {"PER": 0, "LOC": 1, "ORG": 2}
NAMED = {"PER.NAM": 0, "LOC.NAM": 1, "GPE.NAM": 1, "ORG.NAM": 2}
N_KEPT_BACK = 5_000
FEW = tuple(each for each in CHARACTERS if len(each) < 4 or each[0][0] != 0)
"""Without the longest runs of characters, for a set of a thousand messages."""
UNLABELLED = (
    ("online_shopping_10_cats/all", "review"),
    ("weibo_emotion8/nlpcc2013_train", "text"),
    ("weibo_emotion8/weibo_5_moods", "text"),
    ("waimai_10k/all", "review"),
    ("bilibili_lpl_danmaku/final_full", "text"),
    ("cmrc2018/trial", "context"),
    ("cmrc2018/trial", "question"),
    ("tnews/train", "text"),
)
"""Texts from which clusters of words are learnt, beside those of MSRA."""
MARKED_TEXTS = ("weibo_emotion8/", "tnews/")
"""Of these the posts and headlines in which names are looked for; all of them told no more."""
Labelled = tuple[list[str], list[list[Span]]]
Columns = Callable[[Sequence[str]], tuple[Any, Any]]
"""Columns and bounds of texts."""


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure.

    Args:
        data: Folder of the public sets.
        quick: A made set of two hundred messages instead, and the goals are left open.
    """
    if quick:
        made = _quick()
        return made, [goal("entities, made set: F1", made["made_f1"], None)]
    news = _tagged(data / "ner_msra" / "all.parquet", NEWS)
    first = _first(news)
    cluener, weibo = data / "ner_cluener", data / "ner_weibo"
    kinds = dict(zip(WEIBO, range(len(WEIBO)), strict=True))
    table: dict[str, Any] = {
        "cluener_dev": _two_stages(
            partial(_columns, first=first),
            _cluener(cluener / "train.parquet"),
            _cluener(cluener / "dev.parquet"),
            Chain(CLUENER, CHARACTERS + WORDS + NAMES, bits=19),
        ),
        "weibo_test": _two_stages(
            _Sight.of(data, first, news).columns,
            _tagged(weibo / "train.parquet", kinds),
            _tagged(weibo / "test.parquet", kinds),
            Chain(
                WEIBO,
                FEW + WORDS + NAMES + CLUSTERS + SEEN_NAMES,
                bits=19,
                cost=6.0,
                passes=6,
                left_out=0.5,
            ),
        ),
        "shipped_msra_last_5000": _scored(
            shipped(), news[0][-N_KEPT_BACK:], news[1][-N_KEPT_BACK:]
        ),
        "shipped_weibo_test_names": _scored(shipped(), *_tagged(weibo / "test.parquet", NAMED)),
        "bars": {"cluener BiLSTM-CRF": 0.70, "cluener BERT": 0.7882, "weibo BERT-CRF": 0.7222},
    } | _cost(data)
    goals = [
        goal("entities, CLUENER dev: strict F1", table["cluener_dev"]["f1"], -0.70),
        goal("entities, Weibo test: strict F1", table["weibo_test"]["f1"], -0.60),
        goal("entities, danmaku: processor time a message", table["us_a_message"], 8, "µs"),
    ]
    return table, goals


def _columns(
    texts: Sequence[str], first: Chain, clusters: WordClusters | None = None
) -> tuple[Any, Any]:
    points = Codepoints.of(texts)
    columns = character_columns(points)
    marks = first.labels(columns, points.bounds)[0][:, None]
    parts = [columns, word_columns(texts), marks]
    if clusters is not None:
        parts.append(clusters.columns(texts))
    return np.concatenate(parts, axis=1), points.bounds


@dataclass(frozen=True)
class _Sight:
    """What the chain for Weibo sees."""

    first: Chain
    clusters: WordClusters
    second: Chain
    seen: NamesSeen

    @staticmethod
    def of(data: Path, first: Chain, news: Labelled) -> "_Sight":
        """Learn all but the first chain, from MSRA and from texts without labels."""
        clusters = WordClusters().fit(_unlabelled(data, news[0]))
        texts, spans = news[0][:-N_KEPT_BACK], news[1][:-N_KEPT_BACK]
        second = Chain(tuple(NEWS), CHARACTERS + WORDS + CLUSTERS, bits=19, passes=3)
        second.fit(*_columns(texts, first, clusters), spans)
        posts = _posts(data, MARKED_TEXTS)
        found = second.spans(*_columns(posts, first, clusters))
        marks = {n: [(*each, 1.0) for each in spans[n]] for n in range(len(texts))}
        marks |= {len(texts) + n: each for n, each in found.items()}
        seen = NamesSeen(len(NEWS)).fit(texts + posts, marks)
        return _Sight(first, clusters, second, seen)

    def columns(self, texts: Sequence[str]) -> tuple[Any, Any]:
        columns, bounds = _columns(texts, self.first, self.clusters)
        marks = self.second.labels(columns, bounds)[0][:, None]
        return np.concatenate([columns, marks, self.seen.columns(texts)], axis=1), bounds


def _unlabelled(data: Path, news: list[str]) -> list[str]:
    return list(dict.fromkeys(news + _posts(data, ("",))))


def _posts(data: Path, starts: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name, column in UNLABELLED:
        if name.startswith(starts):
            texts = pq.read_table(data / f"{name}.parquet")[column].to_pylist()
            found += [each for each in texts if each]
    return list(dict.fromkeys(found))


def _first(news: Labelled) -> Chain:
    points = Codepoints.of(news[0][:-N_KEPT_BACK])
    chain = Chain(tuple(NEWS), CHARACTERS, passes=3)
    return chain.fit(character_columns(points), points.bounds, news[1][:-N_KEPT_BACK])


def _two_stages(
    columns: Columns, train: Labelled, test: Labelled, chain: Chain
) -> dict[str, float]:
    started = time.perf_counter()
    chain.fit(*columns(train[0]), train[1])
    fitted = time.perf_counter() - started
    found = chain.spans(*columns(test[0]))
    return _figures(strict_f1(found, test[1])) | {"fit_s": round(fitted, 1), "n": len(test[0])}


def _scored(chain: Chain, texts: list[str], spans: list[list[Span]]) -> dict[str, float]:
    points = Codepoints.of(texts)
    found = chain.spans(character_columns(points), points.bounds)
    return _figures(strict_f1(found, spans)) | {"n": len(texts)}


def _figures(score: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("f1", "precision", "recall"), (round(each, 4) for each in score), strict=True))


def _cost(data: Path) -> dict[str, float]:
    table = pq.read_table(data / "bilibili_lpl_danmaku" / "final_full.parquet")
    texts = [each or "" for each in table["text"].to_pylist()]
    recogniser = Recogniser()
    recogniser.find(texts[:100])
    spent = []
    for _ in range(3):
        started = time.process_time()
        recogniser.find(texts)
        spent.append(time.process_time() - started)
    return {"us_a_message": round(min(spent) / len(texts) * 1e6, 2), "n_messages": len(texts)}


def _tagged(path: Path, kinds: dict[str, int]) -> Labelled:
    rows = pq.read_table(path).to_pylist()
    return spans_of_tags([each["chars"] for each in rows], [each["tags"] for each in rows], kinds)


def _cluener(path: Path) -> Labelled:
    rows = pq.read_table(path).to_pylist()
    spans = [
        sorted(
            {
                (each["start"], each["end"] + 1, CLUENER.index(each["type"]))
                for each in json.loads(row["entities_json"])
            }
        )
        for row in rows
    ]
    return [row["text"] for row in rows], spans


def _quick() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    people, places = ("王小明", "李华", "赵云飞"), ("杭州", "北京路", "青岛")
    texts: list[str] = []
    spans: list[list[Span]] = []
    for _ in range(200):
        who, where = str(rng.choice(people)), str(rng.choice(places))
        texts.append(f"听说{who}老师在{where}上课")
        spans.append([(2, 2 + len(who), 0), (5 + len(who), 5 + len(who) + len(where), 1)])
    points = Codepoints.of(texts)
    columns = character_columns(points)
    chain = Chain(("person", "place"), CHARACTERS, bits=14)
    cut = int(points.bounds[150])
    chain.fit(columns[:cut], points.bounds[:151], spans[:150])
    found = chain.spans(columns[cut:], points.bounds[150:] - cut)
    return {"made_f1": round(strict_f1(found, spans[150:])[0], 4)}

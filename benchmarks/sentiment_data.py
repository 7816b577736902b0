"""The labelled texts that sentiment is learnt from and measured on, by domain, without overlaps.

Sources: ChnSentiCorp, waimai_10k, online_shopping_10_cats, weibo_emotion8 (NLPCC 2013 and five
moods), TweetEval. `LEARNT_FROM` may teach what ships; Twitch chat states "no commercial use" and
measures only.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from livelore.intelligence.insight.sentiment.examples import Examples
from livelore.intelligence.text.codepoints import Codepoints

RUN = 12
"""Texts that share so many characters in a row, once folded, are the same text to a measurement."""
SIDES = {"negative": -1, "positive": 1, "neutral": 0, "ambiguous": 0}
MOODS = {"anger": -1, "sadness": -1, "joy": 1, "optimism": 1}
LEARNT_FROM = ("chnsenticorp", "waimai", "shop", "weibo", "tweets", "moods")


def domain(data: Path, name: str) -> Examples:
    """All labelled texts of one domain, each text once.

    Args:
        data: Folder of the public sets.
        name: One of `LEARNT_FROM`, or "twitch".
    """
    return _once(_READERS[name](data))


def part_of(data: Path, name: str, part: str) -> Examples:
    """One part of a domain, as published figures take it.

    Args:
        data: Folder of the public sets.
        name: Of the domain.
        part: "dev" of chnsenticorp, "posts" of weibo, "val" or "test" of tweets, "labelled" of
            twitch (1,922 messages; short ones come more than once).
    """
    if name == "twitch":
        return _twitch(data)
    found = {"chnsenticorp": _chnsenticorp, "weibo": _weibo, "tweets": _tweets}[name](data, (part,))
    return _once(found)


def _table(data: Path, path: str) -> Any:
    return pq.read_table(data / f"{path}.parquet")


def _chnsenticorp(data: Path, parts: Sequence[str] = ("train", "dev")) -> Examples:
    found = []
    for part in parts:
        table = _table(data, f"chnsenticorp/{part}")
        labels = [SIDES[each] for each in table["label"].to_pylist()]
        found.append(Examples.of(table["text"].to_pylist(), labels, "chnsenticorp", felt=True))
    return reduce(add, found)


def _waimai(data: Path) -> Examples:
    table = _table(data, "waimai_10k/all")
    labels = np.where(np.array(table["label"].to_pylist()) == 1, 1, -1)
    return Examples.of(table["review"].to_pylist(), labels, "waimai", felt=True)


def _shop(data: Path) -> Examples:
    rows = [
        each
        for each in _table(data, "online_shopping_10_cats/all").to_pylist()
        if (each["review"] or "").strip()
    ]
    labels = [1 if each["label"] == 1 else -1 for each in rows]
    return Examples.of([each["review"] for each in rows], labels, "shop", felt=True)


def _weibo(data: Path, parts: Sequence[str] = ("posts", "moods")) -> Examples:
    files = {"posts": "nlpcc2013_train", "moods": "weibo_5_moods"}
    found = []
    for part in parts:
        table = _table(data, f"weibo_emotion8/{files[part]}")
        labels = [SIDES[each] for each in table["label3"].to_pylist()]
        texts = table["text"].to_pylist()
        found.append(Examples.of(texts, labels, "weibo", felt=part == "moods"))
    return reduce(add, found)


def _tweets(data: Path, parts: Sequence[str] = ("val", "test")) -> Examples:
    found = []
    for part in parts:
        table = _table(data, f"tweeteval/sentiment_{part}")
        found.append(
            Examples.of(_quoted(table), np.array(table["label"].to_pylist()) - 1, "tweets")
        )
    return reduce(add, found)


def _moods(data: Path) -> Examples:
    names = ("anger", "joy", "optimism", "sadness")
    found = []
    for part in ("train", "val", "test"):
        table = _table(data, f"tweeteval/emotion_{part}")
        labels = [MOODS[names[each]] for each in table["label"].to_pylist()]
        found.append(Examples.of(_quoted(table), labels, "moods", felt=True))
    return reduce(add, found)


def _twitch(data: Path) -> Examples:
    table = _table(data, "twitch_emote_sentiment/labelled")
    return Examples.of(table["message"].to_pylist(), table["sentiment"].to_pylist(), "twitch")


def _quoted(table: Any) -> list[str]:
    """Without what the set writes instead of names and links."""
    return [each.replace("@user", "").strip() for each in table["text"].to_pylist()]


_READERS = {
    "chnsenticorp": _chnsenticorp,
    "waimai": _waimai,
    "shop": _shop,
    "weibo": _weibo,
    "tweets": _tweets,
    "moods": _moods,
    "twitch": _twitch,
}


def _once(examples: Examples) -> Examples:
    """The first of equal texts; a text that several labels claim goes out."""
    claims: dict[str, set[int]] = {}
    for text, label in zip(examples.texts, examples.labels.tolist(), strict=True):
        claims.setdefault(text.strip(), set()).add(label)
    seen: set[str] = set()
    kept = np.zeros(len(examples), np.bool_)
    for n, text in enumerate(examples.texts):
        bare = text.strip()
        kept[n] = bare not in seen and len(claims[bare]) == 1 and bool(bare)
        seen.add(bare)
    return examples.where(kept)


def without_shared(examples: Examples, measured: Examples, run: int = RUN) -> Examples:
    """Those that share neither ``run`` characters in a row nor the whole text with the measured."""
    inside = _runs(measured.texts, run)
    whole = {text.strip() for text in measured.texts}
    kept = [
        text.strip() not in whole and not (_runs((text,), run) & inside) for text in examples.texts
    ]
    return examples.where(np.array(kept, np.bool_))


def _runs(texts: tuple[str, ...], run: int) -> set[int]:
    found: set[int] = set()
    for text in Codepoints.of(texts).folded().texts():
        bare = "".join(text.split())
        found.update(hash(bare[at : at + run]) for at in range(len(bare) - run + 1))
    return found

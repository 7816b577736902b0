"""How well labels of topics read, by written rules; and whether a planted one is found.

A label that is shown (the largest topics of a room, `SHOWN_FROM` messages at least) is *bad* if

- cut: in more than half of its places it does not begin and end with words of the segmenter;
- open: in `EXTENDED` of its places the same telling word stands before it, or after it, in the
  same utterance (the peak of the distribution whose entropy Jin and Tanaka-Ishii 2006 use);
- dull: its first or last word is a function word or a filler, unless people say the whole of it
  as an utterance of its own and it holds another word; or it has no other word;
- address: it stands mostly in links or behind @;
- double: a larger one shown is the same but for case and a plural s;
- piece: a larger one shown has it as whole words inside it, or it has that one, and half of its
  topic's messages hold both;
- form: in its topic's messages another form (case, width) is twice as frequent.

It is *weak* if it is none of these and fewer than half of its topic's messages hold it (a plural
s left out), or the share inside its topic is not twice that outside. Else it is *good*. Stop words
are scikit-learn's, function words the segmenter's parts of speech; fillers were listed by reading
labels of the rooms that are not held out.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
import rjieba
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.topics.stream import TopicStream
from livelore.intelligence.text.codepoints import folded_text
from tests.insight import planted

SHOWN_FROM = 5
FAULTS = ("cut", "open", "dull", "address", "double", "piece", "form")
EXTENDED = 0.7
N_DANMAKU, N_VIDEO, N_CHAT = 40, 8, 15
_FILLERS = """
thank thanks thankyou love like people man guy guys sir bro year years time times day help helped
understand understood good great nice best amazing https http www com really thing things got
watching watch
已经 开始 现在 时候 感觉 觉得 直接 卧槽 离谱 真的 谢谢 兄弟 老师 可以 就是 厉害 牛逼 哈哈
"""
FILLERS = frozenset(_FILLERS.split())
_ODD = "system fire bill mill detail interest cry computer"
ENGLISH = ENGLISH_STOP_WORDS - frozenset(_ODD.split(" "))
"""Without its nouns."""
_FUNCTIONS = "r d p c u uj ul uv ud uz ug y e o"
FUNCTIONS = frozenset(_FUNCTIONS.split(" "))
"""Parts of speech."""
_WORDS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+(?:['’&-][^\W_\u3400-\u9fff]+)*")
_SPLIT = re.compile(r"[^\w\s'’&-]+|\n")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|@\S+")


class _Place(NamedTuple):
    """Where a label stands: as whole words, between which words, as all that is said."""

    is_whole: bool
    before: str
    after: str
    is_all: bool


@cache
def _is_dull(word: str) -> bool:
    if word in FILLERS or word in ENGLISH:
        return True
    if word.isascii():
        return len(word) < 2 and not word.isdigit()
    tags = rjieba.tag(word.encode("utf-8", "replace").decode())
    return len(tags) == 1 and tags[0][1] in FUNCTIONS


def _words(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for match in _WORDS.finditer(text):
        at, run = match.start(), match.group()
        for part in rjieba.cut(run) if "\u3400" <= run[0] <= "\u9fff" else [run]:
            found.append((part, at))
            at += len(part)
    return found


def faults(label: str, written: Sequence[str], shown: Sequence[str]) -> list[str]:
    """What makes a label bad.

    Args:
        label: Of a topic.
        written: Its messages.
        shown: Labels of larger topics.
    """
    name = folded_text(label)
    inside = [folded_text(each) for each in written]
    if not any(name in text for text in inside):
        name = _one(name)
    places: list[_Place] = []
    n_address = 0
    for text in inside:
        kept = _ADDRESS.sub("\n", text)
        n_address += name in text and name not in kept
        places += [_place(name, part) for part in _SPLIT.split(kept) if name in part]
    seen = {
        "form": _is_rare_form(label, written),
        "address": n_address > len(places),
        "cut": 2 * sum(each.is_whole for each in places) < len(places) or not places,
        "open": _is_open(places),
        "dull": _has_dull(name, places),
        "double": any(_one(folded_text(each)) == _one(name) for each in shown),
        "piece": any(_is_piece(name, folded_text(each), inside) for each in shown),
    }
    return [fault for fault in FAULTS if seen[fault]]


def _is_open(places: Sequence[_Place]) -> bool:
    """The same telling word stands nearly always before, or after."""
    for side in ("before", "after"):
        for word, times in Counter(getattr(each, side) for each in places).most_common(1):
            if word and times >= EXTENDED * len(places) and not _is_dull(word):
                return True
    return False


def _has_dull(name: str, places: Sequence[_Place]) -> bool:
    """Function words or fillers at its edges, or nothing else."""
    words = [word for word, _ in _words(name)]
    if all(map(_is_dull, words)):
        return True
    is_said = 2 * sum(each.is_all for each in places) >= len(places)
    return not is_said and (_is_dull(words[0]) or _is_dull(words[-1]))


def _is_piece(name: str, other: str, inside: Sequence[str]) -> bool:
    longer, shorter = sorted((other, name), key=len, reverse=True)
    if _one(longer) == _one(shorter):
        return False
    runs = [f" {' '.join(word for word, _ in _words(each))} " for each in (shorter, longer)]
    return runs[0] in runs[1] and 2 * sum(longer in text for text in inside) >= len(inside)


def _place(name: str, part: str) -> _Place:
    at = part.find(name)
    end = at + len(name) + (name.isascii() and part[at + len(name) :].startswith("s"))
    words = _words(part)
    begins = any(place == at for _, place in words)
    ends = any(place + len(word) == end for word, place in words)
    before = next((word for word, place in reversed(words) if place < at), "")
    after = next((word for word, place in words if place + len(word) > end), "")
    return _Place(begins and ends, before, after, part.strip() == name)


def _is_rare_form(label: str, written: Sequence[str]) -> bool:
    pattern = re.compile(re.escape(label), re.IGNORECASE)
    forms = Counter(match.group() for text in written if (match := pattern.search(text)))
    return bool(forms) and max(forms.values()) > 2 * forms[label]


def _one(name: str) -> str:
    return name[:-1] if name.isascii() and name.endswith("s") and len(name) > 3 else name


def judged(messages: Messages, k: int) -> list[dict[str, Any]]:
    """The largest topics of a room with grades, largest first."""
    stream = TopicStream()
    found = stream.add(messages)
    texts = np.array(messages.folded_texts, object)
    written = np.array(messages.texts, object)
    sizes: Counter[int] = Counter(found[found >= 0].tolist())
    rows: list[dict[str, Any]] = []
    for number, size in sorted(sizes.items(), key=lambda each: (-each[1], each[0])):
        topic = stream.topics.get(number)
        if len(rows) == k or size < SHOWN_FROM or topic is None:
            continue
        inside = texts[found == number].tolist()
        name = folded_text(topic.label)
        name = _one(name)
        coverage = sum(name in text for text in inside) / size
        outside = texts[found != number]
        rest = sum(name in text for text in outside.tolist()) / max(len(outside), 1)
        wrong = faults(
            topic.label, written[found == number].tolist(), [each["label"] for each in rows]
        )
        is_weak = coverage < 0.5 or coverage < 2 * rest
        rows.append(
            {
                "label": topic.label,
                "n": size,
                "coverage": coverage,
                "wrong": wrong,
                "grade": "bad" if wrong else "weak" if is_weak else "good",
            }
        )
    return rows


def figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Shares of grades and of each fault; mean coverage, by labels."""
    n = max(len(rows), 1)
    wrong = Counter(each for row in rows for each in row["wrong"])
    table: dict[str, Any] = {"labels": len(rows)}
    for grade in ("good", "weak", "bad"):
        table[grade] = round(sum(row["grade"] == grade for row in rows) / n, 3)
    table["coverage"] = round(sum(row["coverage"] for row in rows) / n, 3)
    return table | {each: round(wrong[each] / n, 3) for each in FAULTS}


def planted_right(n_rooms: int) -> dict[str, float]:
    """Shares of wanted labels found, and of those shown that were wanted; seeds from 100 on."""
    n_right = n_wanted = n_shown = 0
    for language in ("zh", "en"):
        for seed in range(n_rooms):
            messages, begins = planted.room(language, 100 + seed)
            stream = TopicStream()
            stream.add(messages)
            labels = {each.label for each in stream.topics.values()}
            n_right += len(labels & set(begins))
            n_wanted += len(begins)
            n_shown += len(stream.topics)
    return {"right": round(n_right / n_wanted, 3), "shown_right": round(n_right / n_shown, 3)}


def real_rooms(data: Path) -> dict[str, list[tuple[Messages, int]]]:
    """Rooms of public sets by name, each with how many topics are shown.

    Comments have no times and are read in the order given. The first ten videos were looked at
    when labels were made; the other ten were not.
    """
    found: dict[str, list[tuple[Messages, int]]] = {}
    path = data / "bilibili_lpl_danmaku" / "final_full.parquet"
    if path.exists():
        table = pq.read_table(path)
        texts = [each or "" for each in table["text"].to_pylist()]
        found["danmaku"] = [(Messages.of(texts, table["t_video_s"].to_numpy()), N_DANMAKU)]
    path = data / "youleqd" / "comments.parquet"
    if path.exists():
        by_video: dict[str, list[str]] = {}
        table = pq.read_table(path, columns=["vid", "comment"])
        for video, text in zip(table["vid"].to_pylist(), table["comment"].to_pylist(), strict=True):
            by_video.setdefault(video, []).append(text or "")
        order = sorted(by_video, key=lambda each: (-len(by_video[each]), each))
        for name, first in (("comments", 0), ("comments held out", 20)):
            found[name] = [(Messages.of(by_video[each]), N_VIDEO) for each in order[first:400:40]]
    path = data / "twitch_emote_sentiment" / "labelled.parquet"
    if path.exists():
        table = pq.read_table(path).sort_by("date")
        found["chat"] = [(Messages.of(table["message"].to_pylist()), N_CHAT)]
    return found

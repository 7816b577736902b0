"""A made site in the article's files: segments and tastes that are planted, of any size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

LABELS = ("maths", "programming", "english", "music", "history", "physics", "art", "business")
TITLES = ("基础", "直觉", "练习", "答疑", "入门", "进阶", "实战", "复习")
KINDS = ((600, 0.3, 0), (5_400, 0.5, 40), (2_400, 4.0, 15), (9_000, 1.5, 400))
"""Of users: seconds watched, acts a minute, money."""
SHARES = (0.45, 0.25, 0.2, 0.1)
MESSAGES = (
    "老师讲得真好",
    "这里没听懂，能再讲一遍吗？",
    "声音太小了",
    "哈哈哈哈",
    "what is the chain rule?",
    "great explanation, thanks!",
    "作业什么时候交？",
    "画面卡住了",
    "666",
    "例题在第几页",
    "导数为什么等于斜率？",
    "太快了跟不上",
)
BEGIN, DAYS = 1_767_225_600, 30
AT_ONCE = 250_000


@dataclass(frozen=True)
class Size:
    """How much of everything.

    Attributes:
        users: In behaviour.
        contents: In the catalogue.
        messages: In the chat.
        visits: Rows of behaviour a user; 0: the article's form, one row a user, without contents.
    """

    users: int
    contents: int
    messages: int
    visits: int = 0


def write(folder: Path, size: Size, seed: int = 0) -> np.ndarray:
    """Write the three files; gives the planted kind of each user, shape (n_users,)."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(len(KINDS), size.users, p=SHARES)
    tastes = rng.integers(0, len(LABELS), size.users)
    of_content = rng.integers(0, len(LABELS), size.contents)
    _write(folder / "content_labels.csv", [_contents(of_content, rng)])
    maker = _visits if size.visits else _rows
    parts = (
        maker(
            np.arange(begin, min(begin + AT_ONCE, size.users)),
            (kinds, tastes),
            of_content,
            size,
            rng,
        )
        for begin in range(0, size.users, AT_ONCE)
    )
    _write(folder / "user_behavior.csv", parts)
    chat = (
        _chat(min(AT_ONCE, size.messages - begin), begin, size, rng)
        for begin in range(0, size.messages, AT_ONCE)
    )
    _write(folder / "chat_messages.csv", chat)
    return kinds


def _write(path: Path, parts: Any) -> None:
    writer = None
    for part in parts:
        writer = writer or pacsv.CSVWriter(
            path, part.schema, write_options=pacsv.WriteOptions(quoting_style="needed")
        )
        writer.write_table(part)
    if writer is not None:
        writer.close()


def _contents(of_content: Any, rng: Any) -> Any:
    n = len(of_content)
    names = [LABELS[each] for each in of_content]
    return pa.table(
        {
            "content_id": [f"c{place}" for place in range(n)],
            "label": [
                f"{name}|exam" if often else name
                for name, often in zip(names, rng.random(n) < 0.2, strict=True)
            ],
            "title": [
                f"{name.capitalize()} {TITLES[place % 8]} {place // 8 + 1}"
                for place, name in enumerate(names)
            ],
        }
    )


def _measures(kinds: Any, rng: Any) -> dict[str, Any]:
    middle = np.array(KINDS, np.float64)[kinds]
    n = len(kinds)
    return {
        "watch_time": np.round(middle[:, 0] * rng.gamma(9, 1 / 9, n)),
        "interaction_freq": np.round(middle[:, 1] * rng.gamma(9, 1 / 9, n), 3),
        "purchase_amount": np.round(middle[:, 2] * rng.gamma(4, 1 / 4, n), 2),
    }


def _rows(users: Any, drawn: Any, _of_content: Any, _size: Size, rng: Any) -> Any:
    return pa.table({"user_id": users, **_measures(drawn[0][users], rng)})


def _visits(users: Any, drawn: Any, of_content: Any, size: Size, rng: Any) -> Any:
    owners = np.repeat(users, rng.integers(1, 2 * size.visits, len(users)))
    kinds, tastes = drawn[0][owners], drawn[1][owners]
    n = len(owners)
    order = np.argsort(of_content, kind="stable")
    begins = np.searchsorted(of_content[order], np.arange(len(LABELS) + 1))
    wide = begins[tastes + 1] - begins[tastes]
    own = order[
        np.minimum(begins[tastes] + (wide * rng.random(n) ** 2).astype(int), size.contents - 1)
    ]
    other = (size.contents * rng.random(n) ** 2).astype(int)
    items = np.where(rng.random(n) < 0.75, own, other)
    found = _measures(kinds, rng)
    visits = np.maximum(1, np.bincount(owners, minlength=size.users)[owners])
    found["watch_time"] = np.round(found["watch_time"] / visits)
    found["purchase_amount"] = np.round(found["purchase_amount"] / visits, 2)
    names = pa.array([f"c{place}" for place in range(size.contents)])
    return pa.table(
        {
            "user_id": owners,
            "content_id": pa.DictionaryArray.from_arrays(
                items.astype(np.int32), names
            ).dictionary_decode(),
            "timestamp": BEGIN + rng.integers(0, DAYS * 86_400, n),
            **found,
        }
    )


def _chat(n: int, begin: int, size: Size, rng: Any) -> Any:
    texts = pa.array(MESSAGES).take(pa.array(rng.integers(0, len(MESSAGES), n)))
    ids = np.arange(begin, begin + n)
    at = BEGIN + (ids * (DAYS * 86_400) // max(1, size.messages))
    return pa.table(
        {
            "message_id": ids,
            "user_id": rng.integers(0, size.users, n),
            "content_id": pa.array([f"c{place}" for place in rng.integers(0, size.contents, n)]),
            "timestamp": at,
            "chat_content": texts,
        }
    )

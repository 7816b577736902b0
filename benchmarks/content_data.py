"""Items with content for the content bench: MovieLens-1M, MOOCCubeX, or small made sets."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from livelore.intelligence.recommend.data import Interactions, Items, Users

YEARS = np.arange(1916, 2002, 2)
YEAR_SPREAD = 2.5
LISTED = {
    "director": "director",
    "writer": "writer",
    "actors": "actor",
    "production_countries": "country",
    "original_language": "language",
}
"""Columns of lists by the kind that they become; votes are left out, they are behaviour."""
COURSE_KINDS = {
    "fields": "field",
    "school_ids": "school",
    "teacher_ids": "teacher",
    "key_concepts": "concept",
}
HELD_MIN = 2
"""Items that must share a name for it to be a label."""


def movies(folder: Path) -> tuple[str, Interactions, Items, Users]:
    """All events of ML-1M with genres, year, people, countries, title and outline; portraits."""
    if not (folder / "movies_extended.parquet").is_file():
        return ("made", *made(1))
    pairs = pq.read_table(folder / "pairs_all.parquet")
    events = Interactions.of(pairs["user"].to_numpy(), pairs["movie"].to_numpy())
    table = pq.read_table(folder / "movies_extended.parquet").to_pydict()
    row_of = {movie: row for row, movie in enumerate(table["MovieID"])}
    rows = [row_of[int(movie)] for movie in events.item_ids]
    columns = {name: [each[row] or "" for row in rows] for name, each in table.items()}
    named = {"genre": [each.split("|") for each in columns["Genres"]]}
    named["genres"] = [[each] for each in columns["Genres"]]
    for column, kind in LISTED.items():
        named[kind] = [_names(each) for each in columns[column]]
    titles = [re.sub(r"\(\d+\)", "", each) for each in columns["Title"]]
    named["title"] = [_pieces(each) for each in titles]
    labels, names = labelled(named)
    years = np.array(columns["Year"], float)
    near = np.exp(-0.5 * ((years[:, None] - YEARS) / YEAR_SPREAD) ** 2)
    near[near < 1e-3] = 0
    labels = sp.hstack([labels, sp.csr_matrix(near)], format="csr")
    names += tuple(f"year:{year}" for year in YEARS)
    items = Items(events.item_ids, labels, names, tuple(columns["overview"]))
    return "ml1m", events, items, portraits(folder, events)


def portraits(folder: Path, events: Interactions) -> Users:
    """Gender, age and occupation, one column a value."""
    table = pq.read_table(folder / "users.parquet").to_pandas().set_index("user")
    known = table.loc[events.user_ids]
    columns, names = [], []
    for name in ("gender", "age", "occupation"):
        for value in sorted(set(known[name])):
            columns.append((known[name] == value).to_numpy(np.float32))
            names.append(f"{name}:{value}")
    return Users(events.user_ids, np.stack(columns, axis=1), tuple(names))


def courses(folder: Path) -> tuple[Interactions, Interactions, Items] | None:
    """MOOCCubeX as given: training events, test events, courses; None where it is not there."""
    if not (folder / "courses.parquet").is_file():
        return None
    table = pq.read_table(folder / "courses.parquet").sort_by("mapped_id").to_pydict()
    named = {
        kind: [list(each) if each is not None else [] for each in table[column]]
        for column, kind in COURSE_KINDS.items()
    }
    titles = [each or "" for each in table["name"]]
    named["title"] = [_pieces(each, 2, 3) for each in titles]
    labels, names = labelled(named)
    about = tuple(f"{name} {each or ''}" for name, each in zip(titles, table["about"], strict=True))
    ids = np.arange(len(about))
    parts = [pq.read_table(folder / f"{part}.parquet") for part in ("train", "test")]
    users = [each["user"].to_numpy() for each in parts]
    known = np.arange(max(int(each.max()) for each in users) + 1)
    train, test = (
        Interactions.of(user, each["item"].to_numpy(), user_ids=known, item_ids=ids)
        for user, each in zip(users, parts, strict=True)
    )
    return train, test, Items(ids, labels, names, about)


def labelled(named: dict[str, list[list[str]]]) -> tuple[Any, tuple[str, ...]]:
    """Lists of names by kind as one matrix of labels with their names."""
    parts, names = [], []
    for kind, lists in named.items():
        counts: dict[str, int] = {}
        for each in lists:
            for name in set(each):
                counts[name] = counts.get(name, 0) + 1
        kept = sorted(name for name, count in counts.items() if count >= HELD_MIN)
        code = {name: n for n, name in enumerate(kept)}
        pairs = {(row, code[n]) for row, each in enumerate(lists) for n in each if n in code}
        places = np.array(sorted(pairs), int).reshape(-1, 2).T
        ones = np.ones(places.shape[1], np.float32)
        parts.append(sp.csr_matrix((ones, tuple(places)), shape=(len(lists), len(kept))))
        names += [f"{kind}:{name}" for name in kept]
    return sp.hstack(parts, format="csr"), tuple(names)


def _names(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"[|,]", text) if each.strip()]


def _pieces(title: str, shortest: int = 3, longest: int = 5) -> list[str]:
    """Runs of characters in the words of a title: sequels share them."""
    padded = " ".join(title.lower().split())
    words = [f" {word} " for word in padded.split(" ")]
    sizes = range(shortest, longest + 1)
    return [
        word[n : n + size] for word in words for size in sizes for n in range(len(word) - size + 1)
    ]


def made(seed: int, n_users: int = 300, n_items: int = 160) -> tuple[Interactions, Items, Users]:
    """Tastes for labels that follow from portraits: enough to see every model work."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n_items, 8)) < 0.2).astype(np.float32)
    labels[np.arange(n_items), rng.integers(0, 8, n_items)] = 1
    traits = rng.normal(size=(n_users, 4)).astype(np.float32)
    taste = traits @ rng.normal(size=(4, 8))
    scores = taste @ labels.T + rng.normal(size=n_items) + rng.gumbel(size=(n_users, n_items))
    chosen = np.argsort(-scores, axis=1)[:, :25]
    users, ids = np.repeat(np.arange(n_users), 25), np.arange(n_items)
    events = Interactions.of(users, chosen.ravel(), item_ids=ids)
    names = tuple(f"concept:{n}" for n in range(8))
    words = tuple(" ".join(f"word{n}" for n in np.flatnonzero(row)) for row in labels)
    items = Items(ids, sp.csr_matrix(labels), names, words)
    return events, items, Users(events.user_ids, traits)

"""What content is worth: new films, new viewers, and courses with their words and concepts.

New items: a random quarter of the films of MovieLens-1M has no event in training; users come with
their histories on the others and only the unseen films are ranked. New users: a fifth of the users
is unknown but for a portrait and at most three events. Courses: MOOCCubeX as given, all courses
ranked, in two stages: a blend gives candidates, trees over all models' scores rank them. Options
and blend weights were chosen on a quarter (tenth) cut from training in the same
way, with another seed; the test parts are read by this run alone. Without the data set
a small made one stands in.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, goal, say
from benchmarks.content_data import courses, made, movies
from livelore.intelligence.recommend.candidates.cold import ColdItems
from livelore.intelligence.recommend.candidates.content import ContentKNN, ContentScorer
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.candidates.gfcf import GFCF
from livelore.intelligence.recommend.candidates.hybrid import PortraitHybrid
from livelore.intelligence.recommend.candidates.neighbours import ItemKNN
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.candidates.side import ContentEASE
from livelore.intelligence.recommend.data import Histories, Interactions, Items, Users
from livelore.intelligence.recommend.metrics.accuracy import Accuracy, accuracy
from livelore.intelligence.recommend.metrics.intervals import difference_interval
from livelore.intelligence.recommend.rankers.blend import Blend
from livelore.intelligence.recommend.rankers.booster import Booster
from livelore.intelligence.recommend.rankers.learned import LearnedRanker
from livelore.intelligence.recommend.scorer import Scorer
from livelore.intelligence.recommend.splits import Split, cold_items, cold_users, random_holdout

QUICK: dict[str, Any] = {"data": Path("made")}
"""No such folder: the small made sets."""
K = 20
N_KNOWN = 3
"""Events at most that a new user has."""
FILM_WEIGHTS = {
    "genre": 1.0,
    "genres": 0.2,
    "year": 1.0,
    "director": 0.5,
    "writer": 0.2,
    "actor": 0.5,
    "country": 0.3,
    "language": 0.3,
    "title": 0.2,
    "text": 0.3,
}
FEW_WEIGHTS = dict.fromkeys(FILM_WEIGHTS, 0.0) | {"genre": 1.0, "year": 1.0, "title": 0.5}
"""What the films' own table has: the content of the bar."""
COURSE_WEIGHTS = {
    "title": 0.5,
    "concept": 0.5,
    "teacher": 0.3,
    "school": 0.2,
    "field": 0.2,
    "text": 2.0,
}
TEXT_ONLY = dict.fromkeys(COURSE_WEIGHTS, 0.0) | {"text": 1.3, "title": 0.3}
COURSE_EASE = ContentEASE(300.0, 0.6, content=120.0, weights=COURSE_WEIGHTS)


LINKS_MAX = 3_000
"""Neighbours kept where links are features: all, in a catalogue of this size."""
BLENDED = {
    "content_ease": 1.0,
    "text_ease": 0.1,
    "gfcf": 0.3,
    "low_pass": 0.1,
    "rp3beta": 0.05,
    "ials": -0.3,
    "cosine": 0.0,
    "common": 0.0,
    "alike": 0.0,
}
"""Weights in the blend that gives the candidates; 0: only told to the trees."""


def course_ranker(seed: int) -> LearnedRanker:
    """Blend, then trees."""
    scorers: dict[str, Scorer] = {
        "content_ease": replace(COURSE_EASE),
        "text_ease": replace(COURSE_EASE, weights=TEXT_ONLY),
        "gfcf": GFCF(n_factors=64, low_pass=2.0),
        "low_pass": GFCF(n_factors=96, neighbours=False),
        "rp3beta": RP3Beta(),
        "ials": IALS(n_factors=128, n_epochs=6),
        "cosine": ContentScorer(COURSE_WEIGHTS),
        "common": ItemKNN(LINKS_MAX),
        "alike": ContentKNN(LINKS_MAX),
    }
    trees = Booster("binary", n_trees=200, min_rows=300, column_share=0.7, row_share=0.8, seed=seed)
    return LearnedRanker(
        scorers,
        trees,
        weights=BLENDED,
        links=("content_ease", "common", "alike"),
        pool=150,
        holdout="random",
        users_max=None,
        seed=seed,
    )


def cold_models() -> dict[str, Scorer]:
    """For new items."""
    return {
        "content cosine": ContentScorer(FILM_WEIGHTS),
        "iALS factors from genre, year, title": ColdItems(
            IALS(), FEW_WEIGHTS, power=1.0, touched=0.0
        ),
        "iALS factors from all content": ColdItems(IALS(), FILM_WEIGHTS, touched=0.0),
        "factors and history from all content": ColdItems(weights=FILM_WEIGHTS),
    }


def run(*, data: Path = DATA, seed: int = 0) -> dict[str, Any]:
    """Measure all three.

    Args:
        data: Folder with `ml1m` and `mooccubex_enrol`; small made sets where it is not there.
        seed: Of splits.
    """
    name, events, films, people = movies(data / "ml1m")
    found = courses(data / "mooccubex_enrol")
    say(f"content: {name}, {len(events):,} events; new items")
    cold = new_items(events, films, seed)
    say("content: new users")
    users = new_users(events, films, people, seed)
    say("content: courses")
    if found is None:
        whole, catalogue, _ = made(2)
        split = random_holdout(whole, 0.2, seed)
        found = split.train, split.test, catalogue
    taught = course_lists(*found, seed)
    tables = {"new_items": cold, "new_users": users, "courses": taught}
    return {"data": name, "goals": _goals(tables), "wrong": _wrong(tables), **tables}


def new_items(events: Interactions, films: Items, seed: int) -> dict[str, Any]:
    """Only films without an event are ranked."""
    split = cold_items(events, 0.25, seed)
    return {label: ranked_unseen(split, films, model) for label, model in cold_models().items()} | {
        "unseen": len(np.unique(split.test.items)),
        "users": len(split.test_users),
    }


def ranked_unseen(split: Split, films: Items, model: Scorer) -> dict[str, float]:
    """Fit, and rank the unseen for every user who touched one."""
    begin = time.process_time()
    model.fit(split.train, films)
    unseen = np.bincount(split.test.items, minlength=len(films)) > 0
    rows = split.test_users
    asked = split.train.histories.take(rows)
    lists = model.top(asked, K, available=unseen)[0]
    judged = accuracy(lists, split.test.matrix[rows], K).means
    return _row(judged) | {"cpu_s": round(time.process_time() - begin, 1)}


def new_users(events: Interactions, films: Items, people: Users, seed: int) -> dict[str, Any]:
    """The hybrid beside its parents, on users unknown but for a portrait and a few events."""
    split = cold_users(events, 0.2, seed)
    rows = split.test_users
    known = split.held.histories.take(rows)
    first = np.flatnonzero(known.positions < N_KNOWN)
    sizes = np.minimum(np.diff(known.indptr), N_KNOWN)
    asked = Histories(
        np.concatenate([[0], np.cumsum(sizes)]),
        known.items[first],
        known.weights[first],
        known.n_items,
        users=rows,
    )
    test = split.test.matrix[rows]
    models = {
        "popularity": Popularity(),
        "content cosine": ContentScorer(FILM_WEIGHTS),
        "portrait hybrid": PortraitHybrid(weights=FILM_WEIGHTS),
    }
    judged = {
        label: accuracy(model.fit(split.train, films, people).top(asked, K)[0], test, K)
        for label, model in models.items()
    }
    parent = max((judged[name] for name in list(models)[:2]), key=_ndcg)
    gap = difference_interval(judged["portrait hybrid"].ndcg, parent.ndcg, seed)
    base = _ndcg(parent)
    return {label: _row(each.means) for label, each in judged.items()} | {
        "gain_percent": round(100 * (_ndcg(judged["portrait hybrid"]) / base - 1), 2),
        "gain_interval": [round(100 * each / base, 2) for each in (gap.low, gap.high)],
    }


def course_lists(
    train: Interactions, test: Interactions, catalogue: Items, seed: int
) -> dict[str, Any]:
    """Each scorer alone, their blend, and trees over it that learnt from a tenth of training."""
    begin = time.process_time()
    ranker = course_ranker(seed).fit(train, catalogue)
    taken = time.process_time() - begin
    names = [name for name, weight in BLENDED.items() if weight]
    blend = Blend(
        tuple(ranker.scorers[each] for each in names), tuple(BLENDED[each] for each in names)
    )
    models = {**ranker.scorers, "popularity": Popularity().fit(train), "blend": blend}
    rows = {label: _listed(each, train, test) for label, each in models.items()}
    rows["ranked"] = _listed(ranker, train, test) | {"fit_cpu_s": round(taken, 1)}
    return rows | {"features": ranker.importances}


def _listed(scorer: Scorer, train: Interactions, test: Interactions) -> dict[str, float]:
    return _row(accuracy(scorer.top(train.histories, K)[0], test.matrix, K).means)


def _ndcg(judged: Accuracy) -> float:
    return judged.means["ndcg"]


def _row(means: dict[str, float]) -> dict[str, float]:
    return {"recall": round(means["recall"], 5), "ndcg": round(means["ndcg"], 5)}


def _wrong(tables: dict[str, dict[str, Any]]) -> list[str]:
    """What content must never do."""
    cold, users = tables["new_items"], tables["new_users"]
    found = []
    if cold["factors and history from all content"]["ndcg"] <= 0:
        found.append("no unseen item was found by its content")
    if users["portrait hybrid"]["ndcg"] < users["popularity"]["ndcg"]:
        found.append("the hybrid is worse than popularity for new users")
    return found


def _goals(tables: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    cold = tables["new_items"]["factors and history from all content"]["ndcg"]
    taught = tables["courses"]["ranked"]
    return [
        goal("nDCG@20 among unseen films", cold, -0.29),
        goal(
            "nDCG@20 gained on new users by the hybrid",
            tables["new_users"]["gain_percent"],
            -10.0,
            "%",
        ),
        goal("recall@20, courses, content and concepts included", taught["recall"], -0.158),
        goal("nDCG@20, courses, content and concepts included", taught["ndcg"], -0.166),
    ]

"""MovieLens-100K under one cut in time for all: who foretells what people do next month.

Ways are compared at eight earlier cuts, each fitted on what was before it alone; the way with the
highest mean gain over the better single model is asked at the two test cuts, once.
"""

import calendar
import time
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from benchmarks import recommend_data as data
from benchmarks.common import DATA, goal, say
from livelore.intelligence.recommend.candidates.content import ContentScorer
from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.candidates.leaning import Leaning
from livelore.intelligence.recommend.candidates.newness import DAY_S, START, Newness
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.trending import Trending
from livelore.intelligence.recommend.data import Interactions, Items
from livelore.intelligence.recommend.metrics.intervals import difference_interval
from livelore.intelligence.recommend.rankers.blend import standardised
from livelore.intelligence.recommend.rankers.foretold import (
    foretold_blend,
    learnt_weights,
    moments_of,
)
from livelore.intelligence.recommend.scorer import Scorer

EARLIER = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75)
TEST = (0.8, 0.9)
MEMBERS: dict[str, Scorer] = {
    "EASE": EASE(800.0, 0.0),
    "EASE over popularity": Trending(EASE(800.0, 0.0), 0.75, 0.0),
    "IALS": IALS(32),
    "14 days": Popularity(window_s=14 * DAY_S),
    "60 days": Popularity(window_s=60 * DAY_S),
    "all time": Popularity(),
    "who comes back": Popularity(half_life_s=7 * DAY_S, returning_s=DAY_S),
    "new": Newness(30 * DAY_S),
    "year": Newness(730 * DAY_S, START),
    "genres": ContentScorer(),
    "leaning": Leaning(),
}
"""What the blends are made of."""
FEW = ("EASE", "EASE over popularity", "IALS", "14 days", "60 days", "all time")
NO_CONTENT = (*FEW, "who comes back", "new")
MOST = (*NO_CONTENT, "year", "leaning")


@dataclass(frozen=True)
class Way:
    """A blend of members with learnt weights.

    Attributes:
        members: Names in `MEMBERS`.
        reg: Of `foretold_blend`.
    """

    members: tuple[str, ...]
    reg: float = 0.01


WAYS = {
    "taste and popularity": Way(FEW),
    "and who comes back": Way((*FEW, "who comes back")),
    "and what is new": Way(NO_CONTENT),
    "and year of release": Way((*NO_CONTENT, "year")),
    "and genres, by cosine": Way((*NO_CONTENT, "year", "genres")),
    "or genres, by leaning": Way(MOST),
    "the same, reg .003": Way(MOST, 0.003),
    "the same, reg .03": Way(MOST, 0.03),
    "the same without who comes back": Way((*FEW, "new", "year", "leaning")),
    "the same without IALS": Way(tuple(name for name in MOST if name != "IALS")),
}
"""What was tried; the one with the highest mean at the earlier cuts is asked at the test cuts."""


def singles() -> dict[str, Scorer]:
    """What has to be beaten; the best of them at each cut is taken, test cuts included."""
    found: dict[str, Scorer] = {f"EASE {reg:g}": EASE(reg, 0.0) for reg in (200.0, 800.0)}
    for share in (0.03, 0.05, 0.1):
        found[f"popularity of the last {share:.0%}"] = Popularity(window_share=share)
    return found


def trendings() -> dict[str, Scorer]:
    """EASE without old popularity, times the recent one: two numbers to choose."""
    return {
        f"Trending, weight {weight:g}, {share:.0%}": Trending(EASE(200.0, 0.0), 0.75, weight, share)
        for weight in (1.0, 3.0)
        for share in (0.05, 0.1)
    }


def known_items(events: Interactions) -> Items:
    """Genres, and the first of January of the year of release; by the codes of the events."""
    table = pq.read_table(DATA / "ml100k" / "movies.parquet").to_pydict()
    row = {item: n for n, item in enumerate(table["item_id"])}
    rows = [row[int(item)] for item in events.item_ids]
    genres = [(table["class"][n] or "").split() for n in rows]
    names = sorted({name for each in genres for name in each})
    labels = np.array([[name in each for name in names] for each in genres], np.float32)
    starts = [_start(table["release_year"][n]) for n in rows]
    return Items(events.item_ids, sp.csr_matrix(labels), tuple(names), starts_at=np.array(starts))


def _start(year: str | None) -> float:
    if year is None or not year.isdecimal():
        return float("nan")
    return float(calendar.timegm((int(year), 1, 1, 0, 0, 0)))


def earlier_gains() -> dict[str, list[float]]:
    """By way: how far above the better single model at each earlier cut, in percent."""
    events = data.ml100k()
    items = known_items(events)
    found: dict[str, list[float]] = {}
    for at in EARLIER:
        part = data.between(events, at, min(at + 0.1, TEST[0]))
        asked = part.whole
        bar = max(asked.of(each.fit(part.train)).means["ndcg"] for each in singles().values())
        values = {
            n: asked.of(each.fit(part.train)).means["ndcg"] for n, each in trendings().items()
        }
        values |= blended(part, asked, items)
        for name, value in values.items():
            found.setdefault(name, []).append(round(100 * (value / bar - 1), 1))
        say(f"cut at {at}: {[f'{name} {each[-1]:+}' for name, each in found.items()]}")
    return found


def blended(part: data.Part, asked: data.Asked, items: Items) -> dict[str, float]:
    """nDCG@20 of every way, members fitted once: as `foretold_blend` would give it."""
    moments = moments_of(list(MEMBERS.values()), part.train, items)
    scores = [
        standardised(deepcopy(each).fit(part.train, items).scores(asked.histories))
        for each in MEMBERS.values()
    ]
    names = list(MEMBERS)
    found: dict[str, float] = {}
    for name, way in WAYS.items():
        columns = [names.index(member) for member in way.members]
        weights = learnt_weights([each.only(columns) for each in moments], way.reg)
        total: Any = sum(
            np.float32(weight) * scores[n] for weight, n in zip(weights, columns, strict=True)
        )
        found[name] = asked.of_scores(total).means["ndcg"]
    return found


def ml100k() -> tuple[Any, Any]:
    """Choose a way at the earlier cuts, then ask it at the test cuts."""
    started = time.process_time()
    earlier = earlier_gains()
    means = {name: round(float(np.mean(each)), 1) for name, each in earlier.items()}
    chosen = max(WAYS, key=lambda name: means[name])
    table: dict[str, Any] = {"earlier cuts": list(EARLIER), "gain at earlier cuts, %": earlier}
    table |= {"mean gain at earlier cuts, %": means, "chosen": chosen}
    goals = []
    for at in TEST:
        found, rise = tested(WAYS[chosen], at)
        table[f"cut at {at}"] = found
        goals.append(goal(f"ML-100K, cut at {at}, above the better", rise, -15, "%"))
    table["cpu_s"] = round(time.process_time() - started)
    return table, goals


def tested(way: Way, at: float) -> tuple[dict[str, Any], float]:
    """The way and the single models at one test cut; how far it is above the best, percent."""
    events = data.ml100k()
    items = known_items(events)
    part = data.between(events, at, 1.0)
    asked = part.whole
    members = [MEMBERS[name] for name in way.members]
    model = foretold_blend(members, part.train, items, reg=way.reg).fit(part.train, items)
    ours = asked.of(model).ndcg
    found = {name: asked.of(each.fit(part.train)).ndcg for name, each in singles().items()}
    means = {name: float(np.nanmean(each)) for name, each in found.items()}
    best = max(means, key=lambda name: means[name])
    gain = difference_interval(ours, found[best], seed=0)
    weights = zip(way.members, model.weights, strict=True)
    result = {
        "users": len(part.asked),
        "weights": {name: round(weight, 3) for name, weight in weights},
        "ours": round(float(np.nanmean(ours)), 4),
        "singles": {name: round(value, 4) for name, value in means.items()},
        "gain over the best": [round(each, 4) for each in (gain.mean, gain.low, gain.high)],
    }
    return result, round(100 * (float(np.nanmean(ours)) / means[best] - 1), 1)

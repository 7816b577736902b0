"""What variety, tail and fairness cost: lists of 20 on MovieLens-1M, genres as labels.

Warm items (5 users or more), random 80/20 of every user, full ranking, base scorer `EASE` with its
own defaults. Half of the users is the validation part: every option is chosen there, and
their curve is shown; the other half is read once, with the options chosen. Times are CPU
microseconds a user on one core, compiled before.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, goal, say
from benchmarks.rerank_data import K, Side, interactions_of, sides_of
from livelore.intelligence.recommend.data import Items
from livelore.intelligence.recommend.metrics.intervals import difference_interval
from livelore.intelligence.recommend.metrics.variety import intra_list_distance
from livelore.intelligence.recommend.rerankers.diverse import DPP, MMR, Slider
from livelore.intelligence.recommend.rerankers.fairness import ExposureFloor, Guarantee
from livelore.intelligence.recommend.rerankers.hit_rates import HitRates
from livelore.intelligence.recommend.rerankers.labelled import Calibrated, XQuAD
from livelore.intelligence.recommend.rerankers.popularity import PopularityDiscount
from livelore.intelligence.recommend.rerankers.reranker import Reranker
from livelore.intelligence.recommend.rerankers.spread import Spread

QUICK: dict[str, Any] = {"data": Path("made")}
"""No such folder: the small made set."""
N_POOL = 100
VARIETIES = tuple(round(0.02 * n, 2) for n in range(51))
STRENGTHS = (0.0, 0.05, 0.1, 0.12, 0.15, 0.18, 0.2, 0.22, 0.25, 0.3, 0.35, 0.4)
RELEVANCES = (0.9, 0.8, 0.7, 0.6, 0.5)
SAFE = 0.9
"""Of a loss that is allowed: what may be used up on validation."""
ILD_WANTED = 10.3
"""Percent on validation: the least variety with it is chosen, as distance carries over to other
users far more exactly than loss does."""
OWED_SHARE = 0.9
"""Of what an item gets on average: the guarantee to a new host."""


def run(*, data: Path = DATA, seed: int = 2) -> dict[str, Any]:
    """Measure all re-rankers.

    Args:
        data: Folder with `ml1m`; a small made set where it is not there.
        seed: Of splits and draws. Not 1, on which the slider was developed.
    """
    name, interactions, catalogue = interactions_of(data / "ml1m")
    say(f"rerank: {name}, {len(interactions):,} events; fitting")
    validation, test = sides_of(interactions, catalogue, N_POOL, seed)
    rates = HitRates().fit(
        validation.items, validation.scores, validation.histories, validation.test
    )
    discount = PopularityDiscount().fit(test.counts)
    slider = Slider(rates=rates)
    say("rerank: curves on the validation users")
    curves = {
        "slider": _curve(validation, [replace(slider, variety=each) for each in VARIETIES]),
        "mmr": _curve(validation, [MMR(each) for each in RELEVANCES]),
        "mmr_resorted": _curve(validation, [MMR(each, resort=True) for each in RELEVANCES]),
        "dpp": _curve(validation, [DPP(each) for each in (0.98, 0.95, 0.9, 0.8)]),
        "popularity_discount": _curve(
            validation, [_discounted(discount, each) for each in STRENGTHS]
        ),
    }
    chosen = {
        "slider_10_percent": replace(slider, variety=_least(curves["slider"])),
        "slider_3_percent": replace(slider, variety=_best(curves["slider"], "ild_gain", 3.0)),
        "popularity_discount": _discounted(
            discount, _best(curves["popularity_discount"], "tail_times", 0.5)
        ),
        "mmr_1_percent": MMR(_best(curves["mmr"], "ild_gain", 1.0)),
    }
    say("rerank: the test users, once")
    found = {name: _row(test, each, seed) for name, each in chosen.items()}
    deep = HitRates().fit(*validation.with_new(), validation.histories, validation.test)
    bill, fairness = _guaranteed(test, deep, seed)
    return {
        "data": name,
        "goals": _goals(found, fairness),
        "wrong": _wrong(validation, slider, curves["slider"], bill),
        "base_on_test": _rounded(test.figures(test.items[:, :K])),
        "chosen_on_validation_read_on_test": found,
        "guarantee_to_new_hosts": fairness,
        "curves_on_validation": curves,
        "cpu_us_per_user": _times(test, slider, discount),
    }


def _discounted(fitted: PopularityDiscount, strength: float) -> PopularityDiscount:
    found = PopularityDiscount(strength)
    found.counts_ = fitted.counts_
    return found


def _lists(side: Side, reranker: Reranker) -> Any:
    return reranker.rerank(side.items, side.scores, K, side.histories, side.catalogue)[0]


def _row(side: Side, reranker: Reranker, seed: int | None = None) -> dict[str, Any]:
    """Figures of one re-ranker beside the list as ranked."""
    plain = side.items[:, :K]
    lists = _lists(side, reranker)
    before, after = side.figures(plain), side.figures(lists)
    options = {name: each for name, each in reranker.options.items() if name != "rates"}
    row: dict[str, Any] = {"options": options} | _rounded(after)
    row |= {
        "ndcg_loss": round(100 * (1 - after["ndcg"] / before["ndcg"]), 3),
        "ild_gain": round(100 * (after["ild"] / before["ild"] - 1), 2),
        "tail_times": round(after["tail"] / max(before["tail"], 1e-9), 3),
    }
    if seed is not None:
        gap = difference_interval(side.judged(plain).ndcg, side.judged(lists).ndcg, seed)
        ends = [round(100 * each / before["ndcg"], 3) for each in (gap.low, gap.high)]
        row["ndcg_loss_interval"] = ends
    return row


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(each, 5) for name, each in figures.items()}


def _curve(side: Side, rerankers: list[Any]) -> list[dict[str, Any]]:
    return [_row(side, each) for each in rerankers]


def _best(curve: list[dict[str, Any]], figure: str, loss_max: float) -> float:
    """The option of the row with the most of a figure among those that may be used."""
    allowed = [row for row in curve if row["ndcg_loss"] <= SAFE * loss_max] or curve[:1]
    row = max(allowed, key=lambda each: float(each[figure]))
    return float(next(iter(row["options"].values())))


def _least(curve: list[dict[str, Any]]) -> float:
    """The least variety with the distance that is wanted; the most where none has it."""
    enough = [row for row in curve if row["ild_gain"] >= ILD_WANTED] or curve[-1:]
    return float(enough[0]["options"]["variety"])


def _guaranteed(side: Side, rates: HitRates, seed: int) -> tuple[Guarantee, dict[str, Any]]:
    """Each item is a host; the new ones are owed nearly what an item gets on average."""
    n_items, new = len(side.catalogue), side.new
    average = len(side.items) * K / n_items
    owed = np.zeros(n_items, np.int64)
    owed[new] = round(OWED_SHARE * average)
    hosts = Items(
        side.catalogue.ids, labels=side.catalogue.labels, hosts=np.arange(n_items, dtype=np.int32)
    )
    floor = ExposureFloor(tuple(owed.tolist()), places_max=2, rates=rates)
    lists, _, bill = floor.report(*side.with_new(), K, side.histories, hosts)
    plain = side.items[:, :K]
    short_before = _short(plain, new, average)
    short_after = _short(lists, new, average)
    before, after = side.judged(plain), side.judged(lists)
    gap = difference_interval(before.ndcg, after.ndcg, seed)
    base = before.means["ndcg"]
    return bill, {
        "new_hosts": len(new),
        "guaranteed_each": int(owed.max()),
        "report": str(bill),
        "exposure_gap_before": round(short_before, 4),
        "exposure_gap_after": round(short_after, 4),
        "gap_closed": round(100 * (1 - short_after / max(short_before, 1e-9)), 2),
        "ndcg_loss": round(100 * (1 - after.means["ndcg"] / base), 3),
        "ndcg_loss_interval": [round(100 * each / base, 3) for each in (gap.low, gap.high)],
    }


def _short(lists: Any, new: Any, average: float) -> float:
    """Share of their average impressions that new hosts lack, 0 to 1."""
    received = np.bincount(lists[lists >= 0], minlength=int(new.max()) + 1)[new]
    return float(np.maximum(0, 1 - received / average).mean())


def _times(side: Side, slider: Slider, discount: PopularityDiscount) -> dict[str, float]:
    rerankers: list[Reranker] = [
        MMR(0.7),
        DPP(0.9),
        replace(slider, variety=0.4),
        Calibrated(0.5),
        XQuAD(0.7),
        discount,
        Spread(3, 2, by="label"),
    ]
    return {each.name: _cpu_us(side, each) for each in rerankers}


def _cpu_us(side: Side, reranker: Reranker) -> float:
    _lists(side, reranker)  # compiled here, if not before
    begin = time.process_time()
    _lists(side, reranker)
    return round((time.process_time() - begin) / len(side.items) * 1e6, 1)


def _wrong(side: Side, slider: Slider, curve: list[dict[str, Any]], bill: Guarantee) -> list[str]:
    """What a list must never be."""
    found = []
    labels = side.catalogue.labels
    before = np.full(len(side.items), -np.inf)
    for row in curve:
        lists = _lists(side, replace(slider, variety=row["options"]["variety"]))
        now = intra_list_distance(lists, labels)
        if (now < before - 1e-9).any():
            found.append(f"the slider at {row['options']['variety']} made a list less varied")
        before = now
    if (bill.given < np.minimum(bill.owed, bill.before)).any():
        found.append("a host with a guarantee lost impressions that it was owed")
    spread = Spread(3, 2, by="label")
    plain = spread.broken(side.items[:, :K], side.catalogue)
    after = spread.broken(_lists(side, spread), side.catalogue)
    if after > plain:
        found.append(f"spreading broke its law in {after} windows, {plain} before")
    return found


def _goals(found: dict[str, Any], fairness: dict[str, Any]) -> list[dict[str, Any]]:
    one, three = found["slider_10_percent"], found["slider_3_percent"]
    tail = found["popularity_discount"]
    return [
        goal("intra-list distance gained, slider", one["ild_gain"], -10.0, "%"),
        goal("nDCG@20 lost by it", one["ndcg_loss"], 1.0, "%"),
        goal("intra-list distance gained at most variety for 3 %", three["ild_gain"], -30.0, "%"),
        goal("nDCG@20 lost by that", three["ndcg_loss"], 3.0, "%"),
        goal("tail share, popularity discount, times", tail["tail_times"], -1.5),
        goal("nDCG@20 lost by the discount", tail["ndcg_loss"], 0.5, "%"),
        goal("exposure gap of new hosts closed", fairness["gap_closed"], -80.0, "%"),
        goal("nDCG@20 lost by the guarantee", fairness["ndcg_loss"], 2.0, "%"),
    ]

"""Recommendation on published splits: ranking by full lists, fit and serving, beside peers.

Parameters are chosen on a part cut from train (or, where there is time, on an earlier cut), the
test part is read once. CPU seconds of one thread. `--parts` chooses among ml1m, gowalla, ordered,
ml100k, serving, made; LIVELORE_BENCH_DATA names the folder of Parquet files. A part
whose files are not there is listed under ``wrong``.
"""

import errno
import time
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares

from benchmarks import recommend_by_time
from benchmarks import recommend_data as data
from benchmarks.common import at_share, goal, middle, say
from benchmarks.parts import in_parts
from benchmarks.peak import peak_mb
from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.candidates.gfcf import GFCF
from livelore.intelligence.recommend.candidates.neighbours import ItemKNN
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.candidates.sequence import NextItem, aged
from livelore.intelligence.recommend.candidates.spectral import SpectralFilter
from livelore.intelligence.recommend.data import Interactions
from livelore.intelligence.recommend.rankers.blend import coordinate_search, standardised
from livelore.intelligence.recommend.scorer import Scorer
from livelore.intelligence.recommend.serving import Server

QUICK: dict[str, Any] = {"parts": "made"}
ALL = "ml1m,gowalla,ordered,ml100k,serving"
PUBLISHED = {
    "ml1m": {
        "LightGCN": (0.2576, 0.2427),
        "UltraGCN": (0.2787, 0.2642),
        "SimpleX": (0.2802, 0.2670),
    },
    "gowalla": {
        "LightGCN": (0.1830, 0.1554),
        "EASE (BARS)": (0.1765, 0.1467),
        "UltraGCN": (0.1862, 0.1580),
        "SimpleX": (0.1872, 0.1557),
    },
}
"""Recall@20 and nDCG@20 as their authors or BARS publish them."""


def run(parts: str = ALL) -> dict[str, Any]:
    """Parts, one after the other; those not asked for stay as the kept result has them."""
    asked = parts.split(",")
    known = {name: partial(_part, name) for name in PARTS}
    return in_parts("recommend", known, asked, is_kept=asked != ["made"])


def _part(name: str) -> tuple[Any, Any]:
    if name in NEEDS and not (needed := data.DATA / NEEDS[name]).exists():
        raise FileNotFoundError(errno.ENOENT, "a part of the public sets", str(needed))
    return PARTS[name]()


def line(scorer: Scorer, part: data.Part) -> dict[str, Any]:
    """Fit one model and judge it by the test part."""
    started = time.process_time()
    scorer.fit(part.train)
    fit_s = time.process_time() - started
    means = part.whole.of(scorer).means
    say(f"{scorer.name}: {means['recall']:.4f} {means['ndcg']:.4f}, fit {fit_s:.1f} CPU-s")
    return {
        "model": repr(scorer),
        "recall": round(means["recall"], 4),
        "ndcg": round(means["ndcg"], 4),
        "fit_cpu_s": round(fit_s, 2),
    }


def chosen(trials: list[Scorer], part: data.Part, n_users: int = 3_000) -> tuple[Scorer, Any]:
    """The best of some models by nDCG@20 on a validation part; and all their values."""
    asked = part.sample(n_users)
    values = [
        (asked.of(each.with_options().fit(part.train)).means["ndcg"], each) for each in trials
    ]
    listed = [{"model": repr(each), "ndcg": round(value, 4)} for value, each in values]
    best = max(values, key=lambda pair: pair[0])[1]
    return best.with_options(), listed


def ml1m() -> tuple[Any, Any]:
    """The split of UltraGCN and SimpleX."""
    part = data.published("ml1m/ultragcn_train", "ml1m/ultragcn_test")
    validation = data.held_out(part.train)
    trials: list[Scorer] = [
        EASE(reg, 0.5, power) for reg in (200.0, 300.0, 500.0) for power in (0.0, 0.5, 0.75, 1.0)
    ]
    best, tried = chosen(trials, validation)
    ours = line(best, part)
    others: list[Scorer] = [
        Popularity(),
        ItemKNN(50),
        RP3Beta(beta=0.7),
        GFCF(64),
        EASE(800.0, 0.0),
        IALS(64),
    ]
    rows = [ours, *(line(each, part) for each in others), peer(part)]
    goals = [
        goal("ML-1M, recall@20", ours["recall"], -0.284),
        goal("ML-1M, nDCG@20", ours["ndcg"], -0.274),
        goal("ML-1M, fit", ours["fit_cpu_s"], 30, "CPU-s"),
    ]
    return {"rows": rows, "validation": tried, "published": PUBLISHED["ml1m"]}, goals


def peer(part: data.Part) -> dict[str, Any]:
    """ALS of implicit, the closest library in Python, in the same run."""
    started = time.process_time()
    model = AlternatingLeastSquares(
        factors=64, regularization=1.0, alpha=4.0, iterations=15, num_threads=1, random_state=0
    )
    model.fit(part.train.matrix, show_progress=False)
    fit_s = time.process_time() - started
    asked = part.asked
    lists, _ = model.recommend(
        asked, part.train.matrix[asked], N=data.K, filter_already_liked_items=True
    )
    means = data.accuracy(lists.astype(np.int32), part.test.matrix[asked], data.K).means
    return {
        "model": f"peer: implicit {version('implicit')} ALS 64, regularization 1, alpha 4",
        "recall": round(means["recall"], 4),
        "ndcg": round(means["ndcg"], 4),
        "fit_cpu_s": round(fit_s, 2),
    }


def gowalla() -> tuple[Any, Any]:
    """The split of LightGCN; validation is the published cut of its train."""
    part = data.published("gowalla/train", "gowalla/test")
    validation = data.published("gowalla/lightgcnpp_train", "gowalla/lightgcnpp_valid")
    trials: list[Scorer] = [RP3Beta(beta=beta) for beta in (0.0, 0.1, 0.2, 0.3)]
    trials += [SpectralFilter(*each) for each in ((1.5, 0.05), (2.25, 0.075), (3.0, 0.1))]
    best, tried = chosen(trials, validation)
    ours = line(best, part)
    others: list[Scorer] = [RP3Beta(beta=0.1), RP3Beta(0.7, 0.7, 0.0, 0.5)]
    goals = [
        goal("Gowalla, recall@20", ours["recall"], -0.192),
        goal("Gowalla, nDCG@20", ours["ndcg"], -0.160),
        goal("Gowalla, fit", ours["fit_cpu_s"], 60, "CPU-s"),
        goal("Gowalla, memory of the process", round(peak_mb()), 2_000, "MB"),
    ]
    table = {
        "rows": [ours, *(line(each, part) for each in others)],
        "validation": tried,
        "published": PUBLISHED["gowalla"],
    }
    return table, goals


def ordered() -> tuple[Any, Any]:
    """ML-1M in its order: the files follow each other as train, test, valid.

    By succession of items the published test part lies between train and valid. Options are chosen
    from train to test; the figure is from train and test to valid. The cell as its files are named
    (train and valid known, test asked) is given beside, with the same options.
    """
    files = data.ordered()
    names = ("train", "test", "valid")
    codes = dict(zip(names, data.coded(*(files[name] for name in names)), strict=True))
    first = data.Part(codes["train"], codes["test"])
    weights, validation = blend_of_order(first, None)
    table: dict[str, Any] = {"validation": validation, "weights": weights}
    for label, past, target in (
        ("in time: train, test → valid", "test", "valid"),
        ("as named: train, valid → test", "valid", "test"),
    ):
        known = data.after(files["train"], files[past])
        train = data.coded(known, files["test"], files["valid"])[0]
        _, found = blend_of_order(data.Part(train, codes[target]), weights)
        table[label] = found
        say(f"{label}: {found}")
    in_time = table["in time: train, test → valid"]
    goals = [
        goal("ML-1M in order, what comes next, nDCG@20", in_time["blend"], -0.205),
        goal("the same without order or age", in_time["EASE, all alike"], None),
    ]
    return table, goals


def blend_of_order(part: data.Part, weights: Any) -> tuple[Any, Any]:
    """What comes next and what goes together, both asked by the newest events."""
    asked = part.whole
    plain = EASE(300.0, 0.5, 0.5).fit(part.train)
    following = NextItem(50.0, 2.0, 6.0, 30, 0.25).fit(part.train)
    recent = {half: aged(asked.histories, half) for half in (4.0, 5.0, 20.0)}
    matrices = [
        standardised(following.scores(recent[4.0])),
        standardised(plain.scores(recent[5.0])),
        standardised(plain.scores(recent[20.0])),
    ]
    if weights is None:
        weights, _ = coordinate_search(matrices, lambda each: asked.of_scores(each).means["ndcg"])
    total: Any = sum(np.float32(w) * each for w, each in zip(weights, matrices, strict=True))
    names = ("NextItem, half-life 4", "EASE, half-life 5", "EASE, half-life 20")
    found = {
        name: round(asked.of_scores(each).means["ndcg"], 4)
        for name, each in zip(names, matrices, strict=True)
    }
    found["EASE, all alike"] = round(asked.of(plain).means["ndcg"], 4)
    found["blend"] = round(asked.of_scores(total).means["ndcg"], 4)
    return weights, found


def serving() -> tuple[Any, Any]:
    """One request at a time: history in, the hundred best of all items out. Wall time, µs."""
    small = data.published("ml1m/ultragcn_train", "ml1m/ultragcn_test")
    dense = EASE(300.0, 0.5, 0.75).fit(small.train)
    table = {"EASE, 3,043 items": timed(Server(dense, 100), small.train)}
    rounded = Server(dense, 100, is_rounded=True)
    table["EASE, rows of 16 bits"] = timed(rounded, small.train)
    table["EASE, 400 neighbours"] = timed(Server(dense, 100, neighbours=400), small.train)
    table[f"peer: implicit {version('implicit')}, ALS 64"] = timed_peer(small)
    large = data.published("gowalla/train", "gowalla/test")
    walk = RP3Beta(beta=0.1).fit(large.train)
    table["RP3β, 40,981 items"] = timed(Server(walk, 100), large.train)
    thrice = copies(large.train, 3)
    wide = RP3Beta(beta=0.1).fit(thrice)
    table["RP3β, 122,943 items"] = timed(Server(wide, 100), thrice)
    asked = large.sample(3_000)
    exact = asked.of(RP3Beta(beta=0.1, k=large.train.n_items).fit(large.train)).means["ndcg"]
    kept = asked.of(walk).means["ndcg"] / exact
    goals = [
        goal("request, EASE, median", table["EASE, 3,043 items"]["p50_us"], 50, "µs"),
        goal(
            "request, RP3β of 41k items, median", table["RP3β, 40,981 items"]["p50_us"], 250, "µs"
        ),
        goal("request, 123k items, median", table["RP3β, 122,943 items"]["p50_us"], 1000, "µs"),
        goal("nDCG@20 kept by 400 neighbours", round(kept, 4), -0.98),
    ]
    return table, goals


def timed(server: Server, events: Interactions) -> dict[str, float | None]:
    """Requests of 2,000 users drawn with a seed."""
    users = np.random.default_rng(0).choice(events.n_users, 2_000)
    known = events.histories
    asked = [known.items[known.indptr[user] : known.indptr[user + 1]] for user in users]
    ones = [np.ones(len(each), np.float32) for each in asked]
    taken = []
    for items, weights in zip(asked, ones, strict=True):
        started = time.perf_counter_ns()
        server.top(items, weights)
        taken.append((time.perf_counter_ns() - started) / 1000)
    return {
        "p50_us": middle(taken, 1),
        "p99_us": at_share(taken, 0.99, 1),
        "mb": round(server.n_bytes / 1e6, 1),
    }


def timed_peer(part: data.Part) -> dict[str, float | None]:
    """ALS of implicit, the user's vector solved anew from the history."""
    model = AlternatingLeastSquares(factors=64, iterations=5, num_threads=1, random_state=0)
    taken = []
    model.fit(part.train.matrix, show_progress=False)
    for user in np.random.default_rng(0).choice(part.train.n_users, 300):
        row = part.train.matrix[user]
        started = time.perf_counter_ns()
        model.recommend(0, row, N=100, recalculate_user=True)
        taken.append((time.perf_counter_ns() - started) / 1000)
    return {"p50_us": middle(taken, 1), "p99_us": at_share(taken, 0.99, 1)}


def copies(events: Interactions, n: int) -> Interactions:
    """The same catalogue and users so many times over, each copy with codes of its own."""
    users = [events.users + events.n_users * copy for copy in range(n)]
    items = [events.items + events.n_items * copy for copy in range(n)]
    return Interactions.of(
        np.concatenate(users),
        np.concatenate(items),
        user_ids=np.arange(events.n_users * n),
        item_ids=np.arange(events.n_items * n),
    )


def made() -> tuple[Any, Any]:
    """The same calls on a small made set, in seconds."""
    part = data.held_out(data.made(), 0.2)
    trials: list[Scorer] = [EASE(20.0), RP3Beta(k=50)]
    best, tried = chosen(trials, data.held_out(part.train))
    rows = [line(best, part), line(Popularity(), part), peer(part)]
    served = timed(Server(EASE(20.0).fit(part.train), 10), part.train)
    goals = [goal("made set, nDCG@20", rows[0]["ndcg"], None)]
    return {"rows": rows, "validation": tried, "request": served}, goals


NEEDS = {
    "ml1m": "ml1m/ultragcn_train.parquet",
    "gowalla": "gowalla/train.parquet",
    "ordered": "ml1m_ordered/train.parquet",
    "ml100k": "ml100k/movies.parquet",
    "serving": "gowalla/train.parquet",
}
PARTS: dict[str, Any] = {
    "ml1m": ml1m,
    "gowalla": gowalla,
    "ordered": ordered,
    "ml100k": recommend_by_time.ml100k,
    "serving": serving,
    "made": made,
}

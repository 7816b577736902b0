"""Models trained by gradients beside closed forms, their graphs in int8, and hidden gender.

LightGCN on the split of UltraGCN; SASRec on each user's history in time, alone and blended with
EASE that forgets old events; SASRec's ONNX graph in fp32 and int8; and what it costs to hide gender
in the vectors of users, with what three attackers still read. All on MovieLens-1M, which lies
beside the repository or is left out; a small run takes made data. Options, epochs and weights of
blends are chosen on validation parts; the test part is read once. Seconds are CPU seconds.
"""

import time
from typing import Any

import numpy as np
import onnxruntime
import torch

from benchmarks import deep_data
from benchmarks.common import goal, say
from benchmarks.deep_data import Ordered, Task, figure, item_item, standard
from benchmarks.deep_hiding import hiding
from livelore.intelligence.recommend.candidates.sequence import aged
from livelore.intelligence.recommend.data import Floats, Histories, Interactions
from livelore.intelligence.recommend.deep.lightgcn import LightGCN
from livelore.intelligence.recommend.deep.onnx_export import exported
from livelore.intelligence.recommend.deep.sasrec import SASRec
from livelore.intelligence.recommend.deep.training import Progress
from livelore.intelligence.recommend.scorer import Scorer

QUICK: dict[str, Any] = {"minutes": 0.02, "data": "made", "requests": 20}
HALF_LIVES = (None, 200.0, 50.0, 10.0)
SHARES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
PUBLISHED_LIGHTGCN = {"recall": 0.2576, "ndcg": 0.2427}


def run(
    *, minutes: float = 10.0, data: str = "", requests: int = 500, parts: str = "all"
) -> dict[str, Any]:
    """Measure.

    Args:
        minutes: CPU minutes of each training at most; each final training does as many epochs as
            the one on the validation part found best.
        data: ``made`` for made data; else MovieLens-1M beside the repository.
        requests: Timed, of one user each.
        parts: ``all``, or some of ``lightgcn``, ``sasrec``, ``hiding``, with commas.
    """
    is_made = data == "made" or not deep_data.is_there()
    wanted = ("lightgcn", "sasrec", "hiding") if parts == "all" else tuple(parts.split(","))
    if is_made:
        task, history, grouped = deep_data.made()
    found: dict[str, Any] = {
        "data": "made" if is_made else "MovieLens-1M",
        "versions": {"torch": torch.__version__, "onnxruntime": onnxruntime.__version__},
    }
    goals: list[dict[str, Any]] = []
    if "lightgcn" in wanted:
        found["lightgcn"] = lightgcn(task if is_made else deep_data.ultragcn(), minutes)
        goals += _lightgcn_goals(found["lightgcn"])
    if "sasrec" in wanted:
        found |= sasrec(history if is_made else deep_data.ordered(), minutes, requests)
        goals += _sasrec_goals(found, is_made=is_made)
    if "hiding" in wanted:
        found["hiding"] = hiding(grouped if is_made else deep_data.grouped(), minutes)
        goals += found["hiding"].pop("goals")
    return {**found, "goals": goals, "wrong": []}


def _told(progress: Progress) -> None:
    figure = "" if progress.ndcg is None else f", held-out N@20 {progress.ndcg:.4f}"
    say(f"deep: epoch {progress.epoch}, loss {progress.loss:.4f}{figure}, {progress.cpu_s:.0f} s")


def lightgcn(task: Task, minutes: float) -> dict[str, Any]:
    """Epochs by a tenth of train held out; then all of train; test once."""
    say("deep: LightGCN")
    options: dict[str, Any] = {"learning_rate": 0.02, "cpu_minutes": minutes, "epochs": 200}
    started = time.process_time()
    tuned = LightGCN(**options).fit(task.train, listener=_told)
    tuned_s = time.process_time() - started
    epochs = int(tuned.learnt("epochs_"))
    started = time.process_time()
    model = LightGCN(**{**options, "epochs": epochs, "validation": 0.0, "cpu_minutes": None})
    model.fit(task.train)
    fit_s = time.process_time() - started
    histories = task.train.histories
    recall, ndcg = figure(model.scores(histories), histories, task.test)
    return {
        "recall": recall,
        "ndcg": ndcg,
        "published": PUBLISHED_LIGHTGCN,
        "epochs": epochs,
        "tuning_cpu_s": round(tuned_s, 1),
        "fit_cpu_s": round(fit_s, 1),
        "options": model.options,
    }


def _lightgcn_goals(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        goal("LightGCN, R@20 (published .2576)", found["recall"], None),
        goal("LightGCN, N@20 (published .2427)", found["ndcg"], None),
        goal("LightGCN, fit", found["fit_cpu_s"], None, "CPU-s"),
    ]


def sasrec(history: Ordered, minutes: float, requests: int) -> dict[str, Any]:
    """Everything chosen on train → valid; then train and valid → test, once."""
    say("deep: SASRec on train, for epochs and the blend")
    options: dict[str, Any] = {
        "horizon": 10,
        "batch": 48,
        "learning_rate": 2e-3,
        "epochs": 30,
        "patience": 4,
        "cpu_minutes": minutes,
    }
    tuned = SASRec(**options).fit(history.train, listener=_told)
    epochs = int(tuned.learnt("epochs_"))
    half_life, share, table = blend(tuned, history.train, history.valid)
    say(f"deep: {epochs} epochs, half-life {half_life}, share {share}; now train and valid")
    started = time.process_time()
    final = SASRec(**{**options, "epochs": epochs, "validation": 0.0, "cpu_minutes": None})
    final.fit(history.both, listener=_told)
    fit_s = time.process_time() - started
    seen = history.both.histories
    deep, weights = final.scores(seen), item_item(history.both)
    plain, recent = (_closed(seen, weights, each) for each in (None, half_life))
    mixed = standard(recent) + share * standard(deep)
    rows = {
        "EDLAE": figure(plain, seen, history.test),
        "EDLAE, recency": figure(recent, seen, history.test),
        "SASRec": figure(deep.copy(), seen, history.test),
        "blend": figure(mixed, seen, history.test),
    }
    return {
        "sasrec": {
            "recall_ndcg": rows,
            "epochs": epochs,
            "half_life": half_life,
            "share_of_sasrec": share,
            "validation": table,
            "fit_cpu_s": round(fit_s, 1),
            "options": final.options,
        },
        "onnx": onnx(final, seen, history.test, requests),
    }


def _closed(histories: Histories, weights: Floats, half_life: float | None) -> Floats:
    if half_life is not None:
        histories = aged(histories, half_life)
    return np.asarray(histories.matrix @ weights, np.float32)


def blend(
    model: Scorer, train: Interactions, valid: Interactions
) -> tuple[float | None, float, dict[str, float]]:
    """Half-life of EASE's events and the share of the model, the best on the validation part."""
    seen, weights = train.histories, item_item(train)
    deep = standard(model.scores(seen))
    table: dict[str, float] = {}
    best_found: tuple[float, float | None, float] = (-1.0, None, 0.0)
    for half_life in HALF_LIVES:
        closed = standard(_closed(seen, weights, half_life))
        for share in SHARES:
            _, ndcg = figure(closed + share * deep, seen, valid)
            table[f"{half_life}, {share}"] = ndcg
            best_found = max(best_found, (ndcg, half_life, share), key=lambda each: each[0])
    table["model alone"] = figure(deep, seen, valid)[1]
    return best_found[1], best_found[2], table


def onnx(
    model: SASRec, histories: Histories, test: Interactions, requests: int
) -> dict[str, dict[str, float]]:
    """Size, ranking and time of one request of the model and of its graphs."""
    forms: dict[str, Scorer] = {
        "numpy": model,
        "onnx fp32": exported(model),
        "onnx int8": exported(model, int8=True),
    }
    found: dict[str, dict[str, float]] = {}
    for name, scorer in forms.items():
        say(f"deep: {name}")
        scorer.top(histories.part(0, 1), 100)
        started = time.process_time()
        for n in range(requests):
            row = n % len(histories)
            scorer.top(histories.part(row, row + 1), 100)
        us = 1e6 * (time.process_time() - started) / requests
        _, ndcg = figure(scorer.scores(histories), histories, test)
        found[name] = {"bytes": scorer.n_bytes, "ndcg": ndcg, "us_per_request": round(us)}
    return found


def _sasrec_goals(found: dict[str, Any], *, is_made: bool) -> list[dict[str, Any]]:
    rows, forms = found["sasrec"]["recall_ndcg"], found["onnx"]
    small, full = forms["onnx int8"], forms["onnx fp32"]
    lost = 100 * (1 - small["ndcg"] / max(full["ndcg"], 1e-9))
    return [
        goal("closed form with recency, N@20", rows["EDLAE, recency"][1], None),
        goal("SASRec, history up to the moment, N@20", rows["SASRec"][1], None),
        goal("SASRec with the closed form, N@20", rows["blend"][1], None),
        goal("SASRec, fit", found["sasrec"]["fit_cpu_s"], None, "CPU-s"),
        goal("int8 graph against fp32", round(small["bytes"] / full["bytes"], 3), 0.5),
        # a fit of a second ranks by chance, and so does its loss
        goal("int8, N@20 lost", round(lost, 2), None if is_made else 1.0, "%"),
        goal("SASRec int8, one request", small["us_per_request"], None, "µs"),
    ]

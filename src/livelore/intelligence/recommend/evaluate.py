"""Models beside each other on given splits: how well, how varied, how fast, how large."""

import resource
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from livelore.intelligence.recommend.data import Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.known import BLEND, model
from livelore.intelligence.recommend.metrics import exposure, variety
from livelore.intelligence.recommend.metrics.accuracy import accuracy_at
from livelore.intelligence.recommend.metrics.intervals import mean_interval
from livelore.intelligence.recommend.rankers.blend import chosen_blend
from livelore.intelligence.recommend.scorer import Scorer

REQUESTS = 200
"""Single requests that are timed, each for the longest list asked."""
SAMPLED_EVERY_S = 0.005
Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Judged:
    """One model's figures.

    Attributes:
        scorer: Fitted.
        figures: ``fit_s`` (CPU seconds), ``peak_mb`` (of the process while fitting and scoring),
            ``p50_us``, ``p99_us`` (one request) and ``at``: by k, the measures of `metrics`.
        ndcg: Of every user at the longest k, NaN without a test item: for intervals of differences.
    """

    scorer: Scorer
    figures: dict[str, Any]
    ndcg: Any


@dataclass(frozen=True)
class Trial:
    """What models are judged on.

    Attributes:
        train: What they are fitted on.
        test: What users did afterwards; same codes.
        ks: Lengths of lists.
        items: Labels for ``ild``; without them it is left out.
        users: For models that use portraits.
        histories: What is shown of users; None: the training events.
        seed: Of the blend's validation part.
    """

    train: Interactions
    test: Interactions
    ks: tuple[int, ...] = (10, 20)
    items: Items | None = None
    users: Users | None = None
    histories: Histories | None = None
    seed: int = 0


def judged(scorer: Scorer, trial: Trial, *, is_fitted: bool = False) -> Judged:
    """Fit and measure one model."""
    with PeakMemory() as memory:
        started = time.process_time()
        if not is_fitted:
            scorer.fit(trial.train, trial.items, trial.users)
        fit_s = time.process_time() - started
        relevant = trial.test.matrix
        asked = np.flatnonzero(np.diff(relevant.indptr) > 0)
        shown = (trial.histories or trial.train.histories).take(asked)
        lists, _ = scorer.top(shown, max(trial.ks))
    found = accuracy_at(lists, relevant[asked], trial.ks)
    figures: dict[str, Any] = {"fit_s": round(fit_s, 3), "peak_mb": round(memory.peak_mb, 1)}
    figures |= request_times(scorer, shown, max(trial.ks))
    figures["at"] = {
        str(k): {name: found[k].means[name] for name in ("recall", "ndcg", "hit_rate", "mrr")}
        | beyond_accuracy(lists[:, :k], trial)
        for k in trial.ks
    }
    longest = found[max(trial.ks)].ndcg
    if len(asked) > 1:
        interval = mean_interval(longest, seed=trial.seed)
        figures["ndcg_interval"] = [interval.low, interval.high]
    return Judged(scorer, figures, longest)


def beyond_accuracy(lists: Any, trial: Trial) -> dict[str, float]:
    """Coverage, Gini, novelty, average popularity, tail share and, with labels, ILD."""
    counts = trial.train.item_counts
    found = {
        "coverage": exposure.coverage(lists, trial.train.n_items),
        "gini": exposure.gini(exposure.exposure(lists, trial.train.n_items)),
        "novelty": float(np.nanmean(variety.novelty(lists, counts, trial.train.n_users))),
        "arp": exposure.average_popularity(lists, counts),
        "aplt": exposure.tail_share(lists, exposure.tail_of(counts)),
    }
    if trial.items is not None and trial.items.labels is not None:
        found["ild"] = variety.mean_distance(lists, trial.items.labels)
    return {name: float(value) for name, value in found.items()}


def request_times(scorer: Scorer, histories: Histories, k: int) -> dict[str, float]:
    """Wall time of single requests, µs: median and 99th percentile of `REQUESTS`."""
    parts = [histories.part(row, row + 1) for row in range(min(REQUESTS, len(histories)))]
    for part in parts[:3]:  # compiled and warm
        scorer.top(part, k)
    taken = []
    for part in parts:
        started = time.perf_counter_ns()
        scorer.top(part, k)
        taken.append((time.perf_counter_ns() - started) / 1000)
    if not taken:
        return {"p50_us": 0.0, "p99_us": 0.0}
    return {
        "p50_us": round(float(np.median(taken)), 1),
        "p99_us": round(float(np.quantile(taken, 0.99)), 1),
    }


def compared(
    names: Sequence[str], trial: Trial, step: Step | None = None
) -> tuple[dict[str, Any], dict[str, Judged]]:
    """The measuring command's table: models by name on one trial.

    Args:
        names: Of `known`; ``blend`` is chosen of the others on a tenth of train.
        trial: Train, test and lengths.
        step: Told how many models are done, of how many.

    Returns:
        ``{"data": …, "models": {name: figures}, "best": name}`` with the best by nDCG at the
        longest k, and what was judged, by name.

    Raises:
        OptionInvalid: No name, an unknown one, or no length of lists from 1.
        DataInvalid: Nobody has a test item, or test and train are of other users or items.
    """
    if not names:
        raise OptionInvalid(option="models", detail="none is named")
    _check(trial)
    found: dict[str, Judged] = {}
    for done, name in enumerate(names):
        if step is not None:
            step(done, len(names))
        found[name] = _blended(names, trial) if name == BLEND else judged(model(name), trial)
    longest = str(max(trial.ks))
    best = max(found, key=lambda name: float(found[name].figures["at"][longest]["ndcg"]))
    data = {
        "n_users": trial.train.n_users,
        "n_items": trial.train.n_items,
        "n_train": len(trial.train),
        "n_test": len(trial.test),
        "n_test_users": int((np.diff(trial.test.matrix.indptr) > 0).sum()),
    }
    tables = {name: each.figures for name, each in found.items()}
    return {"data": data, "models": tables, "best": best}, found


def _check(trial: Trial) -> None:
    if not trial.ks or min(trial.ks) < 1:
        raise OptionInvalid(option="k", detail=f"{list(trial.ks)} holds no lengths from 1")
    if not len(trial.train):
        raise DataInvalid(column="train", detail="no event to learn from")
    for name in ("user_ids", "item_ids"):
        if getattr(trial.train, name).tolist() != getattr(trial.test, name).tolist():
            raise DataInvalid(column=name, detail="the test part has other codes than the train")


def _blended(names: Sequence[str], trial: Trial) -> Judged:
    started = time.process_time()
    parts = [model(each) for each in names if each != BLEND] or [model("rp3beta")]
    blend, validation = chosen_blend(
        parts, trial.train, trial.items, trial.users, k=max(trial.ks), seed=trial.seed
    )
    blend.fit(trial.train, trial.items, trial.users)
    spent = time.process_time() - started
    result = judged(blend, trial, is_fitted=True)
    weights = {each.name: weight for each, weight in zip(blend.scorers, blend.weights, strict=True)}
    result.figures.update(fit_s=round(spent, 3), weights=weights, validation_ndcg=validation)
    return result


class PeakMemory:
    """Most memory that the process held at a time, sampled while the block runs."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, resident_mb())
            if self._ended.wait(SAMPLED_EVERY_S):
                return


def resident_mb() -> float:
    """What the process holds now, MB; where the system does not tell, its peak so far."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * 4096 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3

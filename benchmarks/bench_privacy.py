"""EASE from a private Gram matrix: what privacy costs in nDCG, and what an attacker learns.

MovieLens-1M in time order (train, valid, test). There are 5,949 real users; more are made by
drawing users with replacement and giving each a part of the history that was drawn, every event
with a chance that is drawn for the user between 50 and 90 %, so that no two are copies. What is
scored is always the real users: their whole history up to the part that is predicted. Ridges are
chosen from train to valid; then the model is fitted on train and valid together, and test is read
once. The peer adds noise to every cell of the plain Gram matrix of histories cut to 30 random
events. The attacker knows all events of a person and the matrix of other people of the same site,
sees the published matrix and guesses whether the person is in it. Without the data, planted users.
"""

import time
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from benchmarks.common import DATA, goal, say
from livelore.intelligence.recommend.candidates.ease import EASE, solved
from livelore.intelligence.recommend.data import Interactions
from livelore.intelligence.recommend.private import PrivateEASE, private_gram, unit_gram
from livelore.trust.privacy.accountant import Accountant
from livelore.trust.privacy.mechanisms import gaussian_sigma

QUICK: dict[str, Any] = {"users": 2_000, "epsilons": "4", "planted": True}
ORDERED = DATA / "ml1m_ordered"
K = 20
CAP = 30
PLAIN_REGS = (0.15, 0.25, 0.4)
PRIVATE_REGS = (0.004, 0.008, 0.016, 0.032)
PEER_REGS = (0.02, 0.06, 0.15)
"""As shares of the users."""


def run(
    *,
    users: int = 100_000,
    epsilons: str = "1,4",
    delta: float = 1e-6,
    seed: int = 1,
    planted: bool = False,
) -> dict[str, Any]:
    """Compare plain, private and the peer.

    Args:
        users: Resampled.
        epsilons: By commas.
        delta: Of each.
        seed: Of resampling and noise.
        planted: Without the real data even where it is.
    """
    parts = _planted(seed) if planted or not ORDERED.is_dir() else _real()
    bench = _Bench(parts, users, delta, seed)
    table = bench.table([float(each) for each in epsilons.split(",")])
    attacks = [_attack(parts[0], epsilon, delta, seed) for epsilon in (None, 1.0)]
    attacks.append(_attack(parts[0], 1.0, delta, seed, on_sums=True))
    found: dict[str, Any] = {"data": "planted" if len(parts[0].indptr) < 2_000 else "ml1m_ordered"}
    found |= {"users": users, "delta": delta, "models": table, "attacks": attacks}
    return {**found, "goals": _goals(table, attacks, users), "wrong": _wrong(table)}


def _goals(table: list[dict[str, Any]], attacks: list[dict[str, Any]], users: int) -> list[Any]:
    plain = table[0]["ndcg"]
    goals = [goal(f"plain EASE, {users:,} users, N@{K}", plain, None)]
    for row in table[1:]:
        wanted = -90.0 if row["model"] == "private" and row["epsilon"] == 4 else None
        share = round(100 * row["ndcg"] / plain, 1)
        name = f"{row['model']}, epsilon {row['epsilon']:g}: of plain N@{K}"
        goals.append(goal(name, share, wanted, "%"))
    goals.append(goal("attacker's AUC, no noise", attacks[0]["auc"], None))
    goals.append(goal("attacker's AUC, epsilon 1", attacks[1]["auc"], 0.55))
    goals.append(goal("the same on the noisy sums, unpublished", attacks[2]["auc"], None))
    return goals


def _wrong(table: list[dict[str, Any]]) -> list[str]:
    return [
        f"{row['model']}: spent {row['spent']} of {row['epsilon']}"
        for row in table
        if row["epsilon"] is not None and row["spent"] > row["epsilon"] * (1 + 1e-6)
    ]


class _Bench:
    """Three models on the same users.

    Args:
        parts: Train, valid, test: CSR, shape (n_users, n_items).
        users: Resampled.
        delta: Of each private model.
        seed: Of everything.
    """

    def __init__(self, parts: list[Any], users: int, delta: float, seed: int) -> None:
        self._train, self._valid, self._test = parts
        self._users = users
        self._delta = delta
        self._seed = seed

    def table(self, epsilons: list[float]) -> list[dict[str, Any]]:
        """Every model once."""
        both = self._train + self._valid
        both.data[:] = 1
        steps = [(self._train, self._valid), (both, self._test)]
        data = [resampled(each, self._users, self._seed) for each, _ in steps]
        rows = [self._row("plain", None, PLAIN_REGS, steps, data)]
        for epsilon in epsilons:
            rows.append(self._row("private", epsilon, PRIVATE_REGS, steps, data))
        rows.append(self._row("peer", max(epsilons), PEER_REGS, steps, data))
        return rows

    def _row(
        self, model: str, epsilon: float | None, regs: tuple[float, ...], steps: Any, data: Any
    ) -> dict[str, Any]:
        tried: dict[float, float] = {}
        for reg in regs:
            say(f"privacy: {model}, epsilon {epsilon}, ridge {reg}")
            tried[reg] = ndcg(self._matrix(model, epsilon, reg, data[0])[0], *steps[0])
        best = max(tried, key=lambda reg: tried[reg])
        started = time.process_time()
        matrix, spent = self._matrix(model, epsilon, best, data[1])
        row: dict[str, Any] = {"model": model, "epsilon": epsilon, "reg": best, "fit_cpu_s": 0.0}
        row["fit_cpu_s"] = round(time.process_time() - started, 1)
        row |= {"valid": tried, "ndcg": round(ndcg(matrix, *steps[1]), 4)}
        return row if epsilon is None else row | {"spent": spent}

    def _matrix(self, model: str, epsilon: float | None, reg: float, data: Any) -> Any:
        if epsilon is None:
            return EASE(reg * self._users, 0.0).fit(data).learnt("matrix_"), 0.0
        accountant = Accountant(epsilon, self._delta)
        if model == "peer":
            return self._peer(epsilon, reg, data), epsilon
        private = PrivateEASE(epsilon, self._delta, reg, seed=self._seed)
        private.fit_within(data, accountant)
        return private.learnt("matrix_"), accountant.spent_epsilon

    def _peer(self, epsilon: float, reg: float, data: Any) -> Any:
        """Noise on every cell of the upper triangle; a user changes it by at most 30·31/2 cells."""
        rng = np.random.default_rng(self._seed)
        matrix = data.matrix
        place = rng.random(matrix.nnz)
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        order = np.lexsort((place, rows))
        rank = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], np.diff(matrix.indptr))
        kept = order[rank < CAP]
        capped = sp.csr_matrix(
            (np.ones(len(kept), np.float32), (rows[kept], matrix.indices[kept])), matrix.shape
        )
        gram = np.asarray((capped.T @ capped).todense(), np.float64)
        sigma = gaussian_sigma(np.sqrt(CAP * (CAP + 1) / 2), epsilon, self._delta)
        noise = np.triu(rng.normal(0, sigma, gram.shape))
        gram += noise + np.triu(noise, 1).T
        ridge = max(reg * self._users, 2.2 * sigma * np.sqrt(len(gram)))
        return solved(gram, ridge, 0.0)


def resampled(matrix: Any, n_users: int, seed: int) -> Interactions:
    """Users drawn with replacement, each with a part of the history that was drawn."""
    rng = np.random.default_rng(seed)
    drawn = matrix[rng.integers(0, matrix.shape[0], n_users)]
    rows = np.repeat(np.arange(n_users), np.diff(drawn.indptr))
    kept = rng.random(drawn.nnz) < rng.uniform(0.5, 0.9, n_users)[rows]
    return Interactions.of(
        rows[kept],
        drawn.indices[kept],
        user_ids=np.arange(n_users),
        item_ids=np.arange(matrix.shape[1]),
    )


def ndcg(matrix: Any, history: Any, wanted: Any) -> float:
    """N@20 of users with something to find: all items ranked, those of the history left out."""
    gains = 1 / np.log2(np.arange(2, K + 2))
    ideal = np.cumsum(gains)
    found: list[float] = []
    for begin in range(0, history.shape[0], 1_000):
        seen, part = history[begin : begin + 1_000], wanted[begin : begin + 1_000]
        scores = np.asarray(seen @ matrix)
        scores[seen.nonzero()] = -np.inf
        top = np.argsort(-scores, axis=1, kind="stable")[:, :K]
        hits = np.take_along_axis(part.toarray(), top, axis=1)
        sizes = np.diff(part.indptr)
        best = ideal[np.clip(sizes, 1, K) - 1]
        found += ((hits @ gains) / best)[sizes > 0].tolist()
    return float(np.mean(found))


def _attack(
    matrix: Any, epsilon: float | None, delta: float, seed: int, *, on_sums: bool = False
) -> dict[str, Any]:
    """A third of the users is in, a third out, a third is what the attacker knows of the site.

    ``on_sums``: the attacker sees the noisy sums, which nobody publishes; otherwise the model.
    """
    rng = np.random.default_rng(seed)
    thirds = np.array_split(rng.permutation(matrix.shape[0]), 3)
    inside, outside, known = (matrix[each] for each in thirds)
    sigma = gaussian_sigma(1.0, epsilon or 1.0, delta)
    gram: Any = unit_gram(inside)
    other: Any = unit_gram(known)
    if epsilon is not None:
        gram = private_gram(inside, sigma, Accountant(epsilon, delta), rng)
    if not on_sums:
        ridge = 2.2 * sigma * np.sqrt(len(gram))
        gram, other = solved(gram, ridge, 0.0), solved(other, ridge, 0.0)
    scores = [_resemblance(part, gram - other) for part in (inside, outside)]
    order = np.argsort(np.argsort(np.concatenate(scores)))
    n_in, n_out = len(scores[0]), len(scores[1])
    above = order[:n_in].sum() - n_in * (n_in - 1) / 2
    auc = round(float(above / (n_in * n_out)), 4)
    return {"epsilon": epsilon, "sees": "sums" if on_sums else "model", "auc": auc, "in": n_in}


def _resemblance(part: Any, difference: Any) -> Any:
    """How much of each person's own pairs stands out in the published matrix."""
    sizes = np.maximum(np.diff(part.indptr), 1)
    return np.asarray(np.multiply(part @ difference, part.toarray())).sum(axis=1) / sizes


def _real() -> list[Any]:
    tables = [pq.read_table(ORDERED / f"{name}.parquet") for name in ("train", "valid", "test")]
    columns = [(each["user"].to_numpy(), each["item"].to_numpy()) for each in tables]
    shape = tuple(1 + max(int(each[n].max()) for each in columns) for n in (0, 1))
    return [sp.csr_matrix((np.ones(len(u), np.float32), (u, i)), shape=shape) for u, i in columns]


def _planted(seed: int) -> list[Any]:
    """600 users of 8 groups; 60 % of a user's events lie in the group's own 12 of 96 items."""
    rng = np.random.default_rng(seed)
    n_users, n_items = 600, 96
    chance = np.full((n_users, n_items), 0.05)
    own = rng.integers(0, 8, n_users)[:, None] == np.arange(n_items) // 12
    chance[own] = 0.7
    events = rng.random(chance.shape) < chance
    part = rng.choice(3, chance.shape, p=[0.6, 0.2, 0.2])
    return [sp.csr_matrix((events & (part == n)).astype(np.float32)) for n in range(3)]

"""Estimates from a log against a simulator whose truth is known; objectives; interleaving."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.interleave import (
    arm_of,
    compare,
    credit,
    preference,
    team_draft,
)
from livelore.intelligence.recommend.objective import LEARNING, OUTCOMES, Objective
from livelore.intelligence.recommend.off_policy import (
    Estimate,
    LoggedData,
    clipped_ips,
    doubly_robust,
    ips,
    snips,
)

N_ACTIONS, N_FEATURES = 8, 4


class Simulator:
    """Contexts, a reward that depends on context and action, two policies; the truth is known."""

    def __init__(self, seed: int, n: int) -> None:
        rng = np.random.default_rng(seed)
        taste = rng.normal(size=(N_FEATURES, N_ACTIONS))
        self.context = rng.normal(size=(n, N_FEATURES))
        self.chance = 1 / (1 + np.exp(2 - self.context @ taste))
        self.logging = self._softmax(0.7 * self.context @ rng.normal(size=taste.shape))
        self.target = self._softmax(1.2 * self.context @ taste)
        drawn = rng.random((n, 1)) > self.logging.cumsum(axis=1)
        self.actions = np.minimum(drawn.sum(axis=1), N_ACTIONS - 1)
        rows = np.arange(n)
        self.rewards = (rng.random(n) < self.chance[rows, self.actions]).astype(float)
        self.log = LoggedData.of(
            self.actions, self.logging[rows, self.actions], self.rewards, N_ACTIONS
        )
        self.truth = float((self.target * self.chance).sum(axis=1).mean())
        self.truth_of_logging = float((self.logging * self.chance).sum(axis=1).mean())

    @staticmethod
    def _softmax(scores: Any) -> Any:
        powers = np.exp(scores)
        return powers / powers.sum(axis=1, keepdims=True)

    def predicted(self) -> Any:
        """A linear model of each action's reward: useful and wrong; fitted on the other half."""
        inputs = np.column_stack([np.ones(len(self.context)), self.context])
        found = np.empty(self.logging.shape)
        half = np.arange(len(inputs)) % 2
        for part in (0, 1):
            for action in range(N_ACTIONS):
                use = (half != part) & (self.actions == action)
                fitted, *_ = np.linalg.lstsq(inputs[use], self.rewards[use])
                found[half == part, action] = inputs[half == part] @ fitted
        return found


@pytest.fixture(scope="module")
def world() -> Simulator:
    return Simulator(1, 40_000)


def estimates(world: Simulator) -> list[Estimate]:
    return [
        ips(world.log, world.target),
        snips(world.log, world.target),
        clipped_ips(world.log, world.target, 50),
        doubly_robust(world.log, world.target, world.predicted()),
    ]


def test_every_estimate_is_within_five_percent_of_the_truth(world: Simulator) -> None:
    naive = world.rewards.mean()
    assert abs(naive / world.truth - 1) > 0.3, "the log alone would be far off"
    for found in estimates(world):
        assert found.value == pytest.approx(world.truth, rel=0.05), found.method
        assert abs(found.value - world.truth) < 3 * found.std_error, found.method


def test_a_model_and_normalising_both_make_estimates_surer(world: Simulator) -> None:
    plain, normalised, _, robust = estimates(world)
    assert robust.std_error < normalised.std_error < plain.std_error
    assert plain.effective_n < len(world.log)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    holds = {"IPS": 0, "SNIPS": 0, "DR": 0}
    for seed in range(60):
        world = Simulator(seed, 3000)
        for found in estimates(world):
            if found.method in holds:
                holds[found.method] += found.low <= world.truth <= found.high
    # 95 % of 60 is 57; fewer than 51 would be beyond three standard deviations
    assert min(holds.values()) >= 51, holds


def test_the_logging_policy_itself_is_estimated_by_its_mean(world: Simulator) -> None:
    found = ips(world.log, world.logging)
    assert found.value == pytest.approx(world.rewards.mean())
    assert found.effective_n == pytest.approx(len(world.log))
    assert found.warnings == ()


def test_missing_support_is_told(world: Simulator) -> None:
    kept = world.actions != int(world.target.mean(axis=0).argmax())
    rows = np.flatnonzero(kept)
    log = LoggedData.of(
        world.actions[rows],
        world.logging[rows, world.actions[rows]],
        world.rewards[rows],
        N_ACTIONS,
    )
    found = ips(log, world.target[rows])
    assert any("never logged" in each for each in found.warnings)
    assert any("mean" in each for each in found.warnings)
    assert not ips(world.log, world.target).warnings


def test_wrong_propensities_are_told(world: Simulator) -> None:
    for factor, word in ((0.5, "too low"), (1.6, "too high")):
        log = LoggedData(
            world.log.actions, world.log.propensities * factor, world.log.rewards, N_ACTIONS
        )
        assert any(word in each for each in snips(log, world.target).warnings)


def test_a_log_that_hardly_speaks_of_the_policy_is_told() -> None:
    n = 5000
    rng = np.random.default_rng(2)
    actions = (rng.random(n) < 0.001).astype(int)
    log = LoggedData.of(actions, np.where(actions, 0.001, 0.999), rng.random(n), 2)
    found = snips(log, np.tile([0.0, 1.0], (n, 1)))
    assert any("rows count" in each for each in found.warnings)


def test_clipping_is_told_and_lowers_the_largest_weight(world: Simulator) -> None:
    found = clipped_ips(world.log, world.target, 2)
    assert found.largest_weight == 2
    assert any("clipped" in each for each in found.warnings)
    assert found.value < ips(world.log, world.target).value


def test_estimates_by_hand() -> None:
    log = LoggedData.of([0, 1], [0.5, 0.25], [1, 2], 2)
    target = [[0.5, 0.5], [0.5, 0.5]]
    assert ips(log, target).value == pytest.approx((1 * 1 + 2 * 2) / 2)
    assert snips(log, target).value == pytest.approx((1 * 1 + 2 * 2) / 3)
    found = doubly_robust(log, target, [[1, 1], [1, 1]])
    assert found.value == pytest.approx((1 + 1 * 0 + 1 + 2 * 1) / 2)


@pytest.mark.parametrize(
    "columns",
    [
        ([0, 2], [0.5, 0.5], [1, 1]),
        ([0, -1], [0.5, 0.5], [1, 1]),
        ([0, 1], [0.5, 0.0], [1, 1]),
        ([0, 1], [0.5, 1.5], [1, 1]),
        ([0, 1], [0.5, np.nan], [1, 1]),
        ([0, 1], [0.5, 0.5], [1, np.inf]),
        ([0, 1], [0.5], [1, 1]),
        ([0.5, 1], [0.5, 0.5], [1, 1]),
        ([], [], []),
    ],
)
def test_a_log_that_cannot_be_is_refused(columns: Any) -> None:
    with pytest.raises(DataInvalid):
        LoggedData.of(columns[0], columns[1], columns[2], 2)


def test_a_target_that_is_no_policy_is_refused() -> None:
    log = LoggedData.of([0, 1], [0.5, 0.5], [1, 1], 2)
    for target in ([[0.5, 0.4], [0.5, 0.5]], [[1.5, -0.5], [0.5, 0.5]], [[0.5, 0.5]]):
        with pytest.raises(DataInvalid):
            ips(log, target)
    good = [[0.5, 0.5], [0.5, 0.5]]
    unknown: Any = [[np.nan, 0], [0, 0]]
    with pytest.raises(DataInvalid):
        doubly_robust(log, good, unknown)
    with pytest.raises(OptionInvalid):
        ips(log, good, level=1.0)
    with pytest.raises(OptionInvalid):
        clipped_ips(log, good, 0)


@given(
    st.lists(st.integers(0, 15), max_size=12, unique=True),
    st.lists(st.integers(0, 15), max_size=12, unique=True),
    st.integers(1, 12),
    st.integers(0, 1000),
)
@settings(deadline=None)
def test_an_interleaved_list_is_a_fair_draft(
    first: list[int], second: list[int], k: int, seed: int
) -> None:
    shown = team_draft(first, second, k, np.random.default_rng(seed))
    items = shown.items.tolist()
    assert len(items) == len(set(items)) == min(k, len({*first, *second}))
    for team, ranked in ((0, first), (1, second)):
        mine = [item for item, whose in zip(items, shown.teams, strict=True) if whose == team]
        assert set(mine) <= set(ranked)
        # a captain never passes over a better one that is still free
        for item in mine:
            better = ranked[: ranked.index(item)]
            assert all(each in items[: items.index(item)] for each in better)
    if set(first) == set(second):
        assert abs(2 * int(shown.teams.sum()) - len(items)) <= 1


def test_each_ranker_has_the_first_place_equally_often() -> None:
    rng = np.random.default_rng(3)
    tops = [int(team_draft([0, 1], [2, 3], 2, rng).teams[0]) for _ in range(2000)]
    assert 900 < sum(tops) < 1100


def test_the_better_ranker_wins_and_twins_do_not() -> None:
    rng = np.random.default_rng(4)
    relevant = np.arange(10)

    def contest(second: Any) -> Any:
        found = []
        for _ in range(300):
            good = rng.permutation(40)
            good = good[np.argsort(~np.isin(good, relevant) + rng.random(40))]
            shown = team_draft(good, second(good), 10, rng)
            clicks = [item for item in shown.items if item in relevant and rng.random() < 0.5]
            found.append(credit(shown, clicks))
        return preference(found)

    def random(_: Any) -> Any:
        return rng.permutation(40)

    def same(good: Any) -> Any:
        return good

    worse = contest(random)
    assert worse.p_value < 1e-6
    assert worse.low > 0.5
    twins = contest(same)
    assert twins.p_value > 0.01
    assert twins.low < 0.5 < twins.high


def test_credit_and_preference_by_hand() -> None:
    rng = np.random.default_rng(5)
    shown = team_draft([0, 1], [2, 3], 4, rng)
    assert credit(shown, [0, 1, 2]) == 1
    assert credit(shown, [3]) == -1
    assert credit(shown, [0, 2]) == credit(shown, [9]) == 0
    found = preference([1] * 8 + [-1] * 2 + [0] * 5)
    assert (found.first, found.second, found.ties, found.share) == (8, 2, 5, 0.8)
    assert found.p_value == pytest.approx(2 * (1 + 10 + 45) / 2**10)
    assert preference([0, 0]).p_value == 1
    with pytest.raises(DataInvalid):
        preference([2])


def test_arms_are_stable_have_their_shares_and_do_not_follow_each_other() -> None:
    users = [f"user-{number}" for number in range(20_000)]
    arms = np.array([arm_of(user, "slider", (0.2, 0.8)) for user in users])
    assert 0.79 < arms.mean() < 0.81
    others = np.array([arm_of(user, "spread", (0.2, 0.8)) for user in users])
    assert abs(np.corrcoef(arms, others)[0, 1]) < 0.03
    assert arm_of("user-7", "slider", (0.2, 0.8)) == arms[7]
    assert arm_of("user-7", "off", (1.0, 0.0)) == 0
    with pytest.raises(OptionInvalid):
        arm_of("a", "b", (0.5, 0.6))


def test_an_ab_test_finds_what_is_there_and_sees_a_broken_assignment() -> None:
    rng = np.random.default_rng(6)
    first, second = rng.exponential(size=5000), rng.exponential(size=5000) + 0.1
    found = compare(first, second)
    assert found.low < 0.1 < found.high
    assert found.p_value < 0.01
    assert found.mismatch_p > 0.01
    assert compare(first, second[:4000]).mismatch_p < 0.001
    assert compare([1, 1], [1, 1]).p_value == 1
    with pytest.raises(DataInvalid):
        compare([1], [1, 2])


def test_an_objective_prints_what_each_part_contributes() -> None:
    objective = Objective({"quiz_gain": 4, "returned": 2, "refunded": -4}, "school")
    found = objective.reward({"quiz_gain": [0.5, 0.0], "returned": [1, 1], "refunded": [0, 1]})
    assert found.values.tolist() == [4, -2]
    parts = {part.outcome: (part.contribution, part.share) for part in found.parts}
    assert parts == {"quiz_gain": (1, 0.2), "returned": (2, 0.4), "refunded": (-2, 0.4)}
    assert sum(part.contribution for part in found.parts) == found.values.mean()
    lines = str(found).splitlines()
    assert lines[0] == "mean reward 1.0000 a row, of which"
    assert "refunded" in str(found)
    assert len(lines) == 4


def test_an_objective_refuses_what_it_does_not_know() -> None:
    with pytest.raises(OptionInvalid, match="coins_spent"):
        Objective({"coins_spent": 1})
    with pytest.raises(OptionInvalid):
        Objective({})
    with pytest.raises(OptionInvalid):
        Objective({"returned": float("inf")})
    columns: dict[str, Any] = {name: [0.0] for name in LEARNING.coefficients}
    assert LEARNING.reward(columns).values.tolist() == [0]
    with pytest.raises(DataInvalid, match="tipped"):
        LEARNING.reward({**columns, "tipped": [1]})
    with pytest.raises(DataInvalid, match="returned"):
        LEARNING.reward({name: each for name, each in columns.items() if name != "returned"})
    with pytest.raises(DataInvalid):
        LEARNING.reward({**columns, "returned": [float("nan")]})
    with pytest.raises(DataInvalid):
        LEARNING.reward({**columns, "returned": [1, 2]})
    assert set(LEARNING.coefficients) <= set(OUTCOMES)

"""Hiding a group: no linear, then no other attacker reads it; what it costs is small."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.adversarial import HiddenGroups, Hider
from livelore.intelligence.recommend.attack import attack
from livelore.intelligence.recommend.data import Histories, Interactions, Users
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid


def population(n: int = 900, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Two groups that differ in mean along one axis and in spread along another."""
    rng = np.random.default_rng(seed)
    groups = (rng.random(n) < 0.4).astype(np.int64)
    vectors = rng.normal(size=(n, 6)) @ rng.normal(size=(6, 6))
    vectors[:, 0] += 2.5 * groups
    vectors[:, 1] *= 1 + 2 * groups
    return vectors, groups


def test_the_plain_vectors_tell_the_group() -> None:
    vectors, groups = population()
    assert attack(vectors, groups).strongest > 0.85


def test_the_projection_leaves_no_difference_of_means_and_stops_the_linear_attacker() -> None:
    vectors, groups = population()
    moved = Hider("projection", 1.0).fit(vectors, groups).moved(vectors)
    means = [moved[groups == n].mean(0) for n in (0, 1)]
    np.testing.assert_allclose(means[0], means[1], atol=1e-9)
    found = attack(moved, groups).auc
    assert found["logistic"] < 0.55
    assert found["network"] > 0.7, "the spread still tells: that is what transport is for"


def test_the_projection_is_one_and_of_one_direction() -> None:
    vectors, groups = population()
    matrix = Hider("projection").fit(vectors, groups).learnt("projection_")
    np.testing.assert_allclose(matrix @ matrix, matrix, atol=1e-8)
    assert np.linalg.matrix_rank(matrix, tol=1e-6) == 5


def test_transport_stops_attackers_that_are_not_linear_too() -> None:
    vectors, groups = population()
    moved = Hider("transport", 0.95).fit(vectors, groups).moved(vectors, groups)
    assert attack(moved, groups).strongest < 0.58


def test_transport_at_full_strength_matches_means_and_covariances() -> None:
    vectors, groups = population()
    moved = Hider("transport", 1.0).fit(vectors, groups).moved(vectors, groups)
    parts = [moved[groups == n] for n in (0, 1)]
    np.testing.assert_allclose(parts[0].mean(0), parts[1].mean(0), atol=1e-8)
    np.testing.assert_allclose(np.cov(parts[0].T), np.cov(parts[1].T), rtol=1e-4, atol=1e-6)


def test_transport_moves_no_further_than_to_the_other_group() -> None:
    """The barycentre lies between: less is changed than by making one group like the other."""
    vectors, groups = population()
    moved = Hider("transport", 1.0).fit(vectors, groups).moved(vectors, groups)
    gap = vectors[groups == 1].mean(0) - vectors[groups == 0].mean(0)
    by = [np.linalg.norm((moved - vectors)[groups == n].mean(0)) for n in (0, 1)]
    assert sum(by) == pytest.approx(np.linalg.norm(gap))
    assert by[0] < by[1], "the larger group is moved less"


def test_who_did_not_state_a_group_gets_the_projection() -> None:
    vectors, groups = population()
    hider = Hider("transport").fit(vectors, groups)
    unknown = np.full(len(groups), -1)
    blind = Hider("projection").fit(vectors, groups).moved(vectors)
    np.testing.assert_allclose(hider.moved(vectors, unknown), blind)
    np.testing.assert_allclose(hider.moved(vectors), blind)


def test_users_of_unknown_group_do_not_disturb_the_fit() -> None:
    vectors, groups = population()
    more = np.concatenate([vectors, 1e6 * np.ones((5, 6))])
    codes = np.concatenate([groups, np.full(5, -1)])
    np.testing.assert_allclose(
        Hider().fit(more, codes).moved(vectors, groups),
        Hider().fit(vectors, groups).moved(vectors, groups),
    )


def test_nothing_is_moved_at_strength_zero_or_without_a_way() -> None:
    vectors, groups = population(100)
    for hider in (Hider("transport", 0.0), Hider("none")):
        np.testing.assert_allclose(hider.fit(vectors, groups).moved(vectors, groups), vectors)


def test_more_groups_than_two_end_at_one_mean() -> None:
    vectors, _ = population(300)
    groups = np.arange(300) % 3
    vectors += groups[:, None] * np.array([1.0, -2, 0, 0, 0, 0])
    for way in ("transport", "projection"):
        moved = Hider(way, 1.0).fit(vectors, groups).moved(vectors, groups)
        means = np.stack([moved[groups == n].mean(0) for n in range(3)])
        np.testing.assert_allclose(means - means[0], 0, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000), n=st.integers(4, 40), width=st.integers(1, 8), same=st.booleans()
)
def test_any_vectors_come_out_finite(seed: int, n: int, width: int, same: bool) -> None:
    rng = np.random.default_rng(seed)
    vectors = np.ones((n, width)) if same else rng.normal(size=(n, width))
    groups = np.arange(n) % 2
    for way in ("transport", "projection"):
        moved = Hider(way).fit(vectors, groups).moved(vectors, groups)
        assert moved.shape == vectors.shape
        assert np.isfinite(moved).all()


def world(n_users: int = 300) -> tuple[Interactions, Users]:
    """Taste (two kinds of items) and gender; each gender has items that it alone favours."""
    rng = np.random.default_rng(0)
    gender, taste = rng.integers(0, 2, n_users), rng.integers(0, 2, n_users)
    chance = np.full((n_users, 40), 0.05)
    for n in range(2):
        chance[np.ix_(taste == n, np.arange(15) + 15 * n)] = 0.5
        chance[np.ix_(gender == n, np.arange(5) + 30 + 5 * n)] = 0.4
    users, items = np.nonzero(rng.random(chance.shape) < chance)
    features = gender.astype(np.float32)[:, None]
    ids = np.arange(n_users)
    interactions = Interactions.of(users, items, user_ids=ids, item_ids=np.arange(40))
    return interactions, Users(ids, features, ("gender",))


def test_served_vectors_hide_gender_and_keep_taste(tmp_path: Path) -> None:
    interactions, users = world()
    options: dict[str, Any] = {"n_factors": 8, "regularization": 10.0}
    plain = HiddenGroups(hider=Hider("none"), **options).fit(interactions, None, users)
    hidden = HiddenGroups(hider=Hider(), **options).fit(interactions, None, users)
    gender = users.features[:, 0]
    histories = interactions.histories
    assert attack(plain.vectors(histories), gender).strongest > 0.9
    assert attack(hidden.vectors(histories), gender).strongest < 0.65
    first, second = (each.scores(histories)[:, :30] for each in (plain, hidden))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9
    component.save(hidden, tmp_path / "model.zip")
    again = component.load(tmp_path / "model.zip")
    np.testing.assert_array_equal(again.scores(histories), hidden.scores(histories))


def test_an_unseen_user_is_served_without_a_group() -> None:
    interactions, users = world()
    model = HiddenGroups(n_factors=8, regularization=10.0).fit(interactions, None, users)
    items, _ = model.top(Histories.of([[0, 1, 2], [15, 16, 17]], 40), 3)
    assert (items[0] < 15).all()
    assert ((items[1] >= 15) & (items[1] < 30)).all()


def test_refusals() -> None:
    vectors, groups = population(50)
    with pytest.raises(OptionInvalid):
        Hider("forget")
    with pytest.raises(OptionInvalid):
        Hider(strength=1.5)
    with pytest.raises(NotFitted):
        Hider().moved(vectors)
    for bad in (np.zeros(50), groups[:-1], np.concatenate([[0], np.ones(49)])):
        with pytest.raises(DataInvalid):
            Hider().fit(vectors, bad)
    with pytest.raises(DataInvalid):
        Hider().fit(np.full((50, 2), np.nan), groups)
    with pytest.raises(DataInvalid):
        Hider().fit(vectors, groups).moved(vectors, groups + 5)
    interactions, users = world(20)
    for wrong in (None, Users(users.ids, users.features, ("age",))):
        with pytest.raises(DataInvalid):
            HiddenGroups().fit(interactions, None, wrong)
    with pytest.raises(DataInvalid):
        HiddenGroups().fit(interactions, None, Users(users.ids, users.features + 0.5, ("gender",)))
    for codes in (np.zeros(50), groups + 1):
        with pytest.raises(DataInvalid):
            attack(vectors, codes)

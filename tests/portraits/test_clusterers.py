"""Every clusterer: scikit-learn's own checks, and what must not change the answer."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score

from livelore.intelligence.portraits.clusterers.clusterer import Clusterer
from livelore.intelligence.portraits.clusterers.density import Density
from livelore.intelligence.portraits.clusterers.graph import Agglomerative, Spectral
from livelore.intelligence.portraits.clusterers.kmeans import KMeans, MiniBatch
from livelore.intelligence.portraits.clusterers.lloyd import converged
from livelore.intelligence.portraits.clusterers.mixture import Mixture
from livelore.intelligence.portraits.errors import OptionInvalid
from tests.portraits.planted import blobs, stretched
from tests.portraits.scikit import checks

CLUSTERERS: list[Clusterer] = [
    KMeans(),
    MiniBatch(),
    Mixture(),
    Density(),
    Spectral(),
    Agglomerative(),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks(CLUSTERERS))
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


def for_four(clusterer: Clusterer) -> Clusterer:
    copy: Any = clone(clusterer)
    if "n_clusters" in copy.get_params():
        copy.set_params(n_clusters=4)
    found: Clusterer = copy
    return found


each = pytest.mark.parametrize("clusterer", CLUSTERERS, ids=lambda one: type(one).__name__)


@each
def test_planted_segments_are_found(clusterer: Clusterer) -> None:
    X, truth = blobs()
    assert adjusted_rand_score(truth, for_four(clusterer).fit_predict(X)) >= 0.97


@each
@pytest.mark.parametrize("size", [1e-3, 1e3])
def test_the_unit_of_measurement_changes_nothing(clusterer: Clusterer, size: float) -> None:
    X, _ = blobs()
    here, there = for_four(clusterer).fit_predict(X), for_four(clusterer).fit_predict(X * size)
    assert adjusted_rand_score(here, there) >= 0.99
    assert np.mean(here == there) >= 0.99, "and the numbers stay"


@each
def test_the_order_of_users_changes_nothing(clusterer: Clusterer) -> None:
    X, _ = blobs()
    order = np.random.default_rng(5).permutation(len(X))
    here = for_four(clusterer).fit_predict(X)
    there = for_four(clusterer).fit_predict(X[order])
    assert np.mean(here[order] == there) >= 0.99


@each
def test_users_twice_are_the_same_segments(clusterer: Clusterer) -> None:
    X, _ = blobs()
    here = for_four(clusterer).fit_predict(X)
    there = for_four(clusterer).fit_predict(np.concatenate([X, X]))
    assert np.mean(np.concatenate([here, here]) == there) >= 0.99


@each
def test_memberships_sum_to_one_with_noise(clusterer: Clusterer) -> None:
    X, _ = blobs()
    model = for_four(clusterer).fit(X)
    shares = model.predict_proba(X)
    assert (shares >= 0).all()
    if not isinstance(model, Density):
        np.testing.assert_allclose(shares.sum(axis=1), 1)
    labels, chances = model.predict_with_probability(X)
    np.testing.assert_array_equal(labels, model.predict(X))
    own = shares[np.arange(len(X)), labels]
    np.testing.assert_allclose(chances[labels >= 0], own[labels >= 0], rtol=1e-6)


SAMPLED = [one for one in CLUSTERERS if "sample_size" in one.get_params()]


@pytest.mark.parametrize("clusterer", SAMPLED, ids=lambda one: type(one).__name__)
def test_a_sample_is_extended_to_everybody(clusterer: Clusterer) -> None:
    X, truth = blobs(n_users=3_000)
    model = for_four(clusterer).set_params(sample_size=400)
    assert adjusted_rand_score(truth, model.fit_predict(X)) >= 0.95


@each
def test_another_seed_finds_the_same(clusterer: Clusterer) -> None:
    X, _ = blobs()
    here, there = (
        for_four(clusterer).set_params(random_state=seed).fit_predict(X) for seed in (1, 2)
    )
    assert np.mean(here == there) >= 0.99


def test_a_mixture_fits_stretched_segments_better_than_k_means() -> None:
    X, truth = stretched()
    mixture = Mixture(3).fit(X)
    by_mixture = adjusted_rand_score(truth, mixture.labels_)
    by_kmeans = adjusted_rand_score(truth, KMeans(3).fit_predict(X))
    assert by_mixture >= 0.95 > by_kmeans
    assert mixture.covariance_ == "tied"  # all three have the same form: fewest parameters
    assert mixture.bic_["tied"] == min(mixture.bic_.values())
    wanted = np.cov(X[truth == 0].T)
    np.testing.assert_allclose(mixture.covariances()[0], wanted, rtol=0.15, atol=0.3)


def test_density_leaves_the_lonely_out() -> None:
    X, truth = blobs(k=3)
    lonely = np.random.default_rng(1).uniform(60, 400, (12, X.shape[1]))
    model = Density().fit(np.concatenate([X, lonely]))
    assert (model.labels_[len(X) :] == -1).mean() >= 0.9
    assert adjusted_rand_score(truth, model.labels_[: len(X)]) >= 0.95


def test_spectral_follows_rings() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 800)
    angle = rng.uniform(0, 2 * np.pi, 800)
    radius = np.where(truth, 5.0, 1.0) + rng.normal(0, 0.15, 800)
    X = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    assert adjusted_rand_score(truth, Spectral(2).fit_predict(X)) == 1
    assert adjusted_rand_score(truth, KMeans(2).fit_predict(X)) < 0.5


def test_more_clusters_than_users_are_refused_with_the_numbers() -> None:
    with pytest.raises(OptionInvalid, match=r"n_samples=3 is below n_clusters=8"):
        KMeans().fit(np.eye(3))


def test_fewer_different_users_than_clusters_end_well() -> None:
    X = np.repeat([[0.0, 1.0], [5.0, 5.0]], 20, axis=0)
    model = KMeans(4).fit(X)
    assert model.inertia_ == 0
    assert set(model.labels_[:20]).isdisjoint(model.labels_[20:])


def test_an_emptied_centre_takes_the_farthest_row() -> None:
    X = np.array([[0.0], [1.0], [10.0], [11.0]])
    start = np.array([[0.5], [200.0], [300.0]])
    centres, labels, inertia, _ = converged(X, start, 50, 0.0)
    assert sorted(np.bincount(labels, minlength=3)) == [1, 1, 2]
    assert inertia == pytest.approx(0.5)
    assert np.isfinite(centres).all()


def test_columns_far_from_zero_lose_nothing_in_single_precision() -> None:
    X, truth = blobs()
    found = KMeans(4).fit_predict((X + 4_000).astype(np.float32))
    assert adjusted_rand_score(truth, found) >= 0.97

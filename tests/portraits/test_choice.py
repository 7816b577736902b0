"""How many segments: right where they were planted, one where there are none."""

import numpy as np
import pytest

from livelore.intelligence.portraits.choice import choose_k
from livelore.intelligence.portraits.clusterers.graph import Agglomerative
from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scaling import SkewScaler
from tests.portraits.planted import Floats, blobs, skewed, stretched

KS = range(2, 8)


def no_structure(kind: str) -> Floats:
    rng = np.random.default_rng(3)
    normal = rng.standard_normal((1_000, 4))
    together = rng.standard_normal((1_000, 1)) + 0.7 * normal
    return {
        "normal": normal,
        "long": normal * [5, 1, 1, 1],
        "uniform": rng.uniform(size=(1_000, 3)),
        "log-normal": np.exp(1.5 * normal),
        "together": np.exp(together),
    }[kind]


@pytest.mark.parametrize("kind", ["normal", "long", "uniform", "log-normal", "together"])
def test_data_without_segments_are_one(kind: str) -> None:
    X = SkewScaler().fit_transform(no_structure(kind))
    choice = choose_k(X, KS)
    assert choice.k == 1, choice
    assert choice.reason.endswith("one segment")


@pytest.mark.parametrize("k", [2, 3, 5, 7])
def test_planted_segments_are_counted(k: int) -> None:
    X, _ = blobs(n_users=1_000, k=k)
    choice = choose_k(X, KS)
    assert choice.k == k, choice
    assert set(choice.scores) == set(KS)


def test_segments_in_skewed_columns_are_counted() -> None:
    X, _ = skewed(1_000)
    assert choose_k(SkewScaler().fit_transform(X), KS).k == 4


@pytest.mark.parametrize("criterion", ["silhouette", "gap", "bic", "stability"])
def test_every_criterion_counts_plain_segments(criterion: str) -> None:
    X, _ = blobs(n_users=500, k=3)
    found = choose_k(X, range(2, 5), criterion=criterion, seed=1)  # type: ignore[arg-type]
    assert (found.k, found.criterion) == (3, criterion)


@pytest.mark.parametrize("criterion", ["silhouette", "gap", "bic", "stability"])
def test_every_criterion_can_say_that_there_is_one(criterion: str) -> None:
    X = np.random.default_rng(1).standard_normal((500, 3))
    assert choose_k(X, range(2, 5), criterion=criterion).k == 1  # type: ignore[arg-type]


def test_bic_counts_stretched_segments() -> None:
    X, _ = stretched(800)
    assert choose_k(X, range(2, 5), criterion="bic").k == 3


def test_stability_asks_the_method_it_is_given() -> None:
    X, _ = blobs(n_users=500, k=3)
    found = choose_k(X, range(2, 5), criterion="stability", clusterer=Agglomerative())
    assert found.k == 3


def test_the_same_seed_chooses_the_same() -> None:
    X = SkewScaler().fit_transform(skewed(800)[0])
    assert choose_k(X, range(2, 5), seed=4) == choose_k(X, range(2, 5), seed=4)


def test_equal_users_are_one_segment() -> None:
    choice = choose_k(np.ones((50, 3)), KS)
    assert (choice.k, choice.reason) == (1, "only 1 different rows: one segment")


def test_wrong_options_are_refused() -> None:
    X, _ = blobs(n_users=50)
    with pytest.raises(OptionInvalid, match="ks"):
        choose_k(X, range(1, 4))
    with pytest.raises(OptionInvalid, match="criterion"):
        choose_k(X, KS, criterion="elbow")  # type: ignore[arg-type]

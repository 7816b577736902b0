"""The deep clusterer, by the same measures as the others."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from livelore.intelligence.portraits.deep.embedded import Embedded
from tests.portraits.planted import blobs
from tests.portraits.scikit import checks


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks([Embedded(epochs=40, refinements=10)]))
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


def test_planted_segments_are_found_whatever_unit_order_copies_and_seed() -> None:
    X, truth = blobs()
    here = Embedded(4).fit_predict(X)
    assert adjusted_rand_score(truth, here) >= 0.97
    order = np.random.default_rng(5).permutation(len(X))
    assert np.mean(Embedded(4).fit_predict(X * 1e3) == here) >= 0.99
    assert np.mean(Embedded(4).fit_predict(X[order]) == here[order]) >= 0.99
    doubled = Embedded(4).fit_predict(np.concatenate([X, X]))
    assert np.mean(doubled == np.concatenate([here, here])) >= 0.99
    assert np.mean(Embedded(4, random_state=3).fit_predict(X) == here) >= 0.99


def test_more_rows_than_a_batch_are_learnt_in_batches() -> None:
    X, truth = blobs(n_users=3_000)
    model = Embedded(4, epochs=20, refinements=5, sample_size=2_500).fit(X)
    assert adjusted_rand_score(truth, model.labels_) >= 0.95
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_torch_is_loaded_by_nothing_else() -> None:
    program = (
        "import sys, livelore.intelligence.portraits.portraits as p\n"
        "p.Portraits(k=2)\nprint('torch' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert printed.stdout.strip() == b"False"

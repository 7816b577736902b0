"""SASRec: learns the order of a circle; numpy and PyTorch say the same; saved and repeated."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.data import Histories, Interactions
from livelore.intelligence.recommend.deep.sasrec import SASRec, last_place, windows
from livelore.intelligence.recommend.deep.training import Progress
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid
from tests.recommend.deep.worlds import N_CYCLE, changed, cycle

SMALL: dict[str, Any] = {
    "n_factors": 16,
    "max_length": 8,
    "epochs": 25,
    "batch": 16,
    "learning_rate": 0.01,
    "dropout": 0.1,
    "validation": 0.0,
}


@pytest.fixture(scope="module")
def fitted() -> SASRec:
    return SASRec(**SMALL).fit(cycle())


def followers(model: SASRec) -> list[int]:
    """What it says comes after 2, 3, then each item of the circle."""
    asked = [[(n - 2) % N_CYCLE, (n - 1) % N_CYCLE, n] for n in range(N_CYCLE)]
    items, _ = model.top(Histories.of(asked, N_CYCLE), 1)
    return [int(each) for each in items[:, 0]]


def test_it_learns_which_item_comes_next(fitted: SASRec) -> None:
    assert followers(fitted) == [(n + 1) % N_CYCLE for n in range(N_CYCLE)]


@pytest.mark.parametrize(
    "options",
    [
        {"loss": "bce", "n_negatives": 4},
        {"loss": "gbce", "n_negatives": 4},
        {"loss": "softmax", "n_negatives": 6},
    ],
)
def test_every_loss_learns_the_circle(options: dict[str, Any]) -> None:
    model = SASRec(**changed(SMALL, **options, epochs=40)).fit(cycle())
    right = [(n + 1) % N_CYCLE for n in range(N_CYCLE)]
    assert np.mean(np.array(followers(model)) == right) >= 0.9


def test_a_far_horizon_spreads_over_what_follows() -> None:
    model = SASRec(**changed(SMALL, horizon=3, epochs=40)).fit(cycle())
    items, _ = model.top(Histories.of([[0, 1, 2]], N_CYCLE), 3)
    assert set(items[0].tolist()) == {3, 4, 5}


def test_numpy_answers_as_pytorch_does(fitted: SASRec) -> None:
    from livelore.intelligence.recommend.deep.sasrec_torch import forward
    from livelore.intelligence.recommend.deep.torch_here import torch

    histories = Histories.of([[1, 2, 3], [5], list(range(12)), [4, 4]], N_CYCLE)
    rows = windows(histories, 8)
    weights = fitted.learnt("weights_")
    tensors = {name: torch.tensor(each) for name, each in weights.items()}
    theirs = forward(tensors, torch.from_numpy(rows), fitted.n_heads)[:, -1].numpy()
    np.testing.assert_allclose(last_place(weights, rows, fitted.n_heads), theirs, atol=2e-5)


def test_padding_changes_nothing(fitted: SASRec) -> None:
    short, long = Histories.of([[1, 2]], N_CYCLE), Histories.of([[1, 2], list(range(8))], N_CYCLE)
    np.testing.assert_allclose(fitted.scores(short)[0], fitted.scores(long)[0], atol=1e-5)


def test_the_order_matters_and_a_fresh_event_counts_at_once(fitted: SASRec) -> None:
    scores = fitted.scores(Histories.of([[3, 4, 5], [5, 4, 3], [3, 4, 5, 6]], N_CYCLE))
    assert not np.allclose(scores[0], scores[1])
    assert scores[2].argmax() == 7


def test_an_empty_history_scores_zero_and_no_user_is_no_row(fitted: SASRec) -> None:
    assert (fitted.scores(Histories.of([[], [1]], N_CYCLE))[0] == 0).all()
    assert fitted.scores(Histories.of([], N_CYCLE)).shape == (0, N_CYCLE)


def test_the_same_seed_gives_the_same_weights_and_another_does_not() -> None:
    few = changed(SMALL, epochs=2)
    first, second, third = (
        SASRec(**changed(few, seed=seed)).fit(cycle()).learnt("weights_")["items"]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, third)


def test_a_saved_model_answers_the_same(fitted: SASRec, tmp_path: Path) -> None:
    component.save(fitted, tmp_path / "model.zip")
    again = component.load(tmp_path / "model.zip")
    histories = cycle().histories
    np.testing.assert_array_equal(again.scores(histories), fitted.scores(histories))


def test_it_stops_when_the_held_out_part_gets_no_better() -> None:
    told: list[Progress] = []
    options = changed(SMALL, validation=0.2, patience=2, epochs=80)
    model = SASRec(**options).fit(cycle(), listener=told.append)
    assert len(told) < 80
    best = max(told, key=lambda each: each.ndcg or 0)
    assert model.epochs_ == best.epoch == len(told) - 2
    assert model.learnt("history_").shape == (len(told), 3)


def test_the_time_budget_ends_a_fit_after_the_epoch_that_used_it_up() -> None:
    model = SASRec(**changed(SMALL, cpu_minutes=1e-9)).fit(cycle())
    assert model.epochs_ == 1


def test_refusals() -> None:
    with pytest.raises(NotFitted):
        SASRec().scores(cycle().histories)
    refused: list[dict[str, Any]] = [
        {"loss": "mse"},
        {"n_factors": 9, "n_heads": 2},
        {"dropout": 1.0},
        {"max_length": 0},
    ]
    for options in refused:
        with pytest.raises(OptionInvalid):
            SASRec(**options)
    with pytest.raises(OptionInvalid):
        replace(SASRec(), epochs=0).fit(cycle())
    with pytest.raises(DataInvalid):
        SASRec().fit(Interactions.of([], []))


def test_a_learning_rate_that_explodes_is_refused_by_name() -> None:
    with pytest.raises(DataInvalid, match="lower learning_rate"):
        SASRec(**changed(SMALL, learning_rate=1e30)).fit(cycle())

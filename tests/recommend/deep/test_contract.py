"""The trained models keep the contract of every scorer."""

from pathlib import Path
from typing import Any

import pytest

from livelore.intelligence.recommend.deep.lightgcn import LightGCN
from livelore.intelligence.recommend.deep.sasrec import SASRec
from livelore.intelligence.recommend.deep.two_tower import TwoTower
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.known import MODELS
from tests.recommend import contract
from tests.recommend.made import checkerboard, degenerate
from tests.recommend.test_contract import DEEP

pytest.importorskip("torch", reason="the extra `deep` is not installed")

TINY: dict[str, Any] = {
    "n_factors": 4,
    "batch": 16,
    "learning_rate": 0.05,
    "epochs": 12,
    "validation": 0.0,
}
GRAPH: dict[str, Any] = {**TINY, "n_factors": 2, "temperature": 1.0}
ORDER: dict[str, Any] = {**TINY, "n_blocks": 1, "n_heads": 1, "max_length": 12, "horizon": 12}
TOWERS: dict[str, Any] = {**TINY, "n_hidden": 4, "temperature": 1.0}
STOPPED: dict[str, Any] = {"validation": 0.3, "patience": 1}
MAKERS: dict[str, contract.Make] = {
    "lightgcn": lambda: LightGCN(**GRAPH),
    "lightgcn bpr": lambda: LightGCN(**TINY, loss="bpr"),
    "sasrec": lambda: SASRec(**ORDER),
    "sasrec gbce": lambda: SASRec(**ORDER, loss="gbce", n_negatives=6),
    "two_tower": lambda: TwoTower(**TOWERS),
    "lightgcn stopped": lambda: LightGCN(**{**GRAPH, **STOPPED}),
    "sasrec stopped": lambda: SASRec(**{**ORDER, **STOPPED}),
    "two_tower stopped": lambda: TwoTower(**{**TOWERS, **STOPPED}),
}
LEARNERS = ("lightgcn", "lightgcn bpr", "sasrec", "two_tower")
KINDS = {"LightGCN": LightGCN, "SASRec": SASRec, "TwoTower": TwoTower}
DEGENERATE = degenerate()
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def test_every_trained_model_is_here() -> None:
    assert {name.split()[0] for name in MAKERS} == DEEP
    assert {MODELS[name][1] for name in DEEP} == set(KINDS)


@pytest.mark.parametrize("promise", contract.PROMISES, ids=lambda each: each.__name__)
@makers
def test_a_promise_is_kept(make: contract.Make, promise: Any) -> None:
    promise(make)


@makers
def test_a_file_keeps_everything(make: contract.Make, tmp_path: Path) -> None:
    contract.a_file_keeps_options_and_scores(make, tmp_path)


@pytest.mark.parametrize("data", DEGENERATE.values(), ids=DEGENERATE)
@makers
def test_the_first_day_of_a_site_is_no_trouble(make: contract.Make, data: Any) -> None:
    contract.first_day_data_are_no_trouble(make, data)


@pytest.mark.parametrize("name", LEARNERS)
def test_the_checkerboard_is_told_apart(name: str) -> None:
    contract.colours_are_told_apart(MAKERS[name], 0.4)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("batch", 0),
        ("epochs", 0),
        ("patience", 0),
        ("cpu_minutes", 0.0),
        ("validation", 1.0),
        ("validation", -0.1),
        ("seed", -1),
        ("n_factors", 0),
    ],
)
@kinds
def test_a_shared_option_out_of_range_is_refused_by_name(
    kind: type[LightGCN | SASRec | TwoTower], option: str, value: Any
) -> None:
    with pytest.raises(OptionInvalid) as error:
        kind(**{option: value})
    assert option in str(error.value.fields["option"])


@kinds
def test_a_device_that_is_not_there_is_refused_by_name(
    kind: type[LightGCN | SASRec | TwoTower],
) -> None:
    with pytest.raises(OptionInvalid, match="'no_such' is not on") as error:
        kind(device="no_such").fit(checkerboard())
    assert error.value.fields["option"] == "device"

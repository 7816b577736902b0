"""Every scorer that is known by name keeps the contract."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.newness import Newness
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.candidates.sequence import NextItem, Recency
from livelore.intelligence.recommend.candidates.trending import Trending
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.known import MODELS, model
from livelore.intelligence.recommend.rankers.blend import Blend
from livelore.intelligence.recommend.rankers.booster import Booster
from livelore.intelligence.recommend.rankers.learned import LearnedRanker
from tests.recommend import contract
from tests.recommend.made import checkerboard, degenerate, histories_of

DEEP = {"lightgcn", "sasrec", "two_tower"}
"""They keep the contract where PyTorch is installed; see `tests/recommend/deep`."""
MAKERS: dict[str, contract.Make] = {
    name: (lambda name=name: model(name)) for name in MODELS if name not in DEEP
} | {
    "next_item alone": NextItem,
    "recency": lambda: Recency(EASE(reg=5.0), half_life=3.0),
    "ials": lambda: model("ials").with_options(n_factors=4, reg=0.05),
    "learned": lambda: LearnedRanker(
        {"ease": EASE(reg=5.0), "rp3": RP3Beta(), "popularity": Popularity()},
        Booster(n_trees=40, min_rows=5),
        weights={"popularity": 0.0},
        links=("rp3",),
        pool=20,
        holdout="random",
    ),
    "newness": lambda: Newness(30.0),
    "popularity of who comes back": lambda: Popularity(half_life_s=30.0, returning_s=1.0),
    "blend": lambda: Blend((EASE(reg=5.0), RP3Beta(), Popularity()), (1.0, 0.5, 0.1)),
}
NDCG = dict.fromkeys(MAKERS, 0.4) | {
    "popularity": 0.1,
    "returning": 0.35,
    "trending": 0.1,
    "newness": 0.1,
    "popularity of who comes back": 0.1,
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
DEGENERATE = degenerate()


def test_deep_models_are_left_out_by_name() -> None:
    assert set(MODELS) >= DEEP


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


@pytest.mark.parametrize("name", MAKERS)
def test_the_checkerboard_is_told_apart(name: str) -> None:
    contract.colours_are_told_apart(MAKERS[name], NDCG[name])


@pytest.mark.parametrize(
    "make",
    [
        lambda: EASE(reg=0.0),
        lambda: EASE(dropout=1.0),
        lambda: NextItem(reg=0.0),
        lambda: NextItem(past=0.0),
        lambda: Recency(EASE(), half_life=0.0),
        lambda: Recency(EASE(), unit="hours"),
        lambda: Recency(None),
        lambda: Trending(None),
        lambda: Trending(EASE(), window_share=0.0),
        lambda: Blend(()),
        lambda: Blend((EASE(),), (1.0, 2.0)),
        lambda: Popularity(half_life_s=0.0),
        lambda: Popularity(window_s=-1.0),
        lambda: Popularity(window_share=2.0),
        lambda: model("item_knn").with_options(k=0),
        lambda: model("item_knn").with_options(shrink=-1.0),
        lambda: model("user_knn").with_options(k=0),
        lambda: model("rp3beta").with_options(k=0),
        lambda: model("gfcf").with_options(n_factors=0),
        lambda: model("spectral").with_options(n_factors=0),
        lambda: model("spectral").with_options(sharpness=-1.0),
        lambda: model("spectral").with_options(k=0),
        lambda: model("ials").with_options(n_factors=0),
        lambda: model("ials").with_options(reg=0.0),
        lambda: model("ials").with_options(unobserved=-1.0),
        lambda: model("bpr").with_options(n_factors=0),
        lambda: model("bpr").with_options(reg=0.0),
    ],
)
def test_options_out_of_range_are_refused_by_name(make: Any) -> None:
    with pytest.raises(OptionInvalid) as error:
        make().fit(checkerboard())
    assert error.value.fields["option"]


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(OptionInvalid, match="ease"):
        model("easy")


def test_a_list_length_below_one_and_a_wrong_mask_are_refused() -> None:
    scorer = Popularity().fit(checkerboard())
    asked = histories_of([1])
    with pytest.raises(OptionInvalid, match="below 1"):
        scorer.top(asked, 0)
    for mask in (np.ones(3, bool), np.ones(24, int)):
        with pytest.raises(DataInvalid, match="a mask of shape"):
            scorer.top(asked, 3, available=mask)


def test_a_popularity_window_needs_times() -> None:
    data = checkerboard()
    with pytest.raises(OptionInvalid, match="no times"):
        Popularity(window_s=5.0).fit(type(data)(*(getattr(data, n) for n in _FIELDS)))


_FIELDS = ("users", "items", "weights", "user_ids", "item_ids")

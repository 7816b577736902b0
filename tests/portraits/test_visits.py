"""One row a user × content × time, added up: sums, rates by time watched, habits."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.intelligence.portraits.errors import DataInvalid
from livelore.intelligence.portraits.visits import HABITS, SUMMED, features_of_visits
from livelore.intelligence.portraits.words import FEATURES
from tests.portraits.planted import MONDAY

DAY = 86_400.0


def of(users: Any, columns: dict[str, Any], at: Any = None, **options: Any) -> dict[str, Any]:
    found = features_of_visits(users, columns, at, **options)
    return {name: found.column(name).tolist() for name in found.names} | {"ids": list(found.ids)}


def test_amounts_are_summed_and_rates_weighed_by_what_was_watched() -> None:
    found = of(
        ["b", "a", "b"],
        {
            "watch_time": [600, 60, 200],
            "interaction_freq": [1.0, 3.0, 5.0],
            "purchase_amount": [0, 7, 9],
        },
    )
    assert found == {
        "ids": ["a", "b"],
        "watch_time": [60, 800],
        "interaction_freq": [3, 2],  # (600 · 1 + 200 · 5) / 800
        "purchase_amount": [7, 9],
        "n_events": [1, 2],
    }


def test_what_is_not_known_is_left_out() -> None:
    found = of(
        [1, 1, 2],
        {
            "watch_time": [30, np.nan, np.nan],
            "interaction_freq": [2.0, 8.0, 6.0],
            "tip_amount": [np.nan, 4, np.nan],
        },
    )
    assert found["watch_time"][0] == 30
    assert found["interaction_freq"] == [2, 6], "of whom nothing was watched: the plain mean"
    assert found["tip_amount"][0] == 4
    assert np.isnan([found["watch_time"][1], found["tip_amount"][1]]).all()


def test_other_columns_are_means_and_that_is_told() -> None:
    table = features_of_visits([1, 1], {"rating": [2.0, 4.0], "watch_time": [1, 1]})
    assert table.column("rating").tolist() == [3]
    assert table.notes == ("means of a user's rows: rating",)


def test_times_tell_habits() -> None:
    at = MONDAY + np.array([0, 600, 3 * DAY + 12 * 3_600, 5 * DAY + 12 * 3_600])
    found = of(["a", "a", "a", "b"], {"watch_time": [1, 1, 1, 1]}, at)
    assert list(found)[1:-1] == list(HABITS)
    assert found["n_sessions"] == [2, 1]
    assert found["recency_s"] == [2 * DAY, 0]
    assert found["night_share"][0] > found["night_share"][1]
    assert found["weekend_share"][0] < found["weekend_share"][1]
    local = of(["a", "a", "a", "b"], {}, at, utc_offset_s=8 * 3_600)
    assert local["night_share"][0] < found["night_share"][0], "midnight in London is 8 in Beijing"


def test_a_column_of_the_file_is_kept_instead_of_ours() -> None:
    assert of([1, 1], {"n_events": [10, 20]}) == {"ids": [1], "n_events": [30]}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 900)), min_size=1), st.randoms())
def test_the_order_of_rows_changes_nothing_and_sums_are_kept(
    rows: list[tuple[int, int]], shuffled: Any
) -> None:
    def table(of_rows: list[tuple[int, int]]) -> dict[str, Any]:
        users, watched = zip(*of_rows, strict=True)
        freq = [each % 7 for each in watched]
        return of(users, {"watch_time": watched, "interaction_freq": freq}, watched)

    again = list(rows)
    shuffled.shuffle(again)
    found, other = table(rows), table(again)
    assert sum(found["watch_time"]) == sum(each for _, each in rows)
    for name, values in found.items():
        np.testing.assert_allclose(values, other[name])


@pytest.mark.parametrize(
    ("users", "columns", "at", "words"),
    [
        (["a", None], {}, None, "an id is missing"),
        (["a"], {"watch_time": [1, 2]}, None, "2 rows beside 1"),
        (["a"], {"watch_time": [np.inf]}, None, "infinite"),
        (["a"], {}, [-1], "negative"),
        (["a"], {}, [np.nan], "NaN"),
    ],
)
def test_bad_rows_are_refused(users: Any, columns: Any, at: Any, words: str) -> None:
    with pytest.raises(DataInvalid, match=words):
        features_of_visits(users, columns, at)


def test_habits_and_sums_have_words() -> None:
    assert set(HABITS) <= set(FEATURES)
    assert {"watch_time", "purchase_amount", "tip_amount"} <= set(SUMMED) & set(FEATURES)

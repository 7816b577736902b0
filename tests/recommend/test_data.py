"""Columns in: the right codes, or a refusal that says which column and row."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.data import Histories, Interactions, coded, numbers, seconds
from livelore.intelligence.recommend.errors import DataInvalid

whole = st.integers(-(2**62), 2**62)
text = st.text(min_size=0, max_size=5).filter(lambda each: "\x00" not in each)


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.lists(whole), st.lists(text.filter(lambda each: each.isprintable()))))
def test_codes_lead_back_to_the_ids(values: list[Any]) -> None:
    codes, ids = coded(values, "user")
    assert ids[codes].tolist() == values
    assert ids.tolist() == sorted(set(values))
    again, same = coded(values, "user", ids)
    assert (again == codes).all()
    assert same.tolist() == ids.tolist()


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (["007", "7", "07"], ["007", "07", "7"]),
        ([3.0, 1.0, 3.0], [1, 3]),
        ([1, "a"], ["1", "a"]),
        (np.array([1, "a"], object), ["1", "a"]),
        ([2**70, 1], ["1", str(2**70)]),
        (np.array([1, 2], object), [1, 2]),
        (np.array([5, 250], np.uint8), [5, 250]),
        (pa.array([4, 2]), [2, 4]),
        (pa.array([4.0, 2.0]), [2, 4]),
        (pa.chunked_array([["b"], ["a"]]), ["a", "b"]),
        (pa.array(["b", "a"]).dictionary_encode(), ["a", "b"]),
        ([], []),
    ],
)
def test_ids_stay_what_they_are(values: Any, ids: list[Any]) -> None:
    codes, found = coded(values, "item")
    assert found.tolist() == ids
    as_given = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    assert [str(found[code]) for code in codes] == [
        str(each).removesuffix(".0") for each in as_given
    ]


@pytest.mark.parametrize(
    ("values", "row"),
    [
        (["a", None, "b"], 1),
        ([1, 2, None], 2),
        ([1.0, np.nan], 1),
        (np.array(["a", np.nan], object), 1),
        ([1.0, 2.5], 1),
        ([1.0, np.inf], 1),
        (np.array([1, 2.5], object), 1),
        (pa.array([1.5, 2.0]), 0),
        (pa.array([1, None]), 1),
        (np.array([True, False], object), 0),
        ([b"a"], None),
        ([True, False], None),
        ([[1, 2], [3, 4]], None),
        (np.array(["2024-01-01"], "datetime64[D]"), None),
        (5, None),
    ],
)
def test_what_is_no_id_is_refused_with_its_row(values: Any, row: int | None) -> None:
    with pytest.raises(DataInvalid) as error:
        coded(values, "item")
    assert error.value.code == "recommend.data_invalid"
    assert (error.value.fields["column"], error.value.fields.get("row")) == ("item", row)


def test_known_ids_are_compared_as_what_they_are() -> None:
    assert coded(["b"], "user", np.array(["a", "b"]))[0].tolist() == [1]
    assert coded(["7"], "user", np.array([5, 7]))[0].tolist() == [1]
    assert coded([7], "user", np.array(["5", "7"]))[0].tolist() == [1]
    for values, known in ((["007"], [7]), ([7], ["007"]), (["a"], [1]), ([1], ["a"]), ([9], [1])):
        with pytest.raises(DataInvalid, match="is not a known id") as error:
            coded(values, "user", np.array(known))
        assert error.value.fields["row"] == 0
    with pytest.raises(DataInvalid, match="twice"):
        coded([1], "user", np.array([1, 1]))
    _, known_as_list = coded([1], "user", [1, 2])
    assert isinstance(known_as_list, np.ndarray)
    _, known_as_objects = coded([1], "user", np.array([1, 2], object))
    assert known_as_objects.dtype.kind == "i", "a model file keeps them whole numbers"


@pytest.mark.parametrize(
    ("columns", "column", "row"),
    [
        ({"items": [1]}, "item", None),
        ({"weights": [1.0]}, "weight", None),
        ({"weights": [1.0, 0.0]}, "weight", 1),
        ({"weights": [-1.0, 1.0]}, "weight", 0),
        ({"weights": [1.0, np.nan]}, "weight", 1),
        ({"weights": [np.inf, 1.0]}, "weight", 0),
        ({"weights": [1.0, 1e300]}, "weight", 1),
        ({"weights": [1.0, 1e-300]}, "weight", 1),
        ({"weights": ["1", "much"]}, "weight", 1),
        ({"weights": [[1.0], [2.0]]}, "weight", None),
        ({"weights": 1.0}, "weight", None),
        ({"at": [0.0]}, "time", None),
        ({"at": [0.0, -1.0]}, "time", 1),
        ({"at": [np.nan, 1.0]}, "time", 0),
        ({"at": [1.0, np.inf]}, "time", 1),
        ({"at": ["2024-01-01", "2024-01-02"]}, "time", 0),
        ({"at": [None, 1.0]}, "time", 0),
        ({"at": np.array(["2024-01-01", "NaT"], "datetime64[s]")}, "time", 1),
        ({"at": np.array([1, 2], "timedelta64[s]")}, "time", None),
        ({"at": [[1.0], [1.0, 2.0]]}, "time", None),
        ({"user_ids": np.array([1])}, "user", 1),
        ({"item_ids": np.array([8])}, "item", 1),
    ],
)
def test_a_bad_column_is_refused_with_its_row(
    columns: dict[str, Any], column: str, row: int | None
) -> None:
    good: dict[str, Any] = {"users": [1, 2], "items": [8, 9]}
    Interactions.of(**good)
    with pytest.raises(DataInvalid) as error:
        Interactions.of(**(good | columns))
    assert (error.value.fields["column"], error.value.fields.get("row")) == (column, row)
    assert error.value.fields["detail"]


rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(1, 9), st.integers(0, 5)),
    max_size=30,
)


@settings(deadline=None, max_examples=100)
@given(rows)
def test_histories_are_everybody_s_events_oldest_first(events: list[tuple[int, ...]]) -> None:
    columns = list(zip(*events, strict=True)) or [(), (), (), ()]
    users, items, weights, at = columns
    known: dict[str, Any] = {"user_ids": np.arange(5), "item_ids": np.arange(7)}
    data = Interactions.of(users, items, weights, at, **known)
    histories = data.histories
    for user in range(5):
        own = sorted((e for e in events if e[0] == user), key=lambda e: e[3])
        one = histories.part(user, user + 1)
        assert one.items.tolist() == [e[1] for e in own]
        assert one.weights.tolist() == [e[2] for e in own]
        assert one.positions.tolist() == list(range(len(own)))[::-1]
        sums = [sum(e[2] for e in own if e[1] == item) for item in range(7)]
        assert one.matrix.toarray()[0].tolist() == sums
    assert (data.matrix.toarray() == (histories.matrix.toarray() > 0)).all()
    assert data.item_counts.tolist() == (histories.matrix.toarray() > 0).sum(axis=0).tolist()
    assert data.take(np.ones(len(data), bool)).histories.items.tolist() == histories.items.tolist()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 6), max_size=5), max_size=5),
    st.lists(st.integers(-1, 4), max_size=6),
)
def test_taken_histories_are_the_same_lists(lists: list[list[int]], asked: list[int]) -> None:
    histories = Histories.of([np.array(each, np.int64) for each in lists], 7)
    rows = np.array([row if row < len(lists) else -1 for row in asked], np.int64)
    taken = histories.take_known(rows)
    found = [taken.part(n, n + 1).items.tolist() for n in range(len(rows))]
    assert found == [lists[row] if row >= 0 else [] for row in rows]
    assert len(histories.part(0, 0)) == 0


@pytest.mark.parametrize(
    ("lists", "weights", "column"),
    [
        ([[7]], None, "item"),
        ([[-1]], None, "item"),
        ([[1.5]], None, "item"),
        ([["a"]], None, "item"),
        ([[[1]]], None, "item"),
        ([[1]], [[1.0, 2.0]], "weight"),
        ([[1]], [], "weight"),
        ([[1]], [[0.0]], "weight"),
        ([[1]], [[np.nan]], "weight"),
    ],
)
def test_a_history_that_is_none_is_refused(lists: Any, weights: Any, column: str) -> None:
    with pytest.raises(DataInvalid) as error:
        Histories.of(lists, 7, weights)
    assert error.value.fields["column"] == column


def test_datetimes_are_seconds_and_text_of_numbers_is_read() -> None:
    at = seconds(np.array(["1970-01-02", "1970-01-01T00:00:00.5"], "datetime64[ms]"), 2)
    assert at.tolist() == [86400.0, 0.5]
    assert numbers(["1.5", "2"], "weight", 2).tolist() == [1.5, 2.0]
    assert seconds([], 0).tolist() == []

"""Columns to arrays: one way for portraits and recommendation, each with its own refusal."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from livelore.intelligence.column_checks import ColumnChecks
from livelore.intelligence.portraits import data as portraits
from livelore.intelligence.portraits.errors import DataInvalid as PortraitRefusal
from livelore.intelligence.recommend import columns as recommend
from livelore.intelligence.recommend.errors import DataInvalid as RecommendRefusal
from livelore.kit.errors import AppError


class Refused(AppError):
    code = "tests.refused"


CHECKS = ColumnChecks(Refused)


def refused(error: pytest.ExceptionInfo[Any]) -> tuple[Any, str]:
    return error.value.fields.get("row"), str(error.value.fields["detail"])


@pytest.mark.parametrize(
    ("values", "codes", "ids"),
    [
        ([7, 3, 7], [1, 0, 1], [3, 7]),
        (["b", "a", "b"], [1, 0, 1], ["a", "b"]),
        (np.array([2.0, 1.0]), [1, 0], [1, 2]),
        (np.array([5, "5"], dtype=object), [0, 0], ["5"]),
        (pa.array(["x", "x"]), [0, 0], ["x"]),
        (pa.chunked_array([[4], [2]]), [1, 0], [2, 4]),
        (np.array([2.0**64, 1.0]), [1, 0], ["1", "18446744073709551616"]),
        ([], [], []),
    ],
)
def test_ids_become_codes(values: Any, codes: list[int], ids: list[Any]) -> None:
    found, known = CHECKS.coded(values, "user")
    assert found.dtype == np.int32
    assert (found.tolist(), known.tolist()) == (codes, ids)


@pytest.mark.parametrize(
    "values", [["a", None], np.array([1.0, np.nan]), np.array([1, None], dtype=object)]
)
def test_a_missing_id_is_a_refusal_or_no_id_at_all(values: Any) -> None:
    with pytest.raises(Refused) as error:
        CHECKS.coded(values, "user")
    assert refused(error) == (1, "an id is missing")
    assert CHECKS.coded(values, "item", may_miss=True)[0].tolist() == [0, -1]


def test_known_ids_keep_their_codes() -> None:
    found, known = CHECKS.coded([9, 5, 9], "user", [9, 7, 5])
    assert (found.tolist(), known.tolist()) == ([0, 2, 0], [9, 7, 5])
    some: Any = [9, None]
    found, _ = CHECKS.coded(some, "item", [7, 9], may_miss=True)
    assert found.tolist() == [1, -1]
    found, _ = CHECKS.coded(["9"], "user", [7, 9])
    assert found.tolist() == [1], "the same id, as text here and as a number there"


@pytest.mark.parametrize(
    ("values", "known", "row", "words"),
    [
        ([None, 4], [5, 6], 1, "4 is not a known id"),
        (["007"], [7], 0, "007 is not a known id"),
        ([1], [1, 1], None, "stands there twice"),
        ([1], [1, None], None, "missing"),
        ([1.0, 1.5], None, 1, "whole numbers or text, not 1.5"),
        ([1.0, np.inf], None, 1, "whole numbers or text, not inf"),
        (np.array(["a", True], dtype=object), None, 1, "not True"),
        (np.array([True]), None, None, "not bool"),
        ([[1, 2]], None, None, "one column is needed"),
        ([[1], [1, 2]], None, None, "shape"),
    ],
)
def test_what_is_no_id_is_refused(values: Any, known: Any, row: int | None, words: str) -> None:
    with pytest.raises(Refused) as error:
        CHECKS.coded(values, "user", known, may_miss=True)
    assert refused(error)[0] == row
    assert words in refused(error)[1]


@pytest.mark.parametrize(
    ("values", "may_miss", "row", "words"),
    [
        ([1, "two"], False, 1, "no number"),
        ([1], False, None, "1 rows beside 2"),
        ([[1, 2]], False, None, "one column is needed, not shape (1, 2)"),
        ([1, np.nan], False, 1, "NaN or infinite"),
        ([-np.inf, np.nan], True, 0, "infinite"),
    ],
)
def test_what_is_no_number_is_refused(
    values: Any, may_miss: bool, row: int | None, words: str
) -> None:
    with pytest.raises(Refused) as error:
        CHECKS.numbers(values, "amount", 2, may_miss=may_miss)
    assert refused(error)[0] == row
    assert words in refused(error)[1]


def test_a_missing_number_stays_where_it_may() -> None:
    some: Any = [1, None]
    found = CHECKS.numbers(some, "amount", 2, may_miss=True)
    np.testing.assert_array_equal(found, [1.0, np.nan])


def test_moments_are_seconds() -> None:
    moments = np.array(["1970-01-01T00:00:01.5", "1970-01-02"], dtype="datetime64[ms]")
    assert CHECKS.seconds(moments, 2).tolist() == [1.5, 86_400]
    assert CHECKS.seconds([3, 0], 2).tolist() == [3, 0]


@pytest.mark.parametrize(
    ("values", "row", "words"),
    [
        ([1, -1], 1, "negative"),
        ([1, np.nan], 1, "NaN"),
        (np.array(["2026-01-01", "NaT"], dtype="datetime64[s]"), 1, "missing"),
        (np.array([1, 2], dtype="timedelta64[s]"), None, "no moment"),
        ([[1], [1, 2]], None, "shape"),
    ],
)
def test_what_is_no_moment_is_refused(values: Any, row: int | None, words: str) -> None:
    with pytest.raises(Refused) as error:
        CHECKS.seconds(values, 2)
    assert refused(error)[0] == row
    assert words in refused(error)[1]


def test_each_part_refuses_in_its_own_name() -> None:
    with pytest.raises(PortraitRefusal):
        portraits.coded([1.5], "user")
    with pytest.raises(RecommendRefusal):
        recommend.coded([1.5], "user")

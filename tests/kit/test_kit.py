"""Ids sort by time, amounts are integers, buckets fill up again, times survive storage."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.kit.errors import InvariantError, invariant
from livelore.kit.ids import new_id
from livelore.kit.limits import RateLimiter
from livelore.kit.money import AMOUNT_MAX, AmountError, check_amount
from livelore.kit.times import from_ms, to_iso, to_ms


@given(st.integers(0, 2**48 - 2), st.integers(1, 10**6))
def test_a_later_id_sorts_after_an_earlier_one(at_ms: int, later_ms: int) -> None:
    later = min(at_ms + later_ms, 2**48 - 1)
    assert new_id(at_ms) < new_id(later)
    assert len(new_id(at_ms)) == 26


def test_ids_of_one_instant_differ() -> None:
    assert len({new_id(1) for _ in range(1000)}) == 1000


@given(st.integers(1, AMOUNT_MAX))
def test_an_integer_in_range_is_an_amount(value: int) -> None:
    assert check_amount(value) == value


@pytest.mark.parametrize(
    "value", [0, -1, AMOUNT_MAX + 1, 1.0, "1", True, None, float("nan"), float("inf")]
)
def test_nothing_else_is_an_amount(value: object) -> None:
    with pytest.raises(AmountError):
        check_amount(value)


def test_a_broken_invariant_says_why() -> None:
    invariant(1, "fine")
    with pytest.raises(InvariantError, match="sums differ"):
        invariant(0, "sums differ")


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    limiter = RateLimiter(per_second=2, burst=3)
    assert [limiter.wait_s("a", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.wait_s("a", 0.0) == pytest.approx(0.5)
    assert limiter.wait_s("b", 0.0) == 0.0
    assert limiter.wait_s("a", 0.6) == 0.0


def test_buckets_are_bounded_and_the_longest_unused_goes_first() -> None:
    limiter = RateLimiter(per_second=0.001, burst=1, keys_max=2)
    assert [limiter.wait_s(key, 0.0) for key in "abc"] == [0.0, 0.0, 0.0]
    assert limiter.wait_s("c", 0.0) > 0
    assert limiter.wait_s("a", 0.0) == 0.0


@given(st.integers(0, 4 * 10**12))
def test_stored_times_come_back(at_ms: int) -> None:
    assert to_ms(from_ms(at_ms)) == at_ms


def test_iso_times_say_utc() -> None:
    assert to_iso(datetime(2026, 11, 24, 3, 5, tzinfo=UTC)) == "2026-11-24T03:05:00.000Z"

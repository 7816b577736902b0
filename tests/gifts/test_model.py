"""Counts, combos and what a deletion gives back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.knowledge.ledger.model import Gift, gift
from livelore.live.gifts.errors import ComboInvalid, DeletionReasonUnknown, GiftCountInvalid
from livelore.live.gifts.model import (
    COUNT_MAX,
    QUICK_S,
    REFUND_OF,
    check_combo,
    check_count,
    refund_of,
)
from tests.fakes import START


@pytest.mark.parametrize("count", [0, -1, -(2**63), 1000, 2**70, 1.0, 2.5, "3", True, None])
def test_a_count_is_an_integer_from_1_to_999(count: object) -> None:
    with pytest.raises(GiftCountInvalid):
        check_count(count)


@given(st.integers(1, COUNT_MAX))
def test_every_other_count_is_itself(count: int) -> None:
    assert check_count(count) == count


@pytest.mark.parametrize(
    "combo_id", ["", "short", "x" * 65, "with space", "'; DROP TABLE", "连击连击连击连击"]
)
def test_a_combos_id_is_plain(combo_id: str) -> None:
    with pytest.raises(ComboInvalid):
        check_combo(combo_id)


def test_own_breach_gives_nothing_back_and_the_sites_mistake_all() -> None:
    long = QUICK_S + 1
    assert {reason: refund_of(reason, long) for reason in REFUND_OF} == {
        "breach": "none",
        "host_mistake": "full",
        "platform_order": "full",
    }
    with pytest.raises(DeletionReasonUnknown):
        refund_of("because", long)


@given(st.sampled_from(sorted(REFUND_OF)), st.floats(0, 4.99))
def test_what_was_hardly_seen_is_paid_back(reason: str, shown_s: float) -> None:
    assert refund_of(reason, shown_s) == "full"


@given(
    st.lists(st.integers(1, COUNT_MAX), min_size=1, max_size=20),
    st.sampled_from([10, 60, 120, 300, 660]),
    st.integers(0, 100),
)
def test_a_combo_moves_its_count_times_the_price_and_no_fen_is_lost(
    presses: list[int], coins: int, platform_percent: int
) -> None:
    spent = shared = 0
    for count in presses:
        given_now = Gift(
            1, 2, count * coins, (100 - platform_percent, platform_percent), START.date()
        )
        for transfer in gift(given_now):
            if transfer.credit.kind == "coin.spent":
                spent += transfer.amount_minor
            else:
                shared += transfer.amount_minor
    assert spent == sum(presses) * coins
    assert shared == spent * 10

"""Rules of courses, lessons, prices and splits, without any I/O."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.kit.money import AmountError, split, unsplit
from livelore.knowledge.catalog.errors import FieldInvalid
from livelore.knowledge.catalog.model import (
    REFUND_RULES,
    Lesson,
    OutlineItem,
    Product,
    SplitPart,
    SplitRule,
    check_lesson,
    check_product,
)

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
LESSON = Lesson(
    id="l",
    course_id="c",
    chapter="",
    chapter_en="",
    position=1,
    title="定积分",
    title_en="The definite integral",
    kind="live",
    duration_s=5400,
    is_preview=False,
    cover="integral",
    body="",
    starts_at=START,
    ends_at=START + timedelta(minutes=90),
    outline=(OutlineItem(0, "面积"), OutlineItem(760, "黎曼和")),
    room_id="r",
    cancelled_at=None,
)
PRODUCT = Product(
    id="p",
    kind="ticket",
    title="票",
    title_en="Ticket",
    host_id="h",
    course_id="c",
    lesson_id="l",
    amount_minor=2900,
    currency="CNY",
    price_version=1,
    split_rule=SplitRule("site", 1, (SplitPart("host", 85), SplitPart("platform", 15))),
    refund_rule=REFUND_RULES["ticket-10min"],
    seat_limit=None,
    seats_taken=0,
    replay_days=180,
    coins=None,
    is_on_sale=True,
    lesson_ends_at=START,
)


def test_a_good_lesson_passes() -> None:
    assert check_lesson(LESSON) == LESSON


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"position": -1}, "position"),
        ({"duration_s": -1}, "duration_s"),
        ({"ends_at": START}, "ends_at"),
        ({"ends_at": START + timedelta(hours=13)}, "ends_at"),
        ({"starts_at": None}, "starts_at"),
        ({"kind": "video"}, "starts_at"),
        ({"cover": "../etc"}, "cover"),
        ({"outline": (OutlineItem(9, "b"), OutlineItem(1, "a"))}, "outline"),
        ({"outline": (OutlineItem(-1, "a"),)}, "outline"),
        ({"outline": (OutlineItem(1, ""),)}, "outline"),
        ({"outline": tuple(OutlineItem(i, "a") for i in range(51))}, "outline"),
    ],
)
def test_a_lesson_that_cannot_be_names_the_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(FieldInvalid) as refusal:
        check_lesson(replace(LESSON, **changes))  # type: ignore[arg-type]  # wrong on purpose
    assert refusal.value.fields["field"] == field


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1, 1.0, "1", True])
def test_a_price_is_an_integer_in_range(amount: object) -> None:
    with pytest.raises(AmountError):
        check_product(replace(PRODUCT, amount_minor=amount))  # type: ignore[arg-type]


def test_a_seat_limit_never_falls_below_the_seats_taken() -> None:
    with pytest.raises(FieldInvalid):
        check_product(replace(PRODUCT, seat_limit=2, seats_taken=3))
    assert check_product(replace(PRODUCT, seat_limit=3, seats_taken=3)).seats_left == 0


def test_the_replay_ends_its_days_after_the_class() -> None:
    assert PRODUCT.access_until == START + timedelta(days=180)
    assert replace(PRODUCT, replay_days=None).access_until is None


def test_a_ticket_of_29_yuan_is_split_as_the_page_says() -> None:
    assert PRODUCT.split_rule is not None
    assert PRODUCT.split_rule.shares(2900) == [("host", 2465), ("platform", 435)]


def test_a_live_lesson_stands_where_its_hours_say() -> None:
    before, during, after = (START + timedelta(minutes=m) for m in (-1, 0, 90))
    assert [LESSON.state(at) for at in (before, during, after)] == ["upcoming", "live", "ended"]
    assert replace(LESSON, cancelled_at=START).state(before) == "ended"
    assert replace(LESSON, kind="video", starts_at=None, ends_at=None).state(START) is None


def test_the_worked_example_of_a_split() -> None:
    weights = [105, 35, 20, 40]
    assert split(1999, weights) == [1049, 350, 200, 400]
    left = [1049, 350, 200, 400]
    steps: list[list[int]] = []
    for amount in (700, 700, 599):
        steps.append(unsplit(amount, left))
        left = [have - back for have, back in zip(left, steps[-1], strict=True)]
    assert steps == [[367, 123, 70, 140], [368, 122, 70, 140], [314, 105, 60, 120]]
    assert left == [0, 0, 0, 0]


WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(lambda ws: sum(ws) > 0)


@given(st.integers(0, 10**12), WEIGHTS)
def test_parts_sum_to_the_whole_and_differ_by_less_than_one(
    amount: int, weights: list[int]
) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    assert all(
        abs(part * total - amount * weight) < total
        for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.integers(1, 10**6), WEIGHTS, st.lists(st.integers(1, 10**6), max_size=8))
def test_refunds_in_any_steps_end_at_nothing(
    amount: int, weights: list[int], steps: list[int]
) -> None:
    left = split(amount, weights)
    for step in [*steps, amount]:
        back = min(step, sum(left))
        parts = unsplit(back, left)
        assert sum(parts) == back
        assert all(0 <= part <= have for part, have in zip(parts, left, strict=True))
        left = [have - part for have, part in zip(left, parts, strict=True)]
    assert sum(left) == 0

"""What opens a lesson, without any I/O."""

from dataclasses import replace
from datetime import timedelta

import pytest

from livelore.knowledge.access.model import (
    Entitlement,
    end_of,
    lesson_access,
    open_products,
    state_of,
)
from tests.catalog.test_model import LESSON, PRODUCT, START

TICKET = replace(
    PRODUCT, lesson_starts_at=LESSON.starts_at, lesson_ends_at=LESSON.ends_at, replay_days=2
)
COURSE = replace(PRODUCT, id="whole", kind="course", lesson_id=None, lesson_ends_at=None)
END = START + timedelta(minutes=90) + timedelta(days=2)
RIGHT = Entitlement(1, 7, "p", 3, START - timedelta(days=1), END, None)


def test_a_lesson_without_any_product_is_free() -> None:
    assert lesson_access(LESSON, [], {}).reason == "free"


def test_a_preview_is_free_and_its_neighbour_is_not() -> None:
    assert lesson_access(replace(LESSON, is_preview=True), [COURSE], {}).reason == "free"
    assert not lesson_access(LESSON, [COURSE], {}).entitled


def test_taking_a_product_off_sale_opens_nothing() -> None:
    assert not lesson_access(LESSON, [replace(COURSE, is_on_sale=False)], {}).entitled


@pytest.mark.parametrize(("held", "reason"), [("whole", "course"), ("p", "ticket"), ("x", None)])
def test_the_course_or_the_ticket_opens_it(held: str, reason: str | None) -> None:
    assert lesson_access(LESSON, [COURSE, TICKET], {held: None}).reason == reason


def test_the_ticket_of_another_class_opens_nothing() -> None:
    other = replace(LESSON, id="other")
    assert not lesson_access(other, [COURSE, TICKET], {"p": None}).entitled


def test_the_replay_window_closes_to_the_moment() -> None:
    products = {"p": TICKET}
    assert open_products([RIGHT], products, END - timedelta(milliseconds=1)) == {"p": END}
    assert open_products([RIGHT], products, END) == {}


def test_what_is_revoked_or_not_begun_opens_nothing() -> None:
    assert open_products([replace(RIGHT, revoked_at=START)], {"p": TICKET}, START) == {}
    later = replace(RIGHT, starts_at=START + timedelta(seconds=1))
    assert open_products([later], {"p": TICKET}, START) == {}


def test_a_class_moved_to_later_takes_its_replay_along_and_never_shortens_it() -> None:
    moved = replace(TICKET, lesson_ends_at=START + timedelta(days=30))
    assert end_of(RIGHT, moved) == START + timedelta(days=32)
    earlier = replace(TICKET, lesson_ends_at=START - timedelta(days=30))
    assert end_of(RIGHT, earlier) == END


def test_the_longest_of_several_rights_counts() -> None:
    endless = replace(RIGHT, until=None)
    assert open_products([RIGHT, endless], {"p": TICKET}, START) == {"p": None}


def test_a_holder_sees_where_their_ticket_stands() -> None:
    moments = [START - timedelta(minutes=1), START, START + timedelta(minutes=91), END]
    assert [state_of(RIGHT, TICKET, at) for at in moments] == [
        "upcoming",
        "live",
        "replay",
        "ended",
    ]
    assert state_of(replace(RIGHT, revoked_at=START), TICKET, START) == "revoked"
    assert state_of(replace(RIGHT, until=None), COURSE, START) == "open"

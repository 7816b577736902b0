"""Where somebody goes on in a course, and what opens a lesson."""

from dataclasses import replace
from datetime import timedelta

from livelore.knowledge.access.model import Watched
from livelore.knowledge.catalog.model import REFUND_RULES, Lesson, Product, ProductKind
from livelore.live.rooms.model import LiveSession, next_step, offer_of, room_state
from tests.fakes import START

HOUR = timedelta(hours=1)


def recorded(name: str, duration_s: int = 1000) -> Lesson:
    return Lesson(
        id=name,
        course_id="c",
        chapter="",
        chapter_en="",
        position=0,
        title=name,
        title_en="",
        kind="video",
        duration_s=duration_s,
        is_preview=False,
        cover="",
        body="",
        starts_at=None,
        ends_at=None,
        outline=(),
        room_id=None,
        cancelled_at=None,
    )


def taught(name: str, starts_in: timedelta) -> Lesson:
    starts_at = START + starts_in
    return replace(recorded(name), kind="live", starts_at=starts_at, ends_at=starts_at + HOUR)


def seen(**seconds: int) -> dict[str, Watched]:
    """What was watched, in this order."""
    return {
        name: Watched(name, watched_s, START + timedelta(minutes=number))
        for number, (name, watched_s) in enumerate(seconds.items())
    }


def step(lessons: list[Lesson], *on_air: str, **seconds: int) -> str | None:
    found = next_step(lessons, seen(**seconds), on_air, START)
    return None if found is None else found.id


THREE = [recorded("a"), recorded("b"), recorded("c")]


def test_somebody_begins_with_the_first_lesson() -> None:
    assert step(THREE) == "a"


def test_a_lesson_that_was_left_is_taken_up_again() -> None:
    assert step(THREE, a=1000, b=400) == "b"
    assert step(THREE, b=400, a=300) == "a"


def test_after_a_lesson_that_was_seen_comes_the_next() -> None:
    assert step(THREE, a=949) == "a"
    assert step(THREE, a=950) == "b"


def test_what_was_left_out_before_comes_at_the_end_and_then_nothing() -> None:
    assert step(THREE, b=1000, c=1000) == "a"
    assert step(THREE, a=1000, b=1000, c=1000) is None


def test_what_is_on_air_comes_before_everything() -> None:
    lessons = [*THREE, taught("now", -timedelta(minutes=5))]
    assert step(lessons, "now", b=400) == "now"
    assert step(lessons, "another", b=400) == "b"


def test_a_class_that_is_over_or_called_off_is_no_step() -> None:
    past, coming = taught("past", -2 * HOUR), taught("coming", HOUR)
    assert step([past, coming]) == "coming"
    assert step([past, replace(coming, cancelled_at=START)]) is None
    assert step([past, coming, recorded("a")], past=3000) == "coming"


def sold(
    name: str, kind: ProductKind, lesson_id: str | None, *, is_on_sale: bool = True
) -> Product:
    return Product(
        id=name,
        kind=kind,
        title=name,
        title_en="",
        host_id="h",
        course_id="c",
        lesson_id=lesson_id,
        amount_minor=100,
        currency="CNY",
        price_version=1,
        split_rule=None,
        refund_rule=REFUND_RULES["none"],
        seat_limit=None,
        seats_taken=0,
        replay_days=None,
        coins=None,
        is_on_sale=is_on_sale,
    )


def test_a_ticket_opens_a_lesson_before_the_whole_course_does() -> None:
    whole, ticket = sold("whole", "course", None), sold("ticket", "ticket", "a")
    assert offer_of([whole, ticket], recorded("a")) == ticket
    assert offer_of([whole, ticket], recorded("b")) == whole
    assert offer_of([whole, replace(ticket, is_on_sale=False)], recorded("a")) == whole


def test_a_free_lesson_needs_nothing() -> None:
    whole = sold("whole", "course", None)
    assert offer_of([whole], replace(recorded("a"), is_preview=True)) is None
    assert offer_of([], recorded("a")) is None


def test_a_class_that_its_host_ended_is_over_though_its_hours_are_not() -> None:
    lesson = taught("a", -HOUR / 2)
    ended = LiveSession(
        id="s",
        room_id="r",
        lesson_id="a",
        title="",
        title_en="",
        state="ended",
        started_at=START - HOUR / 2,
        ended_at=START - HOUR / 6,
    )
    assert room_state(None, lesson, START) == "waiting"
    assert room_state(ended, lesson, START) == "ended"
    assert room_state(ended, taught("b", HOUR / 12), START) == "waiting"

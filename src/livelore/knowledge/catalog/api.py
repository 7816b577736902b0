"""Routes of the catalogue."""

from litestar import Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK

from livelore.kit.search import words_of
from livelore.knowledge.catalog.errors import FieldInvalid
from livelore.knowledge.catalog.model import QUERY_MAX, Course, Product, Wanted
from livelore.knowledge.catalog.schemas import (
    CatalogExtras,
    CourseCard,
    CourseOut,
    LessonOut,
    ProductOut,
    SubjectOut,
    SubjectsOut,
    card_fields,
)
from livelore.knowledge.catalog.schemas_host import (
    CourseIn,
    CoursePatch,
    LessonIn,
    LessonPatch,
    ProductIn,
    ProductPatch,
    changes_of,
)
from livelore.knowledge.catalog.service import CatalogService, CourseView
from livelore.knowledge.catalog.subjects import SUBJECTS, subjects_with
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller
from livelore.web.paging import Page, clamp_limit, decode_cursor, encode_cursor


async def _cards(
    views: list[CourseView],
    caller: Caller,
    identity: IdentityService,
    extras: CatalogExtras,
) -> list[CourseCard]:
    hosts = await identity.users([view.course.host_id for view in views])
    owned = await extras.owned_products(caller.user_id)
    return [
        CourseCard.of(
            view.course, view.facts, hosts[view.course.host_id], owned=_is_owned(view, owned)
        )
        for view in views
    ]


def _is_owned(view: CourseView, owned: frozenset[str]) -> bool:
    return view.facts.product is not None and view.facts.product.id in owned


async def _wanted(query: str, identity: IdentityService) -> list[Wanted]:
    if len(query) > QUERY_MAX:
        raise FieldInvalid(field="q", why="too_long", characters_max=QUERY_MAX)
    return [
        Wanted(word, await identity.hosts_named(word), subjects_with(word))
        for word in words_of(query)
    ]


@get("/subjects")
async def list_subjects() -> SubjectsOut:
    """What courses may be about: codes and their names."""
    return SubjectsOut([SubjectOut(code, *names) for code, names in SUBJECTS.items()])


@get("/catalog")
async def list_courses(  # what is injected, and the query
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
    identity: NamedDependency[IdentityService],
    catalog_extras: NamedDependency[CatalogExtras],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
    subject: FromQuery[str | None] = None,
    q: FromQuery[str] = "",
) -> Page[CourseCard]:
    """Published courses, newest first.

    ``q``: words that must all be found, in the title of the course or of a lesson, in either
    language, in the host's name or the subject; case does not matter, parts of words do.
    """
    before = None if cursor is None else str(decode_cursor(cursor, str)[0])
    size = clamp_limit(limit)
    views = await catalog.courses(before, size + 1, subject, await _wanted(q, identity))
    more = len(views) > size
    cards = await _cards(views[:size], caller, identity, catalog_extras)
    return Page(cards, encode_cursor(cards[-1].id) if more else None)


@get("/courses/{course_id:str}")
async def show_course(
    course_id: FromPath[str],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
    identity: NamedDependency[IdentityService],
    catalog_extras: NamedDependency[CatalogExtras],
) -> CourseOut:
    """A course with its lessons, as this caller may see them."""
    view = await catalog.course_for(caller.user_id, course_id)
    course = view.course
    host = await identity.user(course.host_id)
    products = await catalog.products_of_course(course_id)
    tickets = {each.lesson_id: each for each in products if each.lesson_id and each.is_on_sale}
    entitled = await catalog_extras.open_lessons(caller.user_id, course_id)
    owned = await catalog_extras.owned_products(caller.user_id)
    now = catalog.now()
    lessons = [
        LessonOut.of(each, tickets.get(each.id), now, entitled=each.id in entitled)
        for each in await catalog.lessons_of_course(course_id)
    ]
    own: Product | None = view.facts.product
    return CourseOut(
        **card_fields(course, view.facts, host, owned=_is_owned(view, owned)),
        description=course.description,
        description_en=course.description_en,
        lessons=lessons,
        product=None if own is None else ProductOut.of(own),
        live_now=(await catalog_extras.live_now([course_id])).get(course_id),
    )


@get("/me/courses")
async def list_own_courses(
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
    identity: NamedDependency[IdentityService],
    catalog_extras: NamedDependency[CatalogExtras],
) -> Page[CourseCard]:
    """The caller's own courses, drafts too."""
    views = await catalog.courses_of_host(caller.require_role("host", "operator"))
    return Page(await _cards(views, caller, identity, catalog_extras))


async def _card(
    course: Course, caller: Caller, catalog: CatalogService, identity: IdentityService
) -> CourseCard:
    view = await catalog.course_for(caller.user_id, course.id)
    host = await identity.user(course.host_id)
    return CourseCard.of(view.course, view.facts, host, owned=False)


@post("/courses")
async def add_course(
    data: JSONBody[CourseIn],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
    identity: NamedDependency[IdentityService],
) -> CourseCard:
    """Make a course."""
    host_id = caller.require_role("host", "operator")
    return await _card(
        await catalog.add_course(host_id, data.to_model()), caller, catalog, identity
    )


@patch("/courses/{course_id:str}")
async def change_course(
    course_id: FromPath[str],
    data: JSONBody[CoursePatch],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
    identity: NamedDependency[IdentityService],
) -> CourseCard:
    """Change one's own course."""
    host_id = caller.require_role("host", "operator")
    course = await catalog.update_course(host_id, course_id, changes_of(data))
    return await _card(course, caller, catalog, identity)


@post("/courses/{course_id:str}/lessons")
async def add_lesson(
    course_id: FromPath[str],
    data: JSONBody[LessonIn],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
) -> LessonOut:
    """Add a lesson to one's own course."""
    host_id = caller.require_role("host", "operator")
    lesson = await catalog.add_lesson(host_id, course_id, data.to_model())
    return LessonOut.of(lesson, None, catalog.now(), entitled=True)


@patch("/lessons/{lesson_id:str}")
async def change_lesson(
    lesson_id: FromPath[str],
    data: JSONBody[LessonPatch],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
) -> LessonOut:
    """Change a lesson of one's own course."""
    host_id = caller.require_role("host", "operator")
    lesson = await catalog.update_lesson(host_id, lesson_id, changes_of(data))
    return LessonOut.of(lesson, None, catalog.now(), entitled=True)


@post("/lessons/{lesson_id:str}/cancel", status_code=HTTP_200_OK)
async def cancel_lesson(
    lesson_id: FromPath[str],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
) -> LessonOut:
    """Call one's own live class off; everybody with a ticket gets their money back."""
    host_id = caller.require_role("host", "operator")
    lesson = await catalog.cancel_lesson(host_id, lesson_id)
    return LessonOut.of(lesson, None, catalog.now(), entitled=True)


@post("/courses/{course_id:str}/products")
async def add_product(
    course_id: FromPath[str],
    data: JSONBody[ProductIn],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
) -> ProductOut:
    """Sell one's own course, or the ticket of a live lesson of it."""
    host_id = caller.require_role("host", "operator")
    return ProductOut.of(await catalog.add_product(host_id, course_id, data.to_model()))


@get("/products/{product_id:str}")
async def show_product(
    product_id: FromPath[str],
    catalog: NamedDependency[CatalogService],
) -> ProductOut:
    """A product at its present price."""
    return ProductOut.of(await catalog.product(product_id))


@patch("/products/{product_id:str}")
async def change_product(
    product_id: FromPath[str],
    data: JSONBody[ProductPatch],
    caller: NamedDependency[Caller],
    catalog: NamedDependency[CatalogService],
) -> ProductOut:
    """Change price, seats or sale of one's own product."""
    host_id = caller.require_role("host", "operator")
    return ProductOut.of(await catalog.update_product(host_id, product_id, changes_of(data)))


routes = [
    Router(
        "/",
        route_handlers=[
            list_subjects,
            list_courses,
            show_course,
            list_own_courses,
            add_course,
            change_course,
            add_lesson,
            change_lesson,
            cancel_lesson,
            add_product,
            show_product,
            change_product,
        ],
        tags=["catalog"],
    )
]

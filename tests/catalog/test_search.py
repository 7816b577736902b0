"""Courses by words: titles in both languages, lessons, hosts, subjects; nothing else by chance."""

import json
from pathlib import Path

import pytest

from livelore.demo.catalogue import HOSTS
from livelore.kit.search import WORDS_MAX, folded, words_of
from livelore.knowledge.catalog.errors import FieldInvalid
from livelore.knowledge.catalog.model import Wanted
from livelore.knowledge.catalog.service import CatalogService, NewCourse, NewLesson
from livelore.knowledge.catalog.subjects import SUBJECTS, subjects_with
from livelore.trust.identity.model import User
from livelore.trust.identity.service import IdentityService, NewUser
from tests.fakes import FakeClock

WORDS = Path(__file__).parents[2] / "frontend" / "src" / "i18n"


@pytest.fixture
async def stocked(
    catalog: CatalogService, identity: IdentityService, clock: FakeClock
) -> CatalogService:
    lin = await identity.add_user(
        NewUser("linzhiyuan", "chalk and board", display_name="林知远"), "host"
    )
    zoe = await identity.add_user(NewUser("zoe", "chalk and board", display_name="Zoë_Lam"), "host")
    calculus = await catalog.add_course(
        lin.id, NewCourse("微积分：从直觉到计算", "Calculus by ÉTUDES", subject="math")
    )
    await catalog.add_lesson(
        lin.id, calculus.id, NewLesson("夹逼定理", "video", title_en="The squeeze theorem")
    )
    clock.advance(1)  # the newest is listed first, and ids of one millisecond have no order
    await catalog.add_course(zoe.id, NewCourse("100%自然拼读", "Phonics", subject="languages"))
    await catalog.add_course(lin.id, NewCourse("微积分草稿", "Draft", is_published=False))
    return catalog


async def search(catalog: CatalogService, identity: IdentityService, query: str) -> list[str]:
    wanted = [
        Wanted(word, await identity.hosts_named(word), subjects_with(word))
        for word in words_of(query)
    ]
    return [view.course.title_en for view in await catalog.courses(wanted=wanted)]


CALCULUS, PHONICS = "Calculus by ÉTUDES", "Phonics"


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", [PHONICS, CALCULUS]),
        ("积分", [CALCULUS]),
        ("CALC", [CALCULUS]),
        ("études", [CALCULUS]),
        ("ｃａｌｃｕｌｕｓ", [CALCULUS]),
        ("夹逼", [CALCULUS]),
        ("Squeeze", [CALCULUS]),
        ("知远", [CALCULUS]),
        ("zoË", [PHONICS]),
        ("数学", [CALCULUS]),
        ("mathem", [CALCULUS]),
        ("林 squeeze  calculus", [CALCULUS]),
        ("林 phonics", []),
        ("100%", [PHONICS]),
        ("%", [PHONICS]),
        ("_", [PHONICS]),
        ("!", []),
        ("'; DROP TABLE course", []),
        ("草稿", []),
    ],
)
async def test_a_search_finds_what_has_all_words(
    stocked: CatalogService, identity: IdentityService, query: str, titles: list[str]
) -> None:
    assert await search(stocked, identity, query) == titles


async def test_a_renamed_course_is_found_by_its_new_name_alone(
    catalog: CatalogService, identity: IdentityService, host: User
) -> None:
    course = await catalog.add_course(host.id, NewCourse("几何", "Geometry"))
    lesson = await catalog.add_lesson(host.id, course.id, NewLesson("圆", "video"))
    await catalog.update_course(host.id, course.id, {"title": "拓扑", "title_en": "Topology"})
    await catalog.update_lesson(host.id, lesson.id, {"title": "环面"})
    assert await search(catalog, identity, "几何") == []
    assert await search(catalog, identity, "拓扑 环面") == ["Topology"]
    assert await search(catalog, identity, "圆") == []


async def test_only_those_who_may_teach_are_found_by_name(identity: IdentityService) -> None:
    host = await identity.add_user(NewUser("mia-host", "chalk and board"), "host")
    await identity.add_user(NewUser("mia-viewer", "chalk and board"), "viewer")
    assert await identity.hosts_named("mia") == {host.id}


async def test_a_subject_is_one_of_the_codes(catalog: CatalogService, host: User) -> None:
    with pytest.raises(FieldInvalid) as refusal:
        await catalog.add_course(host.id, NewCourse("数", subject="数学"))
    assert refusal.value.fields["known"] == sorted(SUBJECTS)


def test_words_of_a_search_are_folded_and_few() -> None:
    assert words_of("  Ａb  aB\tc ") == ("ab", "c")
    assert len(words_of(" ".join(map(str, range(50))))) == WORDS_MAX
    assert folded("ﬁne\n ß") == "fine ss"


def test_pages_have_words_for_each_subject_and_each_badge_has_both_languages() -> None:
    for number, language in enumerate(("zh", "en")):
        table = json.loads((WORDS / f"{language}.json").read_text())
        assert {code: table[f"subject.{code}"] for code in SUBJECTS} == {
            code: names[number] for code, names in SUBJECTS.items()
        }
    assert all(host.badge is None or all(host.badge) for host in HOSTS)

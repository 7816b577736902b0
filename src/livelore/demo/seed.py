"""Puts people, courses and money into a site, once; a later start only moves the timetable."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import argon2

from livelore.app import Platform
from livelore.demo.catalogue import (
    HOSTS,
    PASSWORD,
    DemoClass,
    DemoCourse,
    DemoHost,
)
from livelore.kit.errors import StartRefused
from livelore.knowledge.catalog.service import NewProduct
from livelore.knowledge.orders.service import Press, TopUpAsk
from livelore.trust.identity.model import User
from livelore.trust.identity.schemas import DemoLogin
from livelore.trust.identity.service import IdentityService, NewUser

LECTURER = "linzhiyuan"
VIEWER = "chenmo"
VIEWER_COINS = 1000
CAPTURE_WAIT_S = 10.0
_GIVEN = (
    *("苏晓", "沈一禾", "老顾", "何为", "Hannah", "林夕", "小满", "Marco"),
    *("阿禾", "周周", "Yuki", "石头", "南风", "Ada", "秋白", "Leo"),
)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the demo goes on with."""

    room_id: str
    bot_tokens: list[str]


Step = Callable[[int, int], None]
"""Takes how much is seeded and how much there is."""


class Seeder:
    """Fills a platform that runs.

    Args:
        platform: Which.
        n_bots: Accounts for simulated viewers.
        step: Is told how far it is.
    """

    def __init__(self, platform: Platform, n_bots: int, step: Step) -> None:
        self._platform = platform
        self._step = step
        self._identity = platform.identity
        self._catalog = platform.knowledge.catalog
        self._n_bots = n_bots
        # Simulated viewers never log in by password: theirs is a secret that is thrown away, too
        # long to be guessed, and need not cost a second of hashing.
        cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self._bots = IdentityService(platform.database, platform.clock, cheap)

    async def seed(self) -> Seeded:
        """Everything that is missing; what is there stays.

        Raises:
            StartRefused: The database holds a real site.
        """
        await self._check_ours()
        operator = await self._user("operator", "运营值班", "operator", 7)
        viewer = await self._user(VIEWER, "陈默", "viewer", 0)
        packs = {pack.coins: pack.id for pack in await self._catalog.coin_packs()}
        if not viewer.is_adult_verified:
            await self._identity.verify_adult(viewer.id, operator)
            await self._top_up(viewer, packs[VIEWER_COINS])
        n_all = len(HOSTS) + self._n_bots
        room_id = ""
        for n_done, host in enumerate(HOSTS):
            self._step(n_done, n_all)
            room_id = await self._host(host)
        tokens: list[str] = []
        for number in range(self._n_bots):
            self._step(len(HOSTS) + number, n_all)
            tokens.append(await self._bot(number, operator))
        self._platform.demo_logins[:] = [
            DemoLogin("viewer", VIEWER, PASSWORD),
            DemoLogin("host", LECTURER, PASSWORD),
            DemoLogin("operator", "operator", PASSWORD),
        ]
        return Seeded(room_id, tokens)

    async def _check_ours(self) -> None:
        if await self._identity.has_users() and not await self._identity.user_named(VIEWER):
            raise StartRefused(
                "this database holds a site that is no demo, and the passwords of a demo are known"
                " to all: give it a folder of its own by --data-dir, and no LIVELORE_DATABASE_URL"
            )

    async def _user(self, username: str, name: str, role: str, avatar: int) -> User:
        known = await self._identity.user_named(username)
        if known is not None:
            return known
        new = NewUser(username, PASSWORD, display_name=name, locale="zh")
        return await self._identity.add_user(
            new,
            "operator" if role == "operator" else "host" if role == "host" else "viewer",
            avatar=avatar,
        )

    async def _top_up(self, user: User, pack_id: str) -> None:
        orders = self._platform.knowledge.orders
        press = Press(user.id, f"demo-top-up-{user.id}", "demo")
        await orders.top_up(press, TopUpAsk(pack_id, "wechat", rule_accepted=True))
        async with asyncio.timeout(CAPTURE_WAIT_S):
            while not await orders.coins_of(user.id):  # noqa: ASYNC110  # the gateway tells nobody here
                await asyncio.sleep(0.05)

    async def _bot(self, number: int, operator: User) -> str:
        username = f"sim{number:03d}"
        user = await self._bots.user_named(username)
        if user is None:
            name = _GIVEN[number % len(_GIVEN)]
            if number >= len(_GIVEN):
                name += str(number // len(_GIVEN) + 1)
            new = NewUser(username, secrets.token_urlsafe(32), display_name=name)
            user = await self._bots.add_user(new, "viewer", avatar=number % 10)
            await self._bots.verify_adult(user.id, operator)
        return (await self._bots.open_session(user, "bearer")).token

    async def _host(self, host: DemoHost) -> str:
        user = await self._identity.user_named(host.username)
        rooms = self._platform.live.rooms
        if user is None:
            new = NewUser(host.username, PASSWORD, display_name=host.name, locale="zh")
            user = await self._identity.add_user(new, "host", badge=host.badge, avatar=host.avatar)
        known_rooms = await rooms.rooms_of_host(user.id)
        room = known_rooms[0] if known_rooms else await rooms.add_room(user.id, *host.room)
        known = {
            view.course.title: view.course.id
            for view in await self._catalog.courses_of_host(user.id)
        }
        for course in host.courses:
            course_id = known.get(course.course.title) or await self._course(user, course)
            await self._tonight(user, room.id, course_id, course.classes)
        return room.id

    async def _course(self, host: User, demo: DemoCourse) -> str:
        course = await self._catalog.add_course(host.id, demo.course)
        for lesson in demo.lessons:
            await self._catalog.add_lesson(host.id, course.id, lesson)
        if demo.price_minor is not None:
            await self._catalog.add_product(host.id, course.id, NewProduct(demo.price_minor))
        return course.id

    async def _tonight(
        self, host: User, room_id: str, course_id: str, classes: tuple[DemoClass, ...]
    ) -> None:
        """Classes of tonight exist and lie around now, whenever the demo is started."""
        now = self._platform.clock.now()
        lessons = {
            lesson.title: lesson for lesson in await self._catalog.lessons_of_course(course_id)
        }
        for each in classes:
            starts_at, ends_at = _hours(each, now)
            known = lessons.get(each.lesson.title)
            if known is None:
                await self._add_class(host, room_id, course_id, each, now)
            elif known.ends_at is None or known.ends_at < now:
                hours = {"starts_at": starts_at, "ends_at": ends_at}
                await self._catalog.update_lesson(host.id, known.id, hours)

    async def _add_class(
        self, host: User, room_id: str, course_id: str, demo: DemoClass, now: datetime
    ) -> None:
        starts_at, ends_at = _hours(demo, now)
        new = replace(demo.lesson, starts_at=starts_at, ends_at=ends_at, room_id=room_id)
        lesson = await self._catalog.add_lesson(host.id, course_id, new)
        if demo.ticket_minor is not None:
            ticket = NewProduct(
                demo.ticket_minor,
                lesson_id=lesson.id,
                title=demo.lesson.title,
                title_en=demo.lesson.title_en,
                seat_limit=2000,
                replay_days=demo.replay_days,
            )
            await self._catalog.add_product(host.id, course_id, ticket)


def _hours(demo: DemoClass, now: datetime) -> tuple[datetime, datetime]:
    minute = now.replace(second=0, microsecond=0)
    starts_at = minute + demo.starts_in
    return starts_at, starts_at + demo.lasts

"""The only SQL of the catalogue."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.search import folded, like_pattern
from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.knowledge.catalog.model import (
    REFUND_RULES,
    Course,
    CourseFacts,
    Lesson,
    LessonKind,
    OutlineItem,
    Product,
    ProductKind,
    SplitPart,
    SplitRule,
    Wanted,
)

_COURSE = (
    "c.id, c.host_id, c.title, c.title_en, c.subtitle, c.subtitle_en, c.description,"
    " c.description_en, c.subject, c.language, c.cover, c.is_published, c.created_at_ms"
)
_LESSON = (
    "l.id, l.course_id, l.chapter, l.chapter_en, l.position, l.title, l.title_en, l.kind,"
    " l.duration_s, l.is_preview, l.cover, l.body, l.starts_at_ms, l.ends_at_ms, l.outline,"
    " l.room_id, l.cancelled_at_ms, l.preview_s"
)
_PRODUCT = (
    "SELECT p.id, p.kind, p.title, p.title_en, p.host_id, p.course_id, p.lesson_id,"
    " p.price_version, p.currency, p.refund_rule, p.seat_limit, p.seats_taken, p.replay_days,"
    " p.coins, p.is_on_sale, v.amount_minor, p.split_rule_id, p.split_rule_version,"
    " s.parties, l.ends_at_ms, l.starts_at_ms, l.room_id,"
    " COALESCE(NULLIF(l.cover, ''), c.cover, '') AS cover"
    " FROM product p"
    " JOIN price_version v ON v.product_id = p.id AND v.version = p.price_version"
    " LEFT JOIN split_rule s ON s.id = p.split_rule_id AND s.version = p.split_rule_version"
    " LEFT JOIN lesson l ON l.id = p.lesson_id"
    " LEFT JOIN course c ON c.id = p.course_id"
)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)


def _course(row: Row[Any]) -> Course:
    return Course(
        id=row.id,
        host_id=row.host_id,
        title=row.title,
        title_en=row.title_en,
        subtitle=row.subtitle,
        subtitle_en=row.subtitle_en,
        description=row.description,
        description_en=row.description_en,
        subject=row.subject,
        language=row.language,
        cover=row.cover,
        is_published=bool(row.is_published),
        created_at=from_ms(row.created_at_ms),
    )


def _lesson(row: Row[Any]) -> Lesson:
    return Lesson(
        id=row.id,
        course_id=row.course_id,
        chapter=row.chapter,
        chapter_en=row.chapter_en,
        position=row.position,
        title=row.title,
        title_en=row.title_en,
        kind=cast("LessonKind", row.kind),
        duration_s=row.duration_s,
        is_preview=bool(row.is_preview),
        cover=row.cover,
        body=row.body,
        starts_at=from_ms_or_none(row.starts_at_ms),
        ends_at=from_ms_or_none(row.ends_at_ms),
        outline=tuple(msgspec.json.decode(row.outline, type=list[OutlineItem])),
        room_id=row.room_id,
        cancelled_at=from_ms_or_none(row.cancelled_at_ms),
        preview_s=row.preview_s,
    )


def _product(row: Row[Any]) -> Product:
    rule = None
    if row.split_rule_id is not None:
        parts = tuple(msgspec.json.decode(row.parties, type=list[SplitPart]))
        rule = SplitRule(row.split_rule_id, row.split_rule_version, parts)
    return Product(
        id=row.id,
        kind=cast("ProductKind", row.kind),
        title=row.title,
        title_en=row.title_en,
        host_id=row.host_id,
        course_id=row.course_id,
        lesson_id=row.lesson_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        price_version=row.price_version,
        split_rule=rule,
        refund_rule=REFUND_RULES[row.refund_rule],
        seat_limit=row.seat_limit,
        seats_taken=row.seats_taken,
        replay_days=row.replay_days,
        coins=row.coins,
        is_on_sale=bool(row.is_on_sale),
        lesson_ends_at=from_ms_or_none(row.ends_at_ms),
        cover=row.cover,
        room_id=row.room_id,
        lesson_starts_at=from_ms_or_none(row.starts_at_ms),
    )


def _course_values(course: Course) -> dict[str, object]:
    return {
        "id": course.id,
        "host_id": course.host_id,
        "title": course.title.strip(),
        "title_en": course.title_en.strip(),
        "subtitle": course.subtitle.strip(),
        "subtitle_en": course.subtitle_en.strip(),
        "description": course.description,
        "description_en": course.description_en,
        "subject": course.subject,
        "language": course.language,
        "cover": course.cover,
        "is_published": int(course.is_published),
        "search_text": folded(f"{course.title} {course.title_en}"),
        "created_at_ms": to_ms(course.created_at),
    }


def _lesson_values(lesson: Lesson) -> dict[str, object]:
    return {
        "id": lesson.id,
        "course_id": lesson.course_id,
        "chapter": lesson.chapter,
        "chapter_en": lesson.chapter_en,
        "position": lesson.position,
        "title": lesson.title.strip(),
        "title_en": lesson.title_en.strip(),
        "kind": lesson.kind,
        "duration_s": lesson.duration_s,
        "is_preview": int(lesson.is_preview),
        "cover": lesson.cover,
        "body": lesson.body,
        "starts_at_ms": _ms(lesson.starts_at),
        "ends_at_ms": _ms(lesson.ends_at),
        "outline": msgspec.json.encode(lesson.outline).decode(),
        "room_id": lesson.room_id,
        "cancelled_at_ms": _ms(lesson.cancelled_at),
        "search_text": folded(f"{lesson.title} {lesson.title_en}"),
        "preview_s": lesson.preview_s,
    }


def _upsert(connection: Connection, table: str, values: dict[str, object]) -> None:
    names = ", ".join(values)
    slots = ", ".join(f":{name}" for name in values)
    changes = ", ".join(f"{name} = excluded.{name}" for name in values if name != "id")
    connection.execute(
        text(
            f"INSERT INTO {table} ({names}) VALUES ({slots})"  # noqa: S608  # names are constants
            f" ON CONFLICT (id) DO UPDATE SET {changes}"
        ),
        values,
    )


def put_course(connection: Connection, course: Course) -> None:
    """Store a course, new or changed."""
    _upsert(connection, "course", _course_values(course))


def put_lesson(connection: Connection, lesson: Lesson) -> None:
    """Store a lesson, new or changed."""
    _upsert(connection, "lesson", _lesson_values(lesson))


def course_by_id(connection: Connection, course_id: str) -> Course | None:
    """The course of this id."""
    row = connection.execute(
        text(f"SELECT {_COURSE} FROM course c WHERE c.id = :id"),  # noqa: S608
        {"id": course_id},
    ).first()
    return None if row is None else _course(row)


def courses(
    connection: Connection,
    before_id: str | None,
    limit: int,
    subject: str | None,
    wanted: Sequence[Wanted] = (),
) -> list[Course]:
    """Published courses that have all wanted words, newest first, below a cursor."""
    conditions, values, lists = _has_words(wanted)
    statement = text(
        f"SELECT {_COURSE} FROM course c WHERE c.is_published = 1"  # noqa: S608
        " AND (CAST(:before AS TEXT) IS NULL OR c.id < :before)"
        " AND (CAST(:subject AS TEXT) IS NULL OR c.subject = :subject)"
        f"{conditions} ORDER BY c.id DESC LIMIT :limit"
    ).bindparams(*(bindparam(name, expanding=True) for name in lists))
    values |= {"before": before_id, "subject": subject, "limit": limit}
    return [_course(row) for row in connection.execute(statement, values)]


def _has_words(wanted: Sequence[Wanted]) -> tuple[str, dict[str, object], list[str]]:
    """Conditions, their values, and which of these are lists."""
    conditions, lists = "", list[str]()
    values: dict[str, object] = {}
    for number, each in enumerate(wanted):
        like = f"LIKE :word{number} ESCAPE '!'"
        values[f"word{number}"] = like_pattern(each.word)
        ways = [
            f"c.search_text {like}",
            "EXISTS (SELECT 1 FROM lesson l WHERE l.course_id = c.id"  # noqa: S608
            f" AND l.search_text {like})",
        ]
        for column, ids in (("host_id", each.host_ids), ("subject", each.subjects)):
            if ids:
                name = f"{column}{number}"
                values[name] = sorted(ids)
                lists.append(name)
                ways.append(f"c.{column} IN :{name}")
        conditions += f" AND ({' OR '.join(ways)})"
    return conditions, values, lists


def courses_of_host(connection: Connection, host_id: str) -> list[Course]:
    """All courses of a host, drafts too, newest first."""
    rows = connection.execute(
        text(f"SELECT {_COURSE} FROM course c WHERE c.host_id = :host ORDER BY c.id DESC"),  # noqa: S608
        {"host": host_id},
    )
    return [_course(row) for row in rows]


def courses_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Course]:
    """Those of these courses that exist."""
    rows = _in(connection, f"SELECT {_COURSE} FROM course c WHERE c.id IN :ids", ids)  # noqa: S608
    return {row.id: _course(row) for row in rows}


def course_facts(connection: Connection, ids: Sequence[str]) -> dict[str, CourseFacts]:
    """Counts and product of each of these courses."""
    rows = _in(
        connection,
        "SELECT course_id, COUNT(*) AS n, SUM(CASE WHEN kind = 'live' THEN 1 ELSE 0 END) AS n_live,"
        " SUM(duration_s) AS duration_s FROM lesson WHERE course_id IN :ids GROUP BY course_id",
        ids,
    )
    counts = {row.course_id: (row.n, int(row.n_live), int(row.duration_s)) for row in rows}
    sold = _in(connection, f"{_PRODUCT} WHERE p.kind = 'course' AND p.course_id IN :ids", ids)
    products = {row.course_id: _product(row) for row in sold if row.is_on_sale}
    return {
        course_id: CourseFacts(*counts.get(course_id, (0, 0, 0)), products.get(course_id))
        for course_id in ids
    }


def _in(connection: Connection, query: str, ids: Iterable[str]) -> Sequence[Row[Any]]:
    wanted = sorted(set(ids))
    if not wanted:
        return []
    statement = text(query).bindparams(bindparam("ids", expanding=True))
    return connection.execute(statement, {"ids": wanted}).all()


def lesson_by_id(connection: Connection, lesson_id: str) -> Lesson | None:
    """The lesson of this id."""
    row = connection.execute(
        text(f"SELECT {_LESSON} FROM lesson l WHERE l.id = :id"),  # noqa: S608
        {"id": lesson_id},
    ).first()
    return None if row is None else _lesson(row)


def lessons_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Lesson]:
    """Those of these lessons that exist."""
    rows = _in(connection, f"SELECT {_LESSON} FROM lesson l WHERE l.id IN :ids", ids)  # noqa: S608
    return {row.id: _lesson(row) for row in rows}


def lessons_of_course(connection: Connection, course_id: str) -> list[Lesson]:
    """The lessons of a course in their order."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l WHERE l.course_id = :id"  # noqa: S608
            " ORDER BY l.position, l.id"
        ),
        {"id": course_id},
    )
    return [_lesson(row) for row in rows]


def lessons_of_courses(connection: Connection, ids: Iterable[str]) -> dict[str, list[Lesson]]:
    """The lessons of each of these courses in their order."""
    query = f"SELECT {_LESSON} FROM lesson l WHERE l.course_id IN :ids ORDER BY l.position, l.id"  # noqa: S608
    wanted = list(ids)
    found: dict[str, list[Lesson]] = {course_id: [] for course_id in wanted}
    for row in _in(connection, query, wanted):
        found[row.course_id].append(_lesson(row))
    return found


def live_lessons_of_room(connection: Connection, room_id: str, host_id: str) -> list[Lesson]:
    """The live lessons that a host has put into a room, by time."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l JOIN course c ON c.id = l.course_id"  # noqa: S608
            " WHERE l.room_id = :room AND c.host_id = :host ORDER BY l.starts_at_ms"
        ),
        {"room": room_id, "host": host_id},
    )
    return [_lesson(row) for row in rows]


def live_lessons_of_host(
    connection: Connection, host_id: str, ends_after: datetime, limit: int
) -> list[Lesson]:
    """A host's live lessons that end after a time, called off or not, by start."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l JOIN course c ON c.id = l.course_id"  # noqa: S608
            " WHERE l.kind = 'live' AND c.host_id = :host AND l.ends_at_ms > :after"
            " ORDER BY l.starts_at_ms, l.id LIMIT :limit"
        ),
        {"host": host_id, "after": to_ms(ends_after), "limit": limit},
    )
    return [_lesson(row) for row in rows]


def timetable(
    connection: Connection, ends_after: datetime, starts_before: datetime, limit: int
) -> list[tuple[Lesson, Course]]:
    """Live lessons of published courses that overlap a time, by start."""
    rows = connection.execute(
        text(
            f"SELECT {_LESSON} FROM lesson l JOIN course c ON c.id = l.course_id"  # noqa: S608
            " WHERE l.kind = 'live' AND c.is_published = 1 AND l.cancelled_at_ms IS NULL"
            " AND l.ends_at_ms > :after AND l.starts_at_ms < :before"
            " ORDER BY l.starts_at_ms, l.id LIMIT :limit"
        ),
        {"after": to_ms(ends_after), "before": to_ms(starts_before), "limit": limit},
    )
    lessons = [_lesson(row) for row in rows]
    found = courses_by_id(connection, [lesson.course_id for lesson in lessons])
    return [(lesson, found[lesson.course_id]) for lesson in lessons]


def product_by_id(connection: Connection, product_id: str) -> Product | None:
    """The product of this id at its present price."""
    row = connection.execute(text(f"{_PRODUCT} WHERE p.id = :id"), {"id": product_id}).first()
    return None if row is None else _product(row)


def products_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Product]:
    """Those of these products that exist."""
    return {row.id: _product(row) for row in _in(connection, f"{_PRODUCT} WHERE p.id IN :ids", ids)}


def products_of_course(connection: Connection, course_id: str) -> list[Product]:
    """The course's own product and the tickets of its lessons, sold or not."""
    rows = connection.execute(
        text(f"{_PRODUCT} WHERE p.course_id = :id ORDER BY p.id"), {"id": course_id}
    )
    return [_product(row) for row in rows]


def products_of_courses(connection: Connection, ids: Iterable[str]) -> dict[str, list[Product]]:
    """Each of these courses' own product and the tickets of its lessons, sold or not."""
    wanted = list(ids)
    found: dict[str, list[Product]] = {course_id: [] for course_id in wanted}
    for row in _in(connection, f"{_PRODUCT} WHERE p.course_id IN :ids ORDER BY p.id", wanted):
        found[row.course_id].append(_product(row))
    return found


def has_coin_packs(connection: Connection) -> bool:
    """Whether any pack of coins was ever sold here, on sale still or not."""
    found = connection.execute(text("SELECT 1 FROM product WHERE kind = 'coin_pack' LIMIT 1"))
    return found.first() is not None


def coin_packs(connection: Connection) -> list[Product]:
    """The coin packs on sale, smallest first."""
    rows = connection.execute(
        text(f"{_PRODUCT} WHERE p.kind = 'coin_pack' AND p.is_on_sale = 1 ORDER BY p.coins, p.id")
    )
    return [_product(row) for row in rows]


def add_product(connection: Connection, product: Product, at: datetime) -> bool:
    """Store a new product with its first price; False when course or lesson has one."""
    rule = product.split_rule
    done = connection.execute(
        text(
            "INSERT INTO product (id, kind, title, title_en, host_id, course_id, lesson_id,"
            " price_version, currency, split_rule_id, split_rule_version, refund_rule, seat_limit,"
            " seats_taken, replay_days, coins, is_on_sale, created_at_ms)"
            " VALUES (:id, :kind, :title, :title_en, :host_id, :course_id, :lesson_id, 1,"
            " :currency, :rule_id, :rule_version, :refund_rule, :seat_limit, 0, :replay_days,"
            " :coins, 1, :at_ms) ON CONFLICT DO NOTHING"
        ),
        {
            "id": product.id,
            "kind": product.kind,
            "title": product.title,
            "title_en": product.title_en,
            "host_id": product.host_id,
            "course_id": product.course_id,
            "lesson_id": product.lesson_id,
            "currency": product.currency,
            "rule_id": None if rule is None else rule.id,
            "rule_version": None if rule is None else rule.version,
            "refund_rule": product.refund_rule.id,
            "seat_limit": product.seat_limit,
            "replay_days": product.replay_days,
            "coins": product.coins,
            "at_ms": to_ms(at),
        },
    )
    if done.rowcount != 1:
        return False
    add_price(connection, product.id, 1, product.amount_minor, at)
    return True


def add_price(
    connection: Connection, product_id: str, version: int, amount_minor: int, at: datetime
) -> None:
    """Store a price version; versions are never edited."""
    connection.execute(
        text(
            "INSERT INTO price_version (product_id, version, amount_minor, at_ms)"
            " VALUES (:id, :version, :amount, :at_ms)"
        ),
        {"id": product_id, "version": version, "amount": amount_minor, "at_ms": to_ms(at)},
    )


def update_product(connection: Connection, product: Product) -> None:
    """Store what may change of a product; its kind, owner and currency never do."""
    connection.execute(
        text(
            "UPDATE product SET title = :title, title_en = :title_en, price_version = :version,"
            " seat_limit = :seat_limit, replay_days = :replay_days, is_on_sale = :is_on_sale,"
            " refund_rule = :refund_rule WHERE id = :id"
        ),
        {
            "id": product.id,
            "title": product.title,
            "title_en": product.title_en,
            "version": product.price_version,
            "seat_limit": product.seat_limit,
            "replay_days": product.replay_days,
            "is_on_sale": int(product.is_on_sale),
            "refund_rule": product.refund_rule.id,
        },
    )


def take_seats(connection: Connection, product_id: str, n_seats: int) -> bool:
    """Count seats as taken; False when not so many are left. The row is locked until the end."""
    done = connection.execute(
        text(
            "UPDATE product SET seats_taken = seats_taken + :n WHERE id = :id"
            " AND (seat_limit IS NULL OR seats_taken + :n <= seat_limit)"
        ),
        {"id": product_id, "n": n_seats},
    )
    return done.rowcount == 1


def release_seats(connection: Connection, product_id: str, n_seats: int) -> None:
    """Give seats back; the database refuses to go below none."""
    connection.execute(
        text("UPDATE product SET seats_taken = seats_taken - :n WHERE id = :id"),
        {"id": product_id, "n": n_seats},
    )


def split_rule(
    connection: Connection, rule_id: str, version: int | None = None
) -> SplitRule | None:
    """A version of a split rule; None is the newest."""
    row = connection.execute(
        text(
            "SELECT id, version, parties FROM split_rule WHERE id = :id"
            " AND (CAST(:version AS BIGINT) IS NULL OR version = :version)"
            " ORDER BY version DESC LIMIT 1"
        ),
        {"id": rule_id, "version": version},
    ).first()
    if row is None:
        return None
    parts = tuple(msgspec.json.decode(row.parties, type=list[SplitPart]))
    return SplitRule(row.id, row.version, parts)


def add_split_rule(connection: Connection, rule: SplitRule, at: datetime) -> None:
    """Store a new version of a split rule."""
    connection.execute(
        text(
            "INSERT INTO split_rule (id, version, parties, effective_at_ms)"
            " VALUES (:id, :version, :parties, :at_ms)"
        ),
        {
            "id": rule.id,
            "version": rule.version,
            "parties": msgspec.json.encode(rule.parts).decode(),
            "at_ms": to_ms(at),
        },
    )

"""Products with their prices, seats and split rules, and what a course costs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, text

from livelore.kit.times import from_ms_or_none, to_ms
from livelore.knowledge.catalog.model import (
    REFUND_RULES,
    CourseFacts,
    Product,
    ProductKind,
    SplitPart,
    SplitRule,
)
from livelore.knowledge.catalog.store.sql import rows_in

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


def product_by_id(connection: Connection, product_id: str) -> Product | None:
    """The product of this id at its present price."""
    row = connection.execute(text(f"{_PRODUCT} WHERE p.id = :id"), {"id": product_id}).first()
    return None if row is None else _product(row)


def products_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Product]:
    """Those of these products that exist."""
    return {
        row.id: _product(row) for row in rows_in(connection, f"{_PRODUCT} WHERE p.id IN :ids", ids)
    }


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
    for row in rows_in(connection, f"{_PRODUCT} WHERE p.course_id IN :ids ORDER BY p.id", wanted):
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


def course_facts(connection: Connection, ids: Sequence[str]) -> dict[str, CourseFacts]:
    """Counts and product of each of these courses."""
    rows = rows_in(
        connection,
        "SELECT course_id, COUNT(*) AS n, SUM(CASE WHEN kind = 'live' THEN 1 ELSE 0 END) AS n_live,"
        " SUM(duration_s) AS duration_s FROM lesson WHERE course_id IN :ids GROUP BY course_id",
        ids,
    )
    counts = {row.course_id: (row.n, int(row.n_live), int(row.duration_s)) for row in rows}
    sold = rows_in(connection, f"{_PRODUCT} WHERE p.kind = 'course' AND p.course_id IN :ids", ids)
    products = {row.course_id: _product(row) for row in sold if row.is_on_sale}
    return {
        course_id: CourseFacts(*counts.get(course_id, (0, 0, 0)), products.get(course_id))
        for course_id in ids
    }


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

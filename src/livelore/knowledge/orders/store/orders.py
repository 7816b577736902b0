"""Orders and their lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.knowledge.catalog.model import ProductKind, RefundRule
from livelore.knowledge.orders.model import Order, OrderLine, OrderState, rule_text_of

_ORDER = (
    "id, no, buyer, currency, total_minor, state, created_at_ms, expires_at_ms, paid_at_ms,"
    " seats_held"
)
_LINE = (
    "id, order_id, position, product_id, kind, title, title_en, beneficiary, host, course_id,"
    " lesson_id, quantity, unit_minor, total_minor, price_version, split_rule_id,"
    " split_rule_version, refund_rule, watch_limit_s, window_days, coins, access_until_ms,"
    " delivered_at_ms"
)


def _line(row: Row[Any]) -> OrderLine:
    return OrderLine(
        id=row.id,
        position=row.position,
        product_id=row.product_id,
        kind=cast("ProductKind", row.kind),
        title=row.title,
        title_en=row.title_en,
        beneficiary=row.beneficiary,
        host=row.host,
        course_id=row.course_id,
        lesson_id=row.lesson_id,
        quantity=row.quantity,
        unit_minor=row.unit_minor,
        total_minor=row.total_minor,
        price_version=row.price_version,
        split_rule_id=row.split_rule_id,
        split_rule_version=row.split_rule_version,
        refund_rule=RefundRule(row.refund_rule, row.watch_limit_s, row.window_days),
        coins=row.coins,
        access_until=from_ms_or_none(row.access_until_ms),
        delivered_at=from_ms_or_none(row.delivered_at_ms),
    )


def _order(row: Row[Any], lines: Sequence[OrderLine]) -> Order:
    return Order(
        id=row.id,
        no=row.no,
        buyer=row.buyer,
        currency=row.currency,
        total_minor=row.total_minor,
        state=cast("OrderState", row.state),
        created_at=from_ms(row.created_at_ms),
        expires_at=from_ms(row.expires_at_ms),
        paid_at=from_ms_or_none(row.paid_at_ms),
        has_seats=bool(row.seats_held),
        lines=tuple(lines),
    )


def _with_lines(connection: Connection, rows: Sequence[Row[Any]]) -> list[Order]:
    if not rows:
        return []
    statement = text(
        f"SELECT {_LINE} FROM order_line WHERE order_id IN :ids ORDER BY order_id, position"  # noqa: S608
    ).bindparams(bindparam("ids", expanding=True))
    by_order: dict[str, list[OrderLine]] = {}
    for row in connection.execute(statement, {"ids": [row.id for row in rows]}):
        by_order.setdefault(row.order_id, []).append(_line(row))
    return [_order(row, by_order.get(row.id, [])) for row in rows]


def add(connection: Connection, order: Order, act_id: int, hashed: str) -> None:
    """Store a placed order with its lines; the box was ticked when it was placed."""
    connection.execute(
        text(
            'INSERT INTO "order" (id, no, act_id, buyer, currency, total_minor, state, rule_text,'
            " rule_accepted_at_ms, content_hash, created_at_ms, expires_at_ms, seats_held)"
            " VALUES (:id, :no, :act_id, :buyer, :currency, :total, :state, :rule_text, :at_ms,"
            " :hash, :at_ms, :expires_ms, :seats)"
        ),
        {
            "id": order.id,
            "no": order.no,
            "act_id": act_id,
            "buyer": order.buyer,
            "currency": order.currency,
            "total": order.total_minor,
            "state": order.state,
            "rule_text": rule_text_of(order.lines),
            "at_ms": to_ms(order.created_at),
            "hash": hashed,
            "expires_ms": to_ms(order.expires_at),
            "seats": int(order.has_seats),
        },
    )
    for line in order.lines:
        _add_line(connection, order.id, line)


def _add_line(connection: Connection, order_id: str, line: OrderLine) -> None:
    connection.execute(
        text(
            "INSERT INTO order_line (id, order_id, position, product_id, kind, title, title_en,"
            " beneficiary, host, course_id, lesson_id, quantity, unit_minor, total_minor,"
            " price_version, split_rule_id, split_rule_version, refund_rule, watch_limit_s,"
            " window_days, coins, access_until_ms) VALUES (:id, :order_id, :position, :product_id,"
            " :kind, :title, :title_en, :beneficiary, :host, :course_id, :lesson_id, :quantity,"
            " :unit_minor, :total_minor, :price_version, :split_rule_id, :split_rule_version,"
            " :refund_rule, :watch_limit_s, :window_days, :coins, :access_until_ms)"
        ),
        {
            "id": line.id,
            "order_id": order_id,
            "position": line.position,
            "product_id": line.product_id,
            "kind": line.kind,
            "title": line.title,
            "title_en": line.title_en,
            "beneficiary": line.beneficiary,
            "host": line.host,
            "course_id": line.course_id,
            "lesson_id": line.lesson_id,
            "quantity": line.quantity,
            "unit_minor": line.unit_minor,
            "total_minor": line.total_minor,
            "price_version": line.price_version,
            "split_rule_id": line.split_rule_id,
            "split_rule_version": line.split_rule_version,
            "refund_rule": line.refund_rule.id,
            "watch_limit_s": line.refund_rule.watch_limit_s,
            "window_days": line.refund_rule.window_days,
            "coins": line.coins,
            "access_until_ms": None if line.access_until is None else to_ms(line.access_until),
        },
    )


def by_id(connection: Connection, order_id: str, *, locked: bool = False) -> Order | None:
    """The order of this id; ``locked`` keeps other processes away until the commit."""
    lock = " FOR UPDATE" if locked and connection.dialect.name == "postgresql" else ""
    rows = connection.execute(
        text(f'SELECT {_ORDER} FROM "order" WHERE id = :id{lock}'),  # noqa: S608
        {"id": order_id},
    ).all()
    return next(iter(_with_lines(connection, rows)), None)


def of_line(connection: Connection, line_id: str) -> Order | None:
    """The order that a line belongs to."""
    found = connection.execute(
        text("SELECT order_id FROM order_line WHERE id = :id"), {"id": line_id}
    ).scalar()
    return None if found is None else by_id(connection, str(found), locked=True)


def of_buyer(connection: Connection, buyer: int, before_id: str | None, limit: int) -> list[Order]:
    """A page of somebody's orders, newest first."""
    rows = connection.execute(
        text(
            f'SELECT {_ORDER} FROM "order" WHERE buyer = :buyer'  # noqa: S608
            " AND (CAST(:before AS TEXT) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
        ),
        {"buyer": buyer, "before": before_id, "limit": limit},
    ).all()
    return _with_lines(connection, rows)


def identical_since(connection: Connection, buyer: int, hashed: str, since: datetime) -> str | None:
    """An order of the same things by the same buyer, placed since then and not given up."""
    found = connection.execute(
        text(
            'SELECT id FROM "order" WHERE buyer = :buyer AND content_hash = :hash'
            " AND created_at_ms > :since AND state NOT IN ('cancelled', 'expired')"
            " ORDER BY id DESC LIMIT 1"
        ),
        {"buyer": buyer, "hash": hashed, "since": to_ms(since)},
    ).scalar()
    return None if found is None else str(found)


def open_line_for(
    connection: Connection, beneficiary: int, product_id: str, now: datetime
) -> str | None:
    """A placed, not yet expired order of the same product for the same person."""
    found = connection.execute(
        text(
            'SELECT o.id FROM order_line l JOIN "order" o ON o.id = l.order_id'
            " WHERE l.beneficiary = :who AND l.product_id = :product AND o.state = 'placed'"
            " AND o.expires_at_ms > :now ORDER BY o.id DESC LIMIT 1"
        ),
        {"who": beneficiary, "product": product_id, "now": to_ms(now)},
    ).scalar()
    return None if found is None else str(found)


def set_state(connection: Connection, order_id: str, state: OrderState) -> None:
    """Move an order."""
    connection.execute(
        text('UPDATE "order" SET state = :state WHERE id = :id'), {"state": state, "id": order_id}
    )


def set_paid(connection: Connection, order_id: str, state: OrderState, at: datetime) -> None:
    """Move an order whose money has come."""
    connection.execute(
        text('UPDATE "order" SET state = :state, paid_at_ms = :at_ms WHERE id = :id'),
        {"state": state, "at_ms": to_ms(at), "id": order_id},
    )


def set_seats(connection: Connection, order_id: str, *, held: bool) -> None:
    """Note whether an order holds its seats."""
    connection.execute(
        text('UPDATE "order" SET seats_held = :held WHERE id = :id'),
        {"held": int(held), "id": order_id},
    )


def set_delivered(connection: Connection, line_id: str, act_id: int, at: datetime) -> None:
    """Note that a line is delivered."""
    connection.execute(
        text(
            "UPDATE order_line SET delivered_act = :act, delivered_at_ms = :at_ms WHERE id = :id"
            " AND delivered_act IS NULL"
        ),
        {"act": act_id, "at_ms": to_ms(at), "id": line_id},
    )


def due_to_expire(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Placed orders whose time is over."""
    rows = connection.execute(
        text(
            "SELECT id FROM \"order\" WHERE state = 'placed' AND expires_at_ms <= :now"
            " ORDER BY expires_at_ms LIMIT :limit"
        ),
        {"now": to_ms(now), "limit": limit},
    )
    return [str(row.id) for row in rows]


def undelivered_tickets(connection: Connection, lesson_id: str) -> list[tuple[str, str]]:
    """Paid tickets of a lesson that are neither delivered nor wholly refunded: order and line."""
    rows = connection.execute(
        text(
            'SELECT l.order_id, l.id FROM order_line l JOIN "order" o ON o.id = l.order_id'
            " WHERE l.lesson_id = :lesson AND l.delivered_act IS NULL"
            " AND o.state IN ('paid', 'part_refunded') AND l.total_minor >"
            " (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r WHERE r.line_id = l.id)"
            " ORDER BY l.id"
        ),
        {"lesson": lesson_id},
    )
    return [(str(row.order_id), str(row.id)) for row in rows]


def all_lines(connection: Connection) -> list[Row[Any]]:
    """Every line of a paid order with its capture act and what was refunded of it."""
    return list(
        connection.execute(
            text(
                "SELECT l.id, l.kind, l.product_id, l.beneficiary, l.total_minor,"
                " l.access_until_ms, o.paid_at_ms, p.captured_act,"
                " (SELECT COUNT(*) FROM refund r WHERE r.line_id = l.id"
                " AND r.reason = 'undeliverable') AS n_undeliverable,"
                " (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r WHERE r.line_id = l.id)"
                " AS refunded_minor"
                ' FROM order_line l JOIN "order" o ON o.id = l.order_id'
                " JOIN payment p ON p.order_id = o.id AND p.state = 'captured'"
                " ORDER BY l.id"
            )
        )
    )


# Live sessions of lessons -----------------------------------------------------------------------


def note_session(
    connection: Connection, live_session_id: str, lesson_id: str, started_at: datetime
) -> None:
    """Remember that a class has begun."""
    connection.execute(
        text(
            "INSERT INTO class_session (live_session_id, lesson_id, started_at_ms)"
            " VALUES (:id, :lesson, :at_ms) ON CONFLICT (live_session_id) DO NOTHING"
        ),
        {"id": live_session_id, "lesson": lesson_id, "at_ms": to_ms(started_at)},
    )


def end_session(connection: Connection, live_session_id: str, ended_at: datetime) -> None:
    """Remember that a class is over."""
    connection.execute(
        text(
            "UPDATE class_session SET ended_at_ms = :at_ms WHERE live_session_id = :id"
            " AND ended_at_ms IS NULL"
        ),
        {"id": live_session_id, "at_ms": to_ms(ended_at)},
    )


def ended_session_of(connection: Connection, lesson_id: str) -> str | None:
    """A session of this lesson that took place and is over."""
    found = connection.execute(
        text(
            "SELECT live_session_id FROM class_session WHERE lesson_id = :id"
            " AND ended_at_ms IS NOT NULL ORDER BY ended_at_ms DESC LIMIT 1"
        ),
        {"id": lesson_id},
    ).scalar()
    return None if found is None else str(found)


def undelivered_lessons(connection: Connection) -> list[str]:
    """Lessons with paid tickets of which no class has begun."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT l.lesson_id FROM order_line l"
            ' JOIN "order" o ON o.id = l.order_id'
            " WHERE l.lesson_id IS NOT NULL AND l.delivered_act IS NULL"
            " AND o.state IN ('paid', 'part_refunded') AND NOT EXISTS"
            " (SELECT 1 FROM class_session c WHERE c.lesson_id = l.lesson_id) ORDER BY l.lesson_id"
        )
    )
    return [str(row.lesson_id) for row in rows]


def mark(connection: Connection, name: str) -> str | None:
    """Where a timer stands."""
    found = connection.execute(
        text("SELECT value FROM job_mark WHERE name = :name"), {"name": name}
    ).scalar()
    return None if found is None else str(found)


def set_mark(connection: Connection, name: str, value: str, at: datetime) -> None:
    """Remember where a timer stands."""
    connection.execute(
        text(
            "INSERT INTO job_mark (name, value, at_ms) VALUES (:name, :value, :at_ms)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms"
        ),
        {"name": name, "value": value, "at_ms": to_ms(at)},
    )

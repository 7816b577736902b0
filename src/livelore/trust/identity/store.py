"""The only SQL of identity."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, text

from livelore.kit.search import folded, like_pattern
from livelore.kit.times import from_ms, from_ms_or_none, to_ms
from livelore.trust.identity.model import Failures, LoginSession, Role, User

_USER = (
    "u.id, u.username, u.display_name, u.role, u.avatar, u.badge, u.badge_en, u.locale,"
    " u.adult_verified_at_ms, u.created_at_ms, u.adult_verified_by, u.locked_at_ms, u.lock_reason"
)


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        role=cast("Role", row.role),
        avatar=row.avatar,
        badge=row.badge,
        badge_en=row.badge_en,
        locale=row.locale,
        adult_verified_at=from_ms_or_none(row.adult_verified_at_ms),
        created_at=from_ms(row.created_at_ms),
        adult_verified_by=row.adult_verified_by,
        locked_at=from_ms_or_none(row.locked_at_ms),
        lock_reason=row.lock_reason,
    )


def add_user(connection: Connection, user: User, key: str, password_hash: str) -> bool:
    """Store a user; False when the name is taken."""
    done = connection.execute(
        text(
            "INSERT INTO app_user (id, username, username_key, display_name, password_hash, role,"
            " avatar, badge, badge_en, locale, adult_verified_at_ms, created_at_ms, search_text)"
            " VALUES (:id, :username, :key, :display_name, :password_hash, :role, :avatar,"
            " :badge, :badge_en, :locale, :adult_ms, :created_ms, :search_text)"
            " ON CONFLICT (username_key) DO NOTHING"
        ),
        {
            "id": user.id,
            "username": user.username,
            "key": key,
            "display_name": user.display_name,
            "password_hash": password_hash,
            "role": user.role,
            "avatar": user.avatar,
            "badge": user.badge,
            "badge_en": user.badge_en,
            "search_text": folded(user.display_name),
            "locale": user.locale,
            "adult_ms": None if user.adult_verified_at is None else to_ms(user.adult_verified_at),
            "created_ms": to_ms(user.created_at),
        },
    )
    return done.rowcount == 1


def has_users(connection: Connection) -> bool:
    """Whether there is any user."""
    return connection.scalar(text("SELECT 1 FROM app_user LIMIT 1")) is not None


def user_by_id(connection: Connection, user_id: str) -> User | None:
    """The user of this id."""
    row = connection.execute(
        text(f"SELECT {_USER} FROM app_user u WHERE u.id = :id"),  # noqa: S608  # constant columns
        {"id": user_id},
    ).first()
    return None if row is None else _user(row)


def users_by_id(connection: Connection, user_ids: list[str]) -> dict[str, User]:
    """Those of these users that exist, by id."""
    wanted = sorted(set(user_ids))
    if not wanted:
        return {}
    statement = text(f"SELECT {_USER} FROM app_user u WHERE u.id IN :ids")  # noqa: S608
    rows = connection.execute(
        statement.bindparams(bindparam("ids", expanding=True)), {"ids": wanted}
    )
    return {row.id: _user(row) for row in rows}


def hosts_named(connection: Connection, word: str, limit: int) -> frozenset[str]:
    """Ids of hosts in whose shown name a folded word is."""
    rows = connection.execute(
        text(
            "SELECT id FROM app_user WHERE role IN ('host', 'operator')"
            " AND search_text LIKE :word ESCAPE '!' ORDER BY id LIMIT :limit"
        ),
        {"word": like_pattern(word), "limit": limit},
    )
    return frozenset(row.id for row in rows)


def preferences_of(connection: Connection, user_id: str) -> str | None:
    """What somebody has set, JSON."""
    return connection.execute(
        text("SELECT body FROM user_preference WHERE user_id = :user"), {"user": user_id}
    ).scalar()


def set_preferences(connection: Connection, user_id: str, body: str, at: datetime) -> None:
    """Replace what somebody has set."""
    connection.execute(
        text(
            "INSERT INTO user_preference (user_id, body, updated_at_ms) VALUES (:user, :body, :at)"
            " ON CONFLICT (user_id) DO UPDATE SET body = excluded.body,"
            " updated_at_ms = excluded.updated_at_ms"
        ),
        {"user": user_id, "body": body, "at": to_ms(at)},
    )


def password_of(connection: Connection, key: str) -> tuple[User, str] | None:
    """A user and their password hash, by the compared form of the name."""
    row = connection.execute(
        text(f"SELECT {_USER}, u.password_hash FROM app_user u WHERE u.username_key = :key"),  # noqa: S608
        {"key": key},
    ).first()
    return None if row is None else (_user(row), row.password_hash)


def set_password_hash(connection: Connection, user_id: str, password_hash: str) -> None:
    """Replace a hash, when its parameters are out of date."""
    connection.execute(
        text("UPDATE app_user SET password_hash = :hash WHERE id = :id"),
        {"hash": password_hash, "id": user_id},
    )


def mark_adult(connection: Connection, user_id: str, operator_id: str, at: datetime) -> bool:
    """Note that an operator verified a user as an adult; False when there is no such user."""
    done = connection.execute(
        text(
            "UPDATE app_user SET adult_verified_at_ms = :at_ms, adult_verified_by = :by"
            " WHERE id = :id"
        ),
        {"at_ms": to_ms(at), "by": operator_id, "id": user_id},
    )
    return done.rowcount == 1


def set_lock(connection: Connection, user_id: str, at: datetime | None, reason: str | None) -> None:
    """Lock a user out, or (None) let them in again; a lock ends all their login sessions."""
    connection.execute(
        text("UPDATE app_user SET locked_at_ms = :at_ms, lock_reason = :reason WHERE id = :id"),
        {"at_ms": None if at is None else to_ms(at), "reason": reason, "id": user_id},
    )
    if at is not None:
        connection.execute(text("DELETE FROM login_session WHERE user_id = :id"), {"id": user_id})


def search(
    connection: Connection, key: str, name: str, before_id: str | None, limit: int
) -> list[User]:
    """Users whose name to log in with or to be shown contains a text, newest first."""
    rows = connection.execute(
        text(
            f"SELECT {_USER} FROM app_user u"  # noqa: S608
            " WHERE (u.username_key LIKE :key ESCAPE '!' OR lower(u.display_name) LIKE :name"
            " ESCAPE '!' OR u.id = :id)"
            " AND (CAST(:before AS TEXT) IS NULL OR u.id < :before)"
            " ORDER BY u.id DESC LIMIT :limit"
        ),
        {
            "key": _pattern(key),
            "name": _pattern(name.lower()),
            "id": name,
            "before": before_id,
            "limit": limit,
        },
    )
    return [_user(row) for row in rows]


def _pattern(part: str) -> str:
    escaped = part.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def add_session(
    connection: Connection, hashed: str, session: LoginSession, created_at: datetime
) -> None:
    """Store a login session under the hash of its token."""
    connection.execute(
        text(
            "INSERT INTO login_session"
            " (token_hash, user_id, kind, csrf_token, created_at_ms, expires_at_ms)"
            " VALUES (:hash, :user_id, :kind, :csrf, :created_ms, :expires_ms)"
        ),
        {
            "hash": hashed,
            "user_id": session.user.id,
            "kind": session.kind,
            "csrf": session.csrf_token,
            "created_ms": to_ms(created_at),
            "expires_ms": to_ms(session.expires_at),
        },
    )


def session_by_hash(connection: Connection, hashed: str) -> LoginSession | None:
    """The login session of a token's hash, with its user."""
    row = connection.execute(
        text(
            f"SELECT s.kind, s.csrf_token, s.expires_at_ms, {_USER}"  # noqa: S608
            " FROM login_session s JOIN app_user u ON u.id = s.user_id"
            " WHERE s.token_hash = :hash"
        ),
        {"hash": hashed},
    ).first()
    if row is None:
        return None
    return LoginSession(_user(row), row.kind, row.csrf_token, from_ms(row.expires_at_ms))


def delete_session(connection: Connection, hashed: str) -> None:
    """End one login session."""
    connection.execute(text("DELETE FROM login_session WHERE token_hash = :h"), {"h": hashed})


def delete_expired_sessions(connection: Connection, now: datetime) -> int:
    """Forget login sessions whose time is over."""
    done = connection.execute(
        text("DELETE FROM login_session WHERE expires_at_ms < :now"), {"now": to_ms(now)}
    )
    return done.rowcount


def failures_of(connection: Connection, key: str) -> Failures:
    """Wrong passwords so far for a name, which need not exist."""
    row = connection.execute(
        text("SELECT n_failures, locked_until_ms FROM login_failure WHERE username_key = :key"),
        {"key": key},
    ).first()
    return Failures(0, from_ms(0)) if row is None else Failures(row[0], from_ms(row[1]))


def set_failures(connection: Connection, key: str, failures: Failures) -> None:
    """Remember the count."""
    connection.execute(
        text(
            "INSERT INTO login_failure (username_key, n_failures, locked_until_ms)"
            " VALUES (:key, :n, :until) ON CONFLICT (username_key) DO UPDATE"
            " SET n_failures = excluded.n_failures, locked_until_ms = excluded.locked_until_ms"
        ),
        {"key": key, "n": failures.n_failures, "until": to_ms(failures.locked_until)},
    )


def clear_failures(connection: Connection, key: str) -> None:
    """Forget the count after a right password."""
    connection.execute(text("DELETE FROM login_failure WHERE username_key = :key"), {"key": key})

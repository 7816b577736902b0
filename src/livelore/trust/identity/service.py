"""Sign up, log in, prove who is asking."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import argon2
import msgspec
from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.ids import new_id, new_secret
from livelore.ports.clock import Clock, now_ms
from livelore.trust.audit.model import check_reason
from livelore.trust.audit.service import AuditService, NewEntry
from livelore.trust.identity import store
from livelore.trust.identity.errors import (
    AccountLocked,
    LockRefused,
    LoginLocked,
    NotLoggedIn,
    PreferencesTooLarge,
    UsernameTaken,
    UserNotFound,
    WrongPassword,
)
from livelore.trust.identity.model import (
    DISPLAY_NAME_MAX,
    HOSTS_FOUND_MAX,
    LOCK_TIME,
    N_AVATARS,
    SESSION_LIFE,
    LoginSession,
    Role,
    User,
    check_password,
    check_role,
    check_username,
    token_hash,
    username_key,
)
from livelore.trust.identity.preferences import BYTES_MAX, Preferences, preferences_in

Kind = Literal["browser", "bearer"]
ALL_SESSIONS = ""
"""Instead of one token's hash: whatever session they have."""
CACHE_MAX = 20_000
"""Login sessions kept in memory, so that a request reads no table."""
CACHE_S = 30.0
"""How long a kept one is believed: a role or mark changed elsewhere shows after this."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh login session and the token that proves it, shown once."""

    session: LoginSession
    token: str


@dataclass(frozen=True, slots=True)
class NewUser:
    """What somebody says of themselves at sign-up."""

    username: str
    password: str
    role: str = "viewer"
    display_name: str | None = None
    locale: str | None = None


class IdentityService:
    """Users, login sessions, roles.

    Args:
        database: Where they are stored.
        clock: For expiry and locks.
        hasher: argon2id; the default takes about 50 ms and 64 MiB, in a thread.
    """

    def __init__(
        self, database: Database, clock: Clock, hasher: argon2.PasswordHasher | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = AuditService(database, clock)
        self._hasher = hasher or argon2.PasswordHasher()
        self._nobody: str | None = None
        self._hashing = asyncio.Semaphore(2)
        self._cache: OrderedDict[str, tuple[float, LoginSession]] = OrderedDict()
        self._log_out_hooks: list[Callable[[str, str], Awaitable[None]]] = []

    async def sign_up(self, new: NewUser, kind: Kind = "browser") -> SignedIn:
        """Make a viewer or host and log them in.

        Raises:
            UsernameInvalid: See `check_username`.
            PasswordInvalid: See `check_password`.
            RoleNotAllowed: Any role but viewer and host.
            UsernameTaken: The name, in whatever case, is somebody else's.
        """
        role = check_role(new.role)
        user = await self.add_user(new, role)
        return await self.open_session(user, kind)

    async def add_user(
        self,
        new: NewUser,
        role: Role,
        *,
        badge: tuple[str, str] | None = None,
        avatar: int | None = None,
    ) -> User:
        """Make a user of any role, without a login session (operators, seeds).

        Args:
            new: Names and password.
            role: What they may do.
            badge: What the site has verified about them, in Chinese and in English.
            avatar: Its number; one by chance when not said.

        Raises:
            UsernameInvalid: See `check_username`.
            PasswordInvalid: See `check_password`.
            UsernameTaken: The name is taken.
        """
        username = check_username(new.username)
        password = check_password(new.password, username)
        hashed = await self._hash(password)
        now = self._clock.now()
        user_id = new_id(now_ms(self._clock))
        user = User(
            id=user_id,
            username=username,
            display_name=(new.display_name or username).strip()[:DISPLAY_NAME_MAX],
            role=role,
            avatar=sum(user_id.encode()) % N_AVATARS if avatar is None else avatar,
            badge=badge[0] if badge else None,
            badge_en=badge[1] if badge else None,
            locale=new.locale,
            adult_verified_at=None,
            created_at=now,
        )
        key = username_key(username)
        if not await self._database.write(lambda c: store.add_user(c, user, key, hashed)):
            raise UsernameTaken(username=username)
        return user

    async def log_in(self, username: str, password: str, kind: Kind = "browser") -> SignedIn:
        """Open a login session for the right password.

        A name that does not exist costs the same time and counts the same failures.

        Raises:
            WrongPassword: With ``tries_left``.
            LoginLocked: Five were wrong; with ``retry_after_s``.
            AccountLocked: The password is right and an operator has locked the account.
        """
        key = username_key(username)[:64]
        failures = await self._database.read(lambda c: store.failures_of(c, key))
        if wait_s := failures.wait_s(self._clock.now()):
            raise LoginLocked(retry_after_s=wait_s)
        found = await self._database.read(lambda c: store.password_of(c, key))
        is_right = await self._verify(found[1] if found else await self._nobodys(), password)
        if found is None or not is_right:
            raise await self._refusal(key)
        if found[0].locked_at is not None:
            raise AccountLocked(reason=found[0].lock_reason)
        await self._database.write(lambda c: store.clear_failures(c, key))
        return await self.open_session(found[0], kind)

    async def _refusal(self, key: str) -> WrongPassword | LoginLocked:
        now = self._clock.now()

        def count(connection: Connection) -> int:
            failures = store.failures_of(connection, key).after_wrong(now)
            store.set_failures(connection, key, failures)
            return 0 if failures.wait_s(now) else failures.tries_left()

        tries_left = await self._database.write(count)
        if tries_left == 0:
            return LoginLocked(retry_after_s=round(LOCK_TIME.total_seconds()))
        return WrongPassword(tries_left=tries_left)

    async def log_out(self, token: str) -> None:
        """End the login session of this token."""
        hashed = token_hash(token)
        session = await self._database.read(lambda c: store.session_by_hash(c, hashed))
        self._cache.pop(hashed, None)
        await self._database.write(lambda c: store.delete_session(c, hashed))
        if session is not None:
            for hook in self._log_out_hooks:
                await hook(session.user.id, hashed)

    def on_log_out(self, hook: Callable[[str, str], Awaitable[None]]) -> None:
        """Call this with a user's id and the token's hash when they were logged out here.

        The hash is `ALL_SESSIONS` when they were locked.
        """
        self._log_out_hooks.append(hook)

    def forget_session(self, hashed: str) -> None:
        """A login session ended in another process: believe the table, not what was kept.

        Args:
            hashed: Of its token; `ALL_SESSIONS` when all of a user have ended.
        """
        if hashed == ALL_SESSIONS:
            self._cache.clear()
        self._cache.pop(hashed, None)

    async def session_of(self, token: str) -> LoginSession:
        """The login session that a token proves.

        Raises:
            NotLoggedIn: There is none, or its time is over.
        """
        hashed = token_hash(token)
        cached = self._cache.get(hashed)
        now = self._clock.monotonic()
        if cached is None or now - cached[0] > CACHE_S:
            session = await self._database.read(lambda c: store.session_by_hash(c, hashed))
            if session is None:
                self._cache.pop(hashed, None)
                raise NotLoggedIn
            self._cache[hashed] = cached = (now, session)
            if len(self._cache) > CACHE_MAX:
                self._cache.popitem(last=False)
        if cached[1].expires_at <= self._clock.now():
            raise NotLoggedIn
        return cached[1]

    async def user(self, user_id: str) -> User:
        """The user of this id.

        Raises:
            UserNotFound: There is none.
        """
        found = await self._database.read(lambda c: store.user_by_id(c, user_id))
        if found is None:
            raise UserNotFound(user_id=user_id[:32])
        return found

    async def users(self, user_ids: list[str]) -> dict[str, User]:
        """Those of these users that exist, by id."""
        return await self._database.read(lambda c: store.users_by_id(c, user_ids))

    async def hosts_named(self, word: str) -> frozenset[str]:
        """Ids of those who may teach and in whose shown name a folded word is."""
        return await self._database.read(lambda c: store.hosts_named(c, word, HOSTS_FOUND_MAX))

    async def preferences_of(self, user_id: str) -> Preferences:
        """What somebody has set for themselves; nothing at first."""
        found = await self._database.read(lambda c: store.preferences_of(c, user_id))
        return Preferences() if found is None else preferences_in(found)

    async def set_preferences(self, user_id: str, chosen: Preferences) -> Preferences:
        """Replace all that somebody has set for themselves.

        Raises:
            PreferencesTooLarge: With ``bytes_max``.
        """
        body = msgspec.json.encode(chosen)
        if len(body) > BYTES_MAX:
            raise PreferencesTooLarge(bytes_max=BYTES_MAX)
        now = self._clock.now()
        await self._database.write(lambda c: store.set_preferences(c, user_id, body.decode(), now))
        return chosen

    async def user_named(self, username: str) -> User | None:
        """The user of this name, if there is one."""
        key = username_key(username)
        found = await self._database.read(lambda c: store.password_of(c, key))
        return found[0] if found else None

    async def search(self, part: str, before_id: str | None, limit: int) -> list[User]:
        """Users whose name contains a text, or who have it as id; newest first."""
        wanted = part.strip()[:64]
        key = username_key(wanted)
        return await self._database.read(lambda c: store.search(c, key, wanted, before_id, limit))

    async def has_users(self) -> bool:
        """Whether anybody has signed up yet."""
        return await self._database.read(store.has_users)

    async def verify_adult(self, user_id: str, operator: User | str) -> None:
        """Mark a user as an adult, checked by an operator (MONEY section 8, M1).

        Raises:
            UserNotFound: There is no such user.
        """
        by = operator if isinstance(operator, str) else operator.id
        at = self._clock.now()

        def work(connection: Connection) -> None:
            user = _existing(connection, user_id)
            if user.is_adult_verified:
                return
            store.mark_adult(connection, user_id, by, at)
            self._audit.record_in(connection, _about(user, by, "user.adult_verified"))

        await self._database.write(work)
        self._cache.clear()

    async def lock(self, operator_id: str, user_id: str, reason: str) -> None:
        """Lock a user out: their login sessions end, a right password is refused.

        Raises:
            UserNotFound: There is no such user.
            LockRefused: It is an operator.
            ReasonInvalid: No reason, or one over 200 characters.
        """
        why = check_reason(reason)
        at = self._clock.now()

        def work(connection: Connection) -> None:
            user = _existing(connection, user_id)
            if user.role == "operator":
                raise LockRefused(user_id=user_id)
            if user.locked_at is None:
                store.set_lock(connection, user_id, at, why)
                self._audit.record_in(connection, _about(user, operator_id, "user.locked", why))

        await self._database.write(work)
        self._cache.clear()
        for hook in self._log_out_hooks:
            await hook(user_id, ALL_SESSIONS)

    async def unlock(self, operator_id: str, user_id: str) -> None:
        """Let a user in again.

        Raises:
            UserNotFound: There is no such user.
        """

        def work(connection: Connection) -> None:
            user = _existing(connection, user_id)
            if user.locked_at is not None:
                store.set_lock(connection, user_id, None, None)
                self._audit.record_in(connection, _about(user, operator_id, "user.unlocked"))

        await self._database.write(work)

    async def forget_expired(self) -> int:
        """Delete login sessions whose time is over."""
        now = self._clock.now()
        return await self._database.write(lambda c: store.delete_expired_sessions(c, now))

    async def open_session(self, user: User, kind: Kind) -> SignedIn:
        """A login session for a user who has proved who they are, by password or otherwise."""
        now: datetime = self._clock.now()
        token = new_secret()
        session = LoginSession(user, kind, new_secret(24), now + SESSION_LIFE)
        hashed = token_hash(token)
        await self._database.write(lambda c: store.add_session(c, hashed, session, now))
        return SignedIn(session, token)

    async def _nobodys(self) -> str:
        """The hash that stands in for a name that does not exist."""
        if self._nobody is None:
            self._nobody = await self._hash(new_secret())
        return self._nobody

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, hashed: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password)
            except argon2.exceptions.VerifyMismatchError:
                return False


def _existing(connection: Connection, user_id: str) -> User:
    user = store.user_by_id(connection, user_id)
    if user is None:
        raise UserNotFound(user_id=user_id[:32])
    return user


def _about(user: User, operator_id: str, act: str, reason: str = "") -> NewEntry:
    return NewEntry(operator_id, act, "user", user.id, user.display_name, reason)

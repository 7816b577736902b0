"""Who is let in to watch: addresses that expire, previews, and the one check."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy import Connection

from livelore.database.engine import Database
from livelore.kit.errors import invariant
from livelore.kit.ids import new_secret
from livelore.kit.times import from_ms, to_ms
from livelore.knowledge.access.errors import TicketRequired
from livelore.live.rooms import store
from livelore.live.rooms.errors import NotOnAir, PlaybackTokenInvalid, PreviewOver
from livelore.live.rooms.model import PREVIEWS_PER_ADDRESS, LiveSession
from livelore.live.rooms.service.rooms import RoomsService
from livelore.live.streams.model import PlaybackGrant
from livelore.ports.clock import Clock
from livelore.trust.identity.errors import NotLoggedIn
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller
from livelore.web.middleware import SESSION_COOKIE

PLAYBACK_COOKIE = "livelore_playback"
VISITOR_COOKIE = "livelore_visitor"
COOKIE_LIFE = timedelta(hours=6)
"""Players that cannot renew addresses (native HLS) go on so long, with the cookie alone."""
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a preview: a user, or a browser known by its cookie and address."""

    caller: Caller
    visitor_id: str | None

    @property
    def key(self) -> str:
        """Whom the preview is counted for."""
        if self.caller.user_id is not None:
            return f"user:{self.caller.user_id}"
        return f"visitor:{self.visitor_id}"

    @property
    def address_hash(self) -> str:
        """The network address, unreadable."""
        return hashlib.sha256(self.caller.address.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PlaybackUrls:
    """Addresses of one room's picture, for one viewer, for a minute."""

    flv: str
    hls: str
    expires_at: datetime
    cookie: str
    cookie_life: timedelta
    preview_ends_at: datetime | None = None


class Playback:
    """Gives out and checks playback addresses.

    Args:
        database: Where previews are counted.
        clock: For their ends.
        rooms: What is on air and for whom.
        identity: Whether whoever an old address was given to is still logged in.
        secret: Signs addresses; at least 32 bytes.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rooms: RoomsService,
        identity: IdentityService,
        secret: bytes,
    ) -> None:
        invariant(len(secret) >= 32, "the playback secret has at least 32 bytes")
        self._database = database
        self._clock = clock
        self._rooms = rooms
        self._identity = identity
        self._secret = secret

    async def urls(self, caller: Caller, room_id: str) -> PlaybackUrls:
        """Addresses for somebody who may watch the whole class.

        Raises:
            RoomNotFound: There is no such room.
            NotOnAir: Nothing to watch.
            TicketRequired: The class is paid and the caller holds nothing that opens it.
        """
        view = await self._rooms.view(caller, room_id)
        if not view.access.entitled:
            raise TicketRequired(
                room_id=room_id, product_id=None if view.product is None else view.product.id
            )
        if view.session is None:
            raise NotOnAir(room_id=room_id)
        return self._issue(view.session, caller, caller.user_id, view.access.until)

    async def preview_left_s(self, visitor: Visitor, session: LiveSession | None) -> int:
        """Seconds of preview that are left of a session, 0 when none."""
        if session is None or session.lesson_id is None:
            return 0
        started = await self._database.read(
            lambda c: store.preview_started(c, session.id, visitor.key)
        )
        return self._left_s(started, await self._rooms.preview_s_of(session))

    def _left_s(self, started: datetime | None, preview_s: int) -> int:
        if started is None:
            return preview_s
        over = started + timedelta(seconds=preview_s)
        return max(0, round((over - self._clock.now()).total_seconds()))

    async def preview(self, visitor: Visitor, room_id: str) -> PlaybackUrls:
        """Addresses for the free preview; its time runs from the first call.

        Raises:
            RoomNotFound: There is no such room.
            NotOnAir: Nothing to watch.
            PreviewOver: This viewer has had it, or too many from this address have.
        """
        view = await self._rooms.view(visitor.caller, room_id)
        session = view.session
        if session is None:
            raise NotOnAir(room_id=room_id)
        now = self._clock.now()

        def work(connection: Connection) -> datetime:
            started = store.preview_started(connection, session.id, visitor.key)
            if started is None:
                n_here = store.n_previews_from(connection, session.id, visitor.address_hash)
                if visitor.caller.user_id is None and n_here >= PREVIEWS_PER_ADDRESS:
                    raise PreviewOver(room_id=room_id)
                store.start_preview(connection, session.id, visitor.key, visitor.address_hash, now)
            return started or now

        started = await self._database.write(work)
        ends_at = started + timedelta(seconds=await self._rooms.preview_s_of(session))
        if now >= ends_at:
            raise PreviewOver(room_id=room_id)
        return self._issue(session, visitor.caller, visitor.key, ends_at, is_preview=True)

    async def preview_end(self, visitor: Visitor, session: LiveSession) -> datetime | None:
        """When this viewer's preview that is running now is over; None when none is running."""
        started = await self._database.read(
            lambda c: store.preview_started(c, session.id, visitor.key)
        )
        if started is None:
            return None
        end = started + timedelta(seconds=await self._rooms.preview_s_of(session))
        return end if self._clock.now() < end else None

    def _issue(
        self,
        session: LiveSession,
        caller: Caller,
        viewer: str | None,
        ends_at: datetime | None,
        *,
        is_preview: bool = False,
    ) -> PlaybackUrls:
        now = self._clock.now()
        browser = self._browser(caller)
        expires_at = now + timedelta(seconds=self._rooms.terms.token_s)
        claims: dict[str, Any] = {
            "room": session.room_id,
            "live": session.id,
            "viewer": viewer,
            "preview": is_preview,
            "browser": browser,
            "at": to_ms(now),
        }
        if ends_at is not None:
            claims["end"] = to_ms(ends_at)
        token = self._sign({**claims, "until": to_ms(expires_at)})
        cookie = self._sign({"cookie": browser, "until": to_ms(now + COOKIE_LIFE)})
        base = f"/api/v1/playback/{session.room_id}"
        return PlaybackUrls(
            f"{base}/live.flv?token={token}",
            f"{base}/hls/index.m3u8?token={token}",
            expires_at,
            cookie,
            COOKIE_LIFE,
            ends_at if is_preview else None,
        )

    def _browser(self, caller: Caller) -> str:
        """One name for all addresses of a login session, so that two tabs share a cookie."""
        if caller.token is None:
            return new_secret(9)
        return hmac.new(self._secret, caller.token.encode(), hashlib.sha256).hexdigest()[:24]

    async def check(
        self, token: str | None, room_id: str, cookies: Mapping[str, str]
    ) -> PlaybackGrant:
        """The one check before any byte of picture leaves.

        For a minute an address is enough. Later it works in the browser that it was given to
        alone, and only while its viewer could get a new one: the right is asked for again.

        Raises:
            PlaybackTokenInvalid: Forged, for another room, or too old and without its cookie.
            PreviewOver: The free preview that it was given for is over.
        """
        claims = self._verified(token)
        if claims is None or claims.get("room") != room_id:
            raise PlaybackTokenInvalid
        now = self._clock.now()
        if claims["preview"] and to_ms(now) >= int(claims["end"]):
            raise PreviewOver(room_id=room_id)
        issued_at = from_ms(int(claims["at"]))
        if to_ms(now) >= int(claims["until"]):
            if not await self._is_kept(claims, cookies, to_ms(now)):
                raise PlaybackTokenInvalid
            issued_at = now
        end = claims.get("end")
        return PlaybackGrant(
            claims["viewer"], issued_at, None if end is None else from_ms(int(end))
        )

    async def _is_kept(
        self, claims: Mapping[str, Any], cookies: Mapping[str, str], now_ms: int
    ) -> bool:
        """Whether the browser that the address was given to still uses it, and still may."""
        kept = self._verified(cookies.get(PLAYBACK_COOKIE))
        if kept is None or kept.get("cookie") != claims["browser"] or now_ms >= kept["until"]:
            return False
        session = await self._rooms.open_session_of(claims["room"])
        if session is None or session.id != claims["live"]:
            return False
        if claims["preview"]:
            return True  # the grant's own end is its limit
        caller = await self._caller_of(claims["viewer"], cookies)
        return (
            caller is not None and (await self._rooms.view(caller, claims["room"])).access.entitled
        )

    async def _caller_of(self, viewer: str | None, cookies: Mapping[str, str]) -> Caller | None:
        if viewer is None:
            return Caller()
        try:
            user = (await self._identity.session_of(cookies.get(SESSION_COOKIE, ""))).user
        except NotLoggedIn:
            return None
        return Caller(user.id, user.username, user.role) if user.id == viewer else None

    def _sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self._secret, algorithm=_ALGORITHM)

    def _verified(self, token: str | None) -> dict[str, Any] | None:
        if not token:
            return None
        try:
            return jwt.decode(token, self._secret, algorithms=[_ALGORITHM])
        except jwt.InvalidTokenError:
            return None

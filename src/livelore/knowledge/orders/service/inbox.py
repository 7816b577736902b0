"""Notices: verified over the raw bytes, stored, answered, and only then applied."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import structlog
from sqlalchemy import Connection

from livelore.knowledge.orders.service.capture import ApplyFacts
from livelore.knowledge.orders.service.refund_facts import STUCK
from livelore.knowledge.orders.store import inbox
from livelore.ports.payments import Fact, NoticeForged

log = structlog.get_logger(__name__)
NOTICE_PAGE = 100
RETRY_S = (1, 5, 30, 300, 3600)
"""Pauses before a notice that could not be applied is tried again; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a notice: 200 in any case."""

    notice_id: int | None
    is_new: bool


class TakeNotices(ApplyFacts):
    """The inbox."""

    async def receive_notice(
        self, gateway: str, headers: Mapping[str, str], raw_body: bytes, address: str = ""
    ) -> Received:
        """Take one notice in; it is on disk before this returns.

        Args:
            gateway: Name in the route.
            headers: As received, in whatever case.
            raw_body: As received.
            address: Who sent it, for the record of forged ones.

        Raises:
            GatewayUnknown: No such gateway is connected (the sandbox in production is not).
            NoticeForged: Kept apart and counted.
        """
        port = self.gateway(gateway)
        lowered = {name.lower(): value for name, value in headers.items()}
        now = self._now()
        try:
            notice = port.verify_notice(lowered, raw_body)
        except NoticeForged as forged:
            reason = str(forged.fields.get("reason", ""))
            await self._database.write(
                lambda c: inbox.add_forged(c, gateway, reason, raw_body, address, now)
            )
            log.warning("notice_forged", gateway=gateway, reason=reason)
            raise
        notice_id = await self._database.write(
            lambda c: inbox.receive(c, gateway, notice, raw_body, now)
        )
        if notice_id is None:
            return Received(None, is_new=False)
        await self._apply_or_keep(notice_id)
        return Received(notice_id, is_new=True)

    async def apply_due(self) -> int:
        """Apply the notices that are stored and not applied; returns how many were tried."""
        now = self._now()
        due = await self._database.read(lambda c: inbox.due_notices(c, now, NOTICE_PAGE))
        for notice_id in due:
            await self._apply_or_keep(notice_id)
        return len(due)

    async def _apply_or_keep(self, notice_id: int) -> None:
        """A notice that cannot be applied stays, is tried again, and is never dropped."""
        try:
            await self._database.write(lambda c: self._apply(c, notice_id))
        except Exception:
            log.exception("notice_not_applied", notice_id=notice_id)
            await self._database.write(lambda c: self._postpone(c, notice_id))

    def _apply(self, connection: Connection, notice_id: int) -> None:
        notice = inbox.notice_by_id(connection, notice_id)
        if notice is None or notice.outcome not in {"new", STUCK}:
            return
        fact = msgspec.json.decode(notice.fact, type=Fact)
        outcome, act_id = self.apply_fact(connection, notice.gateway, fact, "notice")
        if outcome == STUCK:
            self._postpone(connection, notice_id)
        else:
            inbox.set_notice(connection, notice_id, outcome, act_id)

    def _postpone(self, connection: Connection, notice_id: int) -> None:
        notice = inbox.notice_by_id(connection, notice_id)
        if notice is None:
            return
        wait_s = RETRY_S[min(notice.n_tries, len(RETRY_S) - 1)]
        outcome = STUCK if notice.n_tries + 1 >= len(RETRY_S) else notice.outcome
        again_at = self._now() + timedelta(seconds=wait_s)
        inbox.postpone_notice(connection, notice_id, outcome, again_at)

    async def count_notices(self) -> dict[str, int]:
        """How many notices are in which state, forged ones included."""
        return await self._database.read(inbox.count_notices)

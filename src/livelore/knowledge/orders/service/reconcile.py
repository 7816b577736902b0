"""Our books against the gateway's bill, and entitlements against what they follow from."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from livelore.knowledge.ledger.model import account
from livelore.knowledge.ledger.model.accounts import SITE
from livelore.knowledge.orders.errors import FindingNotFound
from livelore.knowledge.orders.service.deliver import DeliverOrders
from livelore.knowledge.orders.store import grants, refunds
from livelore.knowledge.orders.store.grants import Due
from livelore.knowledge.orders.store.refunds import Finding
from livelore.knowledge.orders.store.unmatched_money import Unmatched, all_unmatched
from livelore.ports.payments import Fact
from livelore.trust.audit.model import NewEntry, check_reason

FINDINGS_MAX = 200
Held = dict[str, tuple[str, int, str]]


def compare(
    gateway: str, day: date, ours: Held, theirs: Sequence[Fact], known: set[str]
) -> list[Finding]:
    """Captures of one day, line by line.

    Args:
        gateway: Its name.
        day: Of the bill.
        ours: What we hold as captured that day, by the gateway's id: our number, sum, currency.
        theirs: The bill's captures.
        known: Ids of the bill that we hold, of whatever day.
    """
    iso = day.isoformat()
    found: list[Finding] = []
    counts = Counter(fact.gateway_id for fact in theirs)
    for fact in theirs:
        ref, amount = fact.gateway_id, fact.amount_minor
        if counts[ref] > 1:
            held = ours.get(ref, ("", 0, ""))[1]
            found.append(Finding(gateway, iso, "doubled", ref, held, (amount or 0) * counts[ref]))
        if ref not in ours:
            if ref not in known:
                found.append(Finding(gateway, iso, "lost_by_us", ref, None, amount))
            continue
        _, held_minor, currency = ours[ref]
        if currency != fact.currency:
            found.append(Finding(gateway, iso, "wrong_currency", ref, held_minor, amount))
        elif held_minor != amount:
            found.append(Finding(gateway, iso, "wrong_sum", ref, held_minor, amount))
    for ref in sorted(set(ours) - set(counts)):
        found.append(Finding(gateway, iso, "lost_by_gateway", ref, ours[ref][1], None))
    return list({(each.kind, each.ref): each for each in found}.values())


class ReconcileOrders(DeliverOrders):
    """Comparisons that find, tell, and never repair the past."""

    async def reconcile(self, gateway: str, day: date) -> list[Finding]:
        """Compare one day (UTC) with the gateway's bill; each difference becomes a row.

        Money that we had lost is then booked like any other fact: the buyer has paid.

        Returns:
            The differences of this day.

        Raises:
            GatewayUnknown: No such gateway.
            GatewayUnavailable: It gives no bill now.
        """
        port = self.gateway(gateway)
        bill = await port.bill(day)
        beside = [fact for days in (-1, 1) for fact in await port.bill(day + timedelta(days=days))]
        start = datetime.combine(day, time(), UTC)

        def work(connection: Connection) -> list[Finding]:
            end = start + timedelta(days=1)
            ours = refunds.captures_between(connection, gateway, start, end)
            captures = [fact for fact in bill if fact.type == "captured"]
            refs = [fact.gateway_id for fact in captures]
            known = refunds.known_captures(connection, gateway, refs)
            found = compare(gateway, day, ours, captures, known)
            found += self._refund_findings(connection, gateway, (start, end), (bill, beside))
            for each in found:
                refunds.add_finding(connection, each, self._now())
            return found

        found = await self._database.write(work)
        await self._book_lost(gateway, bill, found)
        return found

    def _refund_findings(
        self,
        connection: Connection,
        gateway: str,
        span: tuple[datetime, datetime],
        bills: tuple[Sequence[Fact], Sequence[Fact]],
    ) -> list[Finding]:
        iso = span[0].date().isoformat()
        bill, beside = bills
        ours = refunds.refunds_between(connection, gateway, *span)
        told = {fact.refund_no: fact for fact in (*beside, *bill) if fact.type == "refunded"}
        found = [
            Finding(gateway, iso, "refund_lost", no, amount, None)
            for no, (amount, _) in ours.items()
            if no not in told
        ]
        for fact in bill:
            if fact.type != "refunded":
                continue
            held = refunds.by_no(connection, fact.refund_no or "")
            ref = fact.refund_no or fact.gateway_id
            if held is None:
                found.append(Finding(gateway, iso, "refund_unknown", ref, None, fact.amount_minor))
            elif held.amount_minor != fact.amount_minor:
                found.append(
                    Finding(gateway, iso, "wrong_sum", ref, held.amount_minor, fact.amount_minor)
                )
        return found

    async def _book_lost(
        self, gateway: str, bill: Sequence[Fact], found: Sequence[Finding]
    ) -> None:
        lost = {each.ref for each in found if each.kind == "lost_by_us"}
        for fact in bill:
            if fact.gateway_id in lost or fact.type == "refunded":
                await self._database.write(
                    lambda c: self.apply_fact(c, gateway, fact, "bill")  # noqa: B023
                )

    async def findings(self) -> list[Finding]:
        """Differences that nobody has closed, newest first."""
        return await self._database.read(lambda c: refunds.open_findings(c, FINDINGS_MAX))

    async def unsettling(self) -> list[Finding]:
        """Open differences that stop settlement: all but money that was booked when found."""
        return [each for each in await self.findings() if each.kind != "lost_by_us"]

    async def close_finding(
        self, operator_id: str, which: tuple[str, str, str], reason: str
    ) -> None:
        """An operator has looked into a difference (gateway, kind, ref) and says what it was.

        Raises:
            FindingNotFound: There is none like it that is open.
            ReasonInvalid: No reason, or one over 200 characters.
        """
        gateway, kind, ref = which
        why = check_reason(reason)
        audited = NewEntry(operator_id, "bill_finding.closed", "bill_finding", kind, ref, why)

        def work(connection: Connection) -> None:
            if not refunds.close_finding(connection, which, (operator_id, why), self._now()):
                raise FindingNotFound(gateway=gateway, kind=kind, ref=ref)
            self._audit.record_in(connection, audited)

        await self._database.write(work)

    async def unmatched(self) -> list[Unmatched]:
        """Money that came and belonged nowhere, newest first."""
        return await self._database.read(lambda c: all_unmatched(c, FINDINGS_MAX))

    async def wrong_sums(self) -> list[tuple[str, int, int]]:
        """Accounts that differ from what orders and refunds say (invariants 14 and 18).

        Returns:
            Account, what orders say, what the ledger says; empty when all is right.
        """

        def work(connection: Connection) -> list[tuple[str, int, int]]:
            due = grants.sums_due(connection)
            for kind in ("order.unearned", "refund.due"):
                due.setdefault((kind, SITE, self._catalog.currency), 0)
            found: list[tuple[str, int, int]] = []
            for (kind, owner, currency), minor in sorted(due.items()):
                ref = account(kind, owner, currency)
                booked = self._ledger.balance_in(connection, ref).balance_minor
                if booked != minor:
                    found.append((f"{kind}:{owner}:{currency}", minor, booked))
            return found

        return await self._database.read(work)

    async def wrong_entitlements(self) -> list[tuple[str, Due]]:
        """Entitlements that differ from orders, refunds and grants (invariant 19).

        Returns:
            ``missing`` or ``extra``, and which; empty when all is right.
        """

        def work(connection: Connection) -> list[tuple[str, Due]]:
            stored = {
                Due(
                    each.source,
                    each.party,
                    each.product_id,
                    each.until,
                    each.revoked_at is not None,
                )
                for each in self._access.all_in(connection)
            }
            due = set(grants.due_entitlements(connection))
            return [("missing", each) for each in due - stored] + [
                ("extra", each) for each in stored - due
            ]

        return await self._database.read(work)

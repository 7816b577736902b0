"""The sandbox: a small honest payment gateway of its own, for demos and tests.

It has its own state in its own file, so that a restart or a kill keeps what was paid, and tells of
it as real gateways do: by signed notices that come after a while, perhaps twice, late or never.
``options`` of a payment chooses the scenario; see `SCENARIOS`.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import ClassVar, TypeVar, cast

import msgspec
import structlog

from livelore.adapters.payments_sandbox_notices import signed, verified
from livelore.adapters.payments_sandbox_scenarios import (
    SCENARIOS,
    Plan,
    ScenarioUnknown,
    parse_scenario,
    plans_of,
)
from livelore.kit.errors import AppError
from livelore.kit.ids import new_id, new_secret
from livelore.kit.times import from_ms, to_iso, to_ms
from livelore.ports.clock import Clock, now_ms
from livelore.ports.payments import (
    Fact,
    FactType,
    PaymentRequest,
    RefundRequest,
    VerifiedNotice,
)

log = structlog.get_logger(__name__)

RETRY_S = (15, 15, 30, 180, 600, 1800, 3600, 10800, 21600)
"""Pauses between tries of a notice that was not taken (after WeChat Pay's)."""
KEYS_KEPT = 2
IDLE_S = 1.0

T = TypeVar("T")
Deliver = Callable[[Mapping[str, str], bytes], Awaitable[None]]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signing_key (id INTEGER PRIMARY KEY, secret TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS charge (
  payment_no TEXT PRIMARY KEY, amount INTEGER NOT NULL, currency TEXT NOT NULL,
  method TEXT NOT NULL, scenario TEXT NOT NULL, n INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS event (
  id TEXT PRIMARY KEY, type TEXT NOT NULL, payment_no TEXT NOT NULL, gateway_id TEXT NOT NULL,
  amount INTEGER, currency TEXT, at_ms INTEGER NOT NULL, refund_no TEXT) STRICT;
CREATE INDEX IF NOT EXISTS event_payment ON event (payment_no, at_ms);
CREATE INDEX IF NOT EXISTS event_refund ON event (refund_no);
CREATE TABLE IF NOT EXISTS outgoing (
  id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
  is_forged INTEGER NOT NULL, n_tries INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
  body BLOB) STRICT;
CREATE INDEX IF NOT EXISTS outgoing_due ON outgoing (at_ms) WHERE sent = 0;
"""


class SandboxInProduction(AppError):
    """The sandbox takes no real money, so a site where real people pay may not use it."""

    code = "payments.sandbox_in_production"
    status = 503


class SandboxGateway:
    """A payment gateway in a file.

    Args:
        path: Its file; made when it is not there.
        clock: Its time.
        delay_ms: From being asked to having paid, and to the notice.
        is_production: Whether real people pay on this site.

    Raises:
        SandboxInProduction: ``is_production``.
    """

    name: ClassVar[str] = "sandbox"

    def __init__(
        self, path: Path, clock: Clock, delay_ms: int = 300, *, is_production: bool = False
    ) -> None:
        if is_production:
            raise SandboxInProduction
        self._clock = clock
        self._delay_ms = delay_ms
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.row_factory = sqlite3.Row
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.executescript(_SCHEMA)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="payments-sandbox")
        self._keys: dict[int, bytes] = {}
        self._load_keys()
        self._deliver: Deliver | None = None
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def merchant(self) -> str:
        """Who we are at this gateway."""
        return "sandbox-merchant"

    # Calls of the port --------------------------------------------------------------------------

    async def create(self, request: PaymentRequest) -> None:
        """Ask for money; see `PaymentGateway.create`.

        Raises:
            ScenarioUnknown: The options name none.
        """
        scenario, n = parse_scenario(request.options)
        await self._run(lambda: self._create(request, scenario, n))
        self._wake.set()

    async def query(self, payment_no: str) -> tuple[Fact, ...] | None:
        """Everything known of our number; see `PaymentGateway.query`."""
        return await self._run(lambda: self._query(payment_no))

    async def refund(self, request: RefundRequest) -> None:
        """Ask for money to go back; see `PaymentGateway.refund`."""
        await self._run(lambda: self._refund(request))
        self._wake.set()

    def verify_notice(self, headers: Mapping[str, str], raw_body: bytes) -> VerifiedNotice:
        """Check the signature over the raw bytes; see `PaymentGateway.verify_notice`."""
        return verified(self._keys, headers, raw_body, now_ms(self._clock))

    async def bill(self, day: date) -> tuple[Fact, ...]:
        """What really moved on a day; see `PaymentGateway.bill`."""
        start = datetime.combine(day, time(), UTC)
        until = min(start + timedelta(days=1), self._clock.now())
        return await self._run(
            lambda: self._facts(
                "type IN ('captured', 'refunded') AND at_ms >= ? AND at_ms < ?",
                (to_ms(start), to_ms(until)),
            )
        )

    # Notices ------------------------------------------------------------------------------------

    def on_notice(self, deliver: Deliver) -> None:
        """Where notices go; an exception of ``deliver`` means "not taken, come again"."""
        self._deliver = deliver

    def start(self) -> None:
        """Begin to send notices; call on the running event loop."""
        self._task = asyncio.create_task(self._loop(), name="payments-sandbox")

    async def stop(self) -> None:
        """End and close the file; what is not sent goes out after the next start."""
        self._is_stopping = True  # wait_for of Python 3.11 may swallow the cancel
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._run(self._file.close)
        self._thread.shutdown()

    async def send_due(self) -> int:
        """Send the notices that are due; returns how many were taken."""
        n_taken = 0
        for row in await self._run(self._due):
            n_taken += await self._send(row)
        return n_taken

    async def rotate_key(self) -> None:
        """Sign with a new key; the one before stays valid for notices on their way."""
        await self._run(self._add_key)

    def sign(self, raw_body: bytes) -> dict[str, str]:
        """Headers of a notice with this body, sent now."""
        return signed(self._keys, raw_body, now_ms(self._clock))

    async def _loop(self) -> None:
        while not self._is_stopping:
            self._wake.clear()
            try:
                await self.send_due()
            except Exception:
                log.exception("sandbox_notices_failed")
            pause_s = await self._run(self._pause_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause_s)

    async def _send(self, row: sqlite3.Row) -> int:
        body = cast("bytes", row["body"])
        headers = self.sign(body)
        if row["is_forged"]:
            headers["sandbox-signature"] = headers["sandbox-signature"][:-8] + "00000000"
        try:
            if self._deliver is None:
                return 0
            await self._deliver(headers, body)
        except Exception as error:
            wait_s = RETRY_S[min(row["n_tries"], len(RETRY_S) - 1)]
            log.info("sandbox_notice_not_taken", event_id=row["event_id"], error=repr(error))
            await self._run(lambda: self._mark(row["id"], wait_s))
            return 0
        await self._run(lambda: self._mark(row["id"], None))
        return 1

    # The file, each call in a thread and alone --------------------------------------------------

    async def _run(self, work: Callable[[], T]) -> T:
        """In the one thread that owns the file: a caller that gives up leaves no second user."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _load_keys(self) -> None:
        if self._file.execute("SELECT COUNT(*) FROM signing_key").fetchone()[0] == 0:
            self._file.execute("INSERT INTO signing_key (secret) VALUES (?)", (new_secret(),))
        rows = self._file.execute("SELECT id, secret FROM signing_key").fetchall()
        self._keys = {row["id"]: row["secret"].encode() for row in rows}

    def _add_key(self) -> None:
        self._file.execute("INSERT INTO signing_key (secret) VALUES (?)", (new_secret(),))
        self._file.execute(
            "DELETE FROM signing_key WHERE id <= (SELECT MAX(id) FROM signing_key) - ?",
            (KEYS_KEPT,),
        )
        self._load_keys()

    def _create(self, request: PaymentRequest, scenario: str, n: int) -> None:
        at_ms = now_ms(self._clock)
        with self._transaction():
            done = self._file.execute(
                "INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    request.payment_no,
                    request.amount_minor,
                    request.currency,
                    request.method,
                    scenario,
                    n,
                    at_ms,
                ),
            )
            if done.rowcount != 1:
                return
            for plan in plans_of(request, scenario, n, at_ms + self._delay_ms):
                self._put(plan, request.payment_no, "cap_" + new_id(plan.at_ms), None)
            if scenario == "forged":
                self._put_forged(request, at_ms + self._delay_ms)

    def _put(self, plan: Plan, payment_no: str, gateway_id: str, refund_no: str | None) -> None:
        event_id = "evt_" + new_id(plan.at_ms)
        self._file.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event_id,
                plan.type,
                payment_no,
                gateway_id,
                plan.amount,
                plan.currency,
                plan.at_ms,
                refund_no,
            ),
        )
        body = self._body(event_id, plan, payment_no, gateway_id, refund_no)
        self._queue(event_id, plan, body, is_forged=False)

    def _put_forged(self, request: PaymentRequest, at_ms: int) -> None:
        plan = Plan("captured", at_ms, request.amount_minor, request.currency)
        event_id = "evt_" + new_id(at_ms)
        body = self._body(event_id, plan, request.payment_no, "cap_" + new_id(at_ms), None)
        self._queue(event_id, plan, body, is_forged=True)

    def _body(
        self, event_id: str, plan: Plan, payment_no: str, gateway_id: str, refund_no: str | None
    ) -> bytes:
        return msgspec.json.encode(
            {
                "id": event_id,
                "type": plan.type,
                "payment_no": payment_no,
                "gateway_id": gateway_id,
                "amount_minor": plan.amount,
                "currency": plan.currency,
                "at": to_iso(from_ms(plan.at_ms)),
                "merchant": self.merchant,
                "refund_no": refund_no,
            }
        )

    def _queue(self, event_id: str, plan: Plan, body: bytes, *, is_forged: bool) -> None:
        self._file.executemany(
            "INSERT INTO outgoing (event_id, at_ms, is_forged, body) VALUES (?, ?, ?, ?)",
            [(event_id, plan.at_ms, int(is_forged), body)] * plan.n_notices,
        )

    def _query(self, payment_no: str) -> tuple[Fact, ...] | None:
        found = self._file.execute("SELECT 1 FROM charge WHERE payment_no = ?", (payment_no,))
        if found.fetchone() is None:
            return None
        return self._facts("payment_no = ? AND at_ms <= ?", (payment_no, now_ms(self._clock)))

    def _facts(self, condition: str, values: tuple[object, ...]) -> tuple[Fact, ...]:
        rows = self._file.execute(
            f"SELECT * FROM event WHERE {condition} ORDER BY at_ms, id",  # noqa: S608  # constants
            values,
        )
        return tuple(
            Fact(
                type=row["type"],
                payment_no=row["payment_no"],
                gateway_id=row["gateway_id"],
                amount_minor=row["amount"],
                currency=row["currency"],
                at=from_ms(row["at_ms"]),
                merchant=self.merchant,
                refund_no=row["refund_no"],
            )
            for row in rows
        )

    def _refund(self, request: RefundRequest) -> None:
        tries = self._file.execute(
            "SELECT type FROM event WHERE refund_no = ?", (request.refund_no,)
        ).fetchall()
        if any(row["type"] == "refunded" for row in tries):
            return
        captured = self._file.execute(
            "SELECT e.*, c.scenario, c.n FROM event e JOIN charge c USING (payment_no)"
            " WHERE e.gateway_id = ? AND e.type = 'captured'",
            (request.gateway_ref,),
        ).fetchone()
        if captured is None:
            log.warning("sandbox_refund_of_unknown_capture", refund_no=request.refund_no)
            return
        at_ms = now_ms(self._clock) + self._delay_ms
        kind: FactType = (
            "refunded" if self._may_refund(request, captured, len(tries)) else ("refund_failed")
        )
        plan = Plan(kind, at_ms, request.amount_minor, request.currency)
        with self._transaction():
            self._put(plan, captured["payment_no"], "ref_" + new_id(at_ms), request.refund_no)

    def _may_refund(self, request: RefundRequest, captured: sqlite3.Row, n_tries: int) -> bool:
        if captured["scenario"] == "refund_fails" and n_tries < (captured["n"] or 1_000_000):
            return False
        refunded = self._file.execute(
            "SELECT COALESCE(SUM(amount), 0) FROM event WHERE type = 'refunded' AND refund_no IN"
            " (SELECT refund_no FROM event WHERE payment_no = ?)",
            (captured["payment_no"],),
        ).fetchone()[0]
        total = self._file.execute(
            "SELECT SUM(amount) FROM event WHERE type = 'captured' AND payment_no = ?",
            (captured["payment_no"],),
        ).fetchone()[0]
        same_currency = request.currency == captured["currency"]
        return same_currency and int(refunded) + request.amount_minor <= int(total)

    def _due(self) -> list[sqlite3.Row]:
        return self._file.execute(
            "SELECT * FROM outgoing WHERE sent = 0 AND at_ms <= ? ORDER BY at_ms, id LIMIT 200",
            (now_ms(self._clock),),
        ).fetchall()

    def _pause_s(self) -> float:
        row = self._file.execute("SELECT MIN(at_ms) AS at_ms FROM outgoing WHERE sent = 0")
        due_ms = row.fetchone()["at_ms"]
        if due_ms is None:
            return IDLE_S
        return min(IDLE_S, max(0.01, (int(due_ms) - now_ms(self._clock)) / 1000))

    def _mark(self, outgoing_id: int, retry_in_s: int | None) -> None:
        if retry_in_s is None:
            self._file.execute("UPDATE outgoing SET sent = 1 WHERE id = ?", (outgoing_id,))
            return
        self._file.execute(
            "UPDATE outgoing SET n_tries = n_tries + 1, at_ms = ?,"
            " sent = CASE WHEN n_tries + 1 >= ? THEN 1 ELSE 0 END WHERE id = ?",
            (now_ms(self._clock) + retry_in_s * 1000, len(RETRY_S), outgoing_id),
        )

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")


__all__ = ["SCENARIOS", "SandboxGateway", "SandboxInProduction", "ScenarioUnknown"]

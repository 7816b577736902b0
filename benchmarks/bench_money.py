"""Durable gifts through the real ledger on both databases: how many, how long, what is left.

Every gift has a key, a fingerprint, three transfers, spend counters for day and month, and an
outbox row; it counts once its commit is on disk. The peer writes the same rows into the same tables
(with the same triggers) by plain psycopg, 8 sessions, one gift a transaction, in turns with ours.
Without guards means that every trigger is dropped but what moves balances. A kill is ``kill -9`` in
the midst of gifts, then a new process on the same database.
"""

import os
import shutil
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from sqlalchemy import text

from benchmarks.common import at_share, goal, middle, say
from benchmarks.money_gifts import bytes_of, callers, fill_to, ledger_of, without_guards
from benchmarks.money_kill import killed
from benchmarks.money_peer import peer
from livelore.database.migrate import migrate
from livelore.knowledge.ledger.model import wallet_of

QUICK: dict[str, Any] = {"seconds": 0.2, "rounds": 1, "rows": 1000, "kills": 1, "most": 16}
DEFAULT_POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"
FEW = (1, 8)
PAGE_MS = 0.4
"""MONEY section 7: in a million transfers, whatever the depth."""
KILLED_AFTER_S = 0.5


def run(
    *,
    seconds: float = 4.0,
    rounds: int = 2,
    rows: int = 1_000_000,
    kills: int = 5,
    most: int = 256,
    postgresql: str = "",
) -> dict[str, Any]:
    """Measure both databases.

    Args:
        seconds: Of each run.
        rounds: Runs with the most callers and of the peer, in turns.
        rows: Transfers in the SQLite ledger when pages and the nightly check are timed.
        kills: Of each database.
        most: Callers at once.
        postgresql: A server where databases may be made; else LIVELORE_TEST_POSTGRESQL or the
            local one; left out by name when it does not answer.
    """
    url = postgresql or os.environ.get("LIVELORE_TEST_POSTGRESQL", DEFAULT_POSTGRESQL)
    server = url if _is_reachable(url) else None
    folder = Path(tempfile.mkdtemp(prefix="livelore-bench-"))
    try:
        bench = _Bench(folder, server, seconds, most)
        found = bench.measure(rounds, rows, kills)
    finally:
        shutil.rmtree(folder)
    runs = _runs(found)
    found["sqlite_version"] = sqlite3.sqlite_version
    return {**found, "goals": _goals(found, most), "wrong": _wrong(found, runs)}


def _runs(found: Any) -> list[dict[str, Any]]:
    """Everything in the result that counted lost gifts."""
    if isinstance(found, dict):
        own = [found] if "lost" in found else []
        return own + [run for each in found.values() for run in _runs(each)]
    return [run for each in found for run in _runs(each)] if isinstance(found, list) else []


def _wrong(found: dict[str, Any], runs: list[dict[str, Any]]) -> list[str]:
    lines = []
    for what in ("lost", "doubled", "half"):
        if n := sum(run.get(what, 0) for run in runs):
            lines.append(f"{n} gifts {what}")
    for kind in ("sqlite_killed", "postgresql_killed"):
        if not found.get(kind, {}).get("answered", 1):
            lines.append(f"{kind}: no gift was answered before the kills")
    for kind in ("sqlite_left", "postgresql_left"):
        lines += [f"{kind}: {each}" for each in found.get(kind, {}).get("findings", [])]
    return lines


def _goals(found: dict[str, Any], most: int) -> list[dict[str, Any]]:
    ours = [each["gifts_per_s"] for each in found["sqlite_most_callers"]]
    left, kill = found["sqlite_left"], found["sqlite_killed"]
    rows = f"{left['transfers']:,} transfers"
    return [
        goal(f"gifts/s, SQLite, {most} callers, all guards", round(statistics.mean(ours)), None),
        goal("times PostgreSQL unbatched, same run", found["times_the_peer"], None),
        goal("cost of the guards", found["guards_cost_percent"], None, "%"),
        goal("one host, against many", found["hot_room_percent"], None, "%"),
        goal(f"statement page, {rows}", left["statement_page_p50_ms"], PAGE_MS, "ms"),
        goal("nightly check per million transfers", left["nightly_check_s_per_million"], None, "s"),
        goal("bytes per gift", found["bytes_per_gift"], None),
        goal("open to first gift after a kill", kill["open_to_first_gift_ms"], None, "ms"),
        goal("gifts lost", sum(run["lost"] for run in _runs(found)), 0.0),
        goal("gifts doubled", sum(run["doubled"] for run in _runs(found)), 0.0),
    ]


class _Bench:
    """Both databases, one behind the other.

    Args:
        folder: Of the SQLite files.
        server: PostgreSQL, if it answers.
        seconds: Of each run.
        most: Callers at once.
    """

    def __init__(self, folder: Path, server: str | None, seconds: float, most: int) -> None:
        self._folder = folder
        self._server = server
        self._seconds = seconds
        self._most = most
        self._kill_s = max(KILLED_AFTER_S, seconds / 2)

    def measure(self, rounds: int, rows: int, kills: int) -> dict[str, Any]:
        """Everything."""
        path = self._folder / "money.db"
        url = self._sqlite("money")
        found: dict[str, Any] = {"seconds_each": self._seconds}
        found["sqlite_few_callers"] = [self._call(url, n) for n in FEW]
        found |= self._in_turns(path, url, rounds)
        found |= self._variants(rounds)
        say("money: kills, SQLite")
        found["sqlite_killed"] = killed(
            self._sqlite("killed"), kills, max(KILLED_AFTER_S, self._seconds / 2)
        )
        say(f"money: up to {rows:,} transfers")
        uvloop.run(fill_to(url, rows, min(self._most, 256)))
        found["sqlite_left"] = uvloop.run(_readings(url))
        return found | self._postgresql(kills)

    def _sqlite(self, name: str) -> str:
        url = f"sqlite:///{self._folder / name}.db"
        migrate(url)
        return url

    def _call(self, url: str, n_callers: int, n_hosts: int = 1) -> dict[str, Any]:
        say(f"money: {url.split(':', maxsplit=1)[0]}, {n_callers} callers, {n_hosts} hosts")
        return uvloop.run(callers(url, n_callers, self._seconds, n_hosts))

    def _in_turns(self, path: Path, url: str, rounds: int) -> dict[str, Any]:
        """Ours and the peer in turns, so that both meet the same machine."""
        before = bytes_of(path)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(self._call(url, self._most))
            if self._server is not None:
                with _fresh(self._server) as fresh:
                    say("money: the peer")
                    theirs.append(peer(fresh, self._seconds))
        n_gifts = sum(one["acknowledged"] for one in ours)
        ratio = _mean(ours) / _mean(theirs) if theirs else None
        return {
            "sqlite_most_callers": ours,
            "postgresql_unbatched_peer": theirs or "skipped: PostgreSQL is not reachable",
            "times_the_peer": None if ratio is None else round(ratio, 2),
            "bytes_per_gift": (bytes_of(path) - before) // max(1, n_gifts),
        }

    def _variants(self, rounds: int) -> dict[str, Any]:
        """All to one host and to many, with guards and without, in turns on fresh files."""
        hot, spread, bare = [], [], []
        for number in range(rounds):
            hot.append(self._call(self._sqlite(f"hot{number}"), self._most))
            spread.append(self._call(self._sqlite(f"spread{number}"), self._most, self._most))
            url = self._sqlite(f"bare{number}")
            without_guards(url)
            bare.append(self._call(url, self._most))
        return {
            "sqlite_one_host": hot,
            "sqlite_host_each": spread,
            "sqlite_without_guards": bare,
            "hot_room_percent": round(_mean(hot) / _mean(spread) * 100, 1),
            "guards_cost_percent": round((1 - _mean(hot) / _mean(bare)) * 100, 1),
        }

    def _postgresql(self, kills: int) -> dict[str, Any]:
        if self._server is None:
            return {"postgresql": "skipped: PostgreSQL is not reachable"}
        with _fresh(self._server) as fresh:
            service = [self._call(fresh, n) for n in (*FEW, self._most)]
            left = uvloop.run(_readings(fresh))
        with _fresh(self._server) as fresh:
            without_guards(fresh)
            bare = self._call(fresh, self._most)
        with _fresh(self._server) as fresh:
            say("money: kills, PostgreSQL")
            dead = killed(fresh, kills, self._kill_s)
        return {
            "postgresql_through_the_service": service,
            "postgresql_without_guards": bare,
            "postgresql_killed": dead,
            "postgresql_left": left,
        }


def _mean(runs: list[dict[str, Any]]) -> float:
    return statistics.mean(float(one["gifts_per_s"]) for one in runs)


async def _readings(url: str) -> dict[str, Any]:
    """Statement pages and the nightly check on what the runs have left."""
    database, ledger = ledger_of(url)
    party = await ledger.party_of("viewer-0")
    page = await ledger.statement(wallet_of(party))
    taken_ms: list[float] = []
    for before in (None, page.next_id, 2000):
        for _ in range(30):
            start = time.perf_counter()
            await ledger.statement(wallet_of(party), before_id=before)
            taken_ms.append((time.perf_counter() - start) * 1000)
    words = text("SELECT count(*) FROM transfer")
    n_transfers = await database.read(lambda c: int(c.execute(words).scalar_one()))
    start = time.perf_counter()
    findings = await ledger.nightly_check()
    check_s = time.perf_counter() - start
    await database.close()
    # Nothing relays the outbox here, so its rows wait: that one finding is expected.
    real = [f"{found.invariant}: {found.what}" for found in findings if "waited" not in found.what]
    return {
        "transfers": n_transfers,
        "statement_page_p50_ms": middle(taken_ms),
        "statement_page_p99_ms": at_share(taken_ms, 0.99),
        "nightly_check_s": round(check_s, 2),
        "nightly_check_s_per_million": round(check_s * 1_000_000 / max(1, n_transfers), 1),
        "findings": real,
    }


@contextmanager
def _fresh(url: str) -> Iterator[str]:
    """A migrated database that is gone afterwards."""
    name = f"livelore_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    fresh = url.rsplit("/", 1)[0] + f"/{name}"
    try:
        migrate(fresh)
        yield fresh
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _is_reachable(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True

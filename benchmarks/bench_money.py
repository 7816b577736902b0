"""Durable gifts a second through the real ledger, against PostgreSQL with one gift a transaction.

Every gift has a key, a fingerprint, three transfers, spend counters for day and month, and an
outbox row; it counts once its commit is on disk. The peer writes the same rows into the same
tables (with the same triggers) by plain psycopg: 8 sessions, one gift per transaction.

    python benchmarks/bench_money.py [--seconds 4] [--postgresql URL] [--out FILE]
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import shutil
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from sqlalchemy import text

from livelore.adapters.clock_system import SystemClock
from livelore.database.engine import Database
from livelore.database.migrate import migrate
from livelore.knowledge.ledger.model import (
    Act,
    Event,
    Gift,
    Spend,
    SpendCaps,
    gift,
    topup,
    user_key,
    wallet_of,
)
from livelore.knowledge.ledger.service import LedgerRules, LedgerService

COINS = 10
PAYLOAD = (
    b'{"room_id":"01kb2m4v9x","gift_id":"01kb2m4v9y","gift_kind_id":"rose","count":1,"coins":10}'
)
RULES = LedgerRules("Asia/Shanghai", SpendCaps(50_000, 10**11, 10**11))
DEFAULT_POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"
SESSIONS = 8


def press(party: int, host: int, release_on: date, key: str) -> Act:
    """One press of the gift button, as `livelore.live.gifts` makes it."""
    given = Gift(party, host, COINS, (85, 15), release_on)
    return Act(
        key=user_key(party, key),
        fingerprint="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        kind="gift",
        transfers=gift(given),
        events=(Event("GiftSent", PAYLOAD),),
        subject="live_session:01kb2m4v9z",
        maker=f"party:{party}",
        fields={"gift_kind_id": "rose", "count": 1},
        spend=Spend(party, "CNY", given.value_minor),
    )


async def _filled(ledger: LedgerService, n_viewers: int) -> tuple[int, list[int]]:
    host = await ledger.party_of("host")
    viewers = [await ledger.party_of(f"viewer-{number}") for number in range(n_viewers)]
    await asyncio.gather(
        *(
            ledger.post(
                Act(
                    f"capture:bench:{uuid.uuid4().hex}",
                    "bench",
                    "topup",
                    topup(party, 10**8, 10**9, "bench"),
                    (Event("CoinsBought", b"{}"),),
                )
            )
            for party in viewers
        )
    )
    return host, viewers


async def _n_gifts(database: Database) -> int:
    words = text("SELECT count(*) FROM act WHERE kind = 'gift' AND outcome = 'done'")
    return int(await database.read(lambda c: c.execute(words).scalar_one()))


async def _callers(url: str, n_callers: int, seconds: float) -> dict[str, Any]:
    """Callers that each wait for their gift before they send the next."""
    database = Database.open(url)
    ledger = LedgerService(database, SystemClock(), RULES)
    host, viewers = await _filled(ledger, n_callers)
    before = await _n_gifts(database)
    taken_ms: list[float] = []
    start = time.perf_counter()
    stop = start + seconds

    async def caller(party: int) -> None:
        release_on = ledger.release_on()
        while (sent := time.perf_counter()) < stop:
            await ledger.post(press(party, host, release_on, uuid.uuid4().hex))
            taken_ms.append((time.perf_counter() - sent) * 1000)

    await asyncio.gather(*(caller(party) for party in viewers))
    wall_s = time.perf_counter() - start
    stored = await _n_gifts(database) - before
    await database.close()
    cuts = statistics.quantiles(taken_ms, n=100)
    return {
        "callers": n_callers,
        "gifts_per_s": round(len(taken_ms) / wall_s),
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "acknowledged": len(taken_ms),
        "lost": max(0, len(taken_ms) - stored),
        "doubled": max(0, stored - len(taken_ms)),
    }


_ONE_GIFT = (
    "WITH i AS (SELECT unnest(%(debits)s::bigint[]) AS d, unnest(%(credits)s::bigint[]) AS c,"
    " unnest(%(currencies)s::text[]) AS u, unnest(%(amounts)s::bigint[]) AS a,"
    " unnest(%(reasons)s::text[]) AS r, unnest(%(afters)s::bigint[]) AS f,"
    " unnest(%(days)s::text[]) AS y) INSERT INTO transfer (act_id, debit_account, credit_account,"
    " currency, amount_minor, reason, debit_after, release_on)"
    " SELECT %(act)s, d, c, u, a, r, f, y FROM i"
)


def _session(url: str, number: int, seconds: float, pipe: Pipe) -> None:
    """One PostgreSQL session: a transaction per gift, prepared statements, no batching."""
    connection = psycopg.connect(url, prepare_threshold=1)
    cursor = connection.cursor()
    refs = ("coins.paid", "coin.spent", "coin.float", "earned.pending", "fee.pending")
    cursor.execute("SELECT id FROM party WHERE user_id = %s", (f"viewer-{number}",))
    party = (cursor.fetchone() or (0,))[0]
    cursor.execute("SELECT id FROM party WHERE user_id = 'host'")
    host = (cursor.fetchone() or (0,))[0]
    owners = {"coins.paid": str(party), "coin.spent": "0", "coin.float": "COIN"}
    ids = {}
    for kind in refs:
        cursor.execute(
            "SELECT id FROM account WHERE kind = %s AND owner = %s",
            (kind, owners.get(kind, str(host))),
        )
        ids[kind] = (cursor.fetchone() or (0,))[0]
    connection.commit()
    now = datetime.now(UTC)
    periods = (now.date().isoformat(), now.date().isoformat()[:7])
    day = (now + timedelta(days=8)).date().isoformat()
    pipe.send("ready")
    pipe.recv()
    n_done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        key = f"user:{party}:{uuid.uuid4().hex}"
        cursor.execute("SELECT pg_advisory_xact_lock_shared(4805001)")
        cursor.execute(
            "SELECT id FROM account WHERE id = %s ORDER BY id FOR UPDATE", (ids["coins.paid"],)
        )
        cursor.execute(
            "SELECT balance_minor - held_minor, (SELECT count(*) FROM act WHERE key = %s)"
            " FROM account WHERE id = %s",
            (key, ids["coins.paid"]),
        )
        balance = (cursor.fetchone() or (0,))[0]
        cursor.execute(
            "INSERT INTO act (key, fingerprint, kind, outcome, n_transfers, subject, maker, fields,"
            " at_ms) VALUES (%s, %s, 'gift', 'done', 3, 'live_session:01kb2m4v9z', %s, %s, %s)"
            " RETURNING id",
            (
                key,
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                f"party:{party}",
                '{"gift_kind_id":"rose","count":1}',
                int(time.time() * 1000),
            ),
        )
        act_id = (cursor.fetchone() or (0,))[0]
        cursor.execute(
            _ONE_GIFT,
            {
                "act": act_id,
                "debits": [ids["coins.paid"], ids["coin.float"], ids["coin.float"]],
                "credits": [ids["coin.spent"], ids["earned.pending"], ids["fee.pending"]],
                "currencies": ["COIN", "CNY", "CNY"],
                "amounts": [COINS, 85, 15],
                "reasons": ["gift.coins", "gift.earned", "gift.fee"],
                "afters": [balance - COINS, None, None],
                "days": [None, day, day],
            },
        )
        cursor.execute(
            "INSERT INTO spend_limit VALUES (%s, 'CNY', %s, 100, %s), (%s, 'CNY', %s, 100, %s)"
            " ON CONFLICT (party, currency, period) DO UPDATE SET"
            " spent_minor = spend_limit.spent_minor + excluded.spent_minor",
            (party, periods[0], 10**11, party, periods[1], 10**11),
        )
        cursor.execute(
            "INSERT INTO outbox (act_id, topic, payload, at_ms) VALUES (%s, 'GiftSent', %s, %s)",
            (act_id, PAYLOAD.decode(), int(time.time() * 1000)),
        )
        connection.commit()
        n_done += 1
    pipe.send((n_done, time.perf_counter() - start))
    connection.close()


async def _prepare_peer(url: str) -> None:
    database = Database.open(url)
    ledger = LedgerService(database, SystemClock(), RULES)
    host, viewers = await _filled(ledger, SESSIONS)
    for party in viewers:
        await ledger.post(press(party, host, ledger.release_on(), uuid.uuid4().hex))
    await database.close()


def _peer(url: str, n_sessions: int, seconds: float) -> dict[str, Any]:
    asyncio.run(_prepare_peer(url))
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for number in range(n_sessions):
        ours, theirs = context.Pipe()
        process = context.Process(target=_session, args=(url, number, seconds, theirs))
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    for pipe in pipes:
        pipe.send("go")
    results = [pipe.recv() for pipe in pipes]
    for process in processes:
        process.join()
    return {
        "sessions": n_sessions,
        "gifts_per_s": round(sum(n_done / wall_s for n_done, wall_s in results)),
    }


async def _readings(path: Path) -> dict[str, Any]:
    """Statement pages and the nightly check on what the runs have left."""
    database = Database.open(f"sqlite:///{path}")
    ledger = LedgerService(database, SystemClock(), RULES)
    party = await ledger.party_of("viewer-0")
    page = await ledger.statement(wallet_of(party))
    taken_ms: list[float] = []
    for before in (None, page.next_id, 2000):
        for _ in range(30):
            start = time.perf_counter()
            await ledger.statement(wallet_of(party), before_id=before)
            taken_ms.append((time.perf_counter() - start) * 1000)
    n_transfers = await database.read(
        lambda c: int(c.execute(text("SELECT count(*) FROM transfer")).scalar_one())
    )
    start = time.perf_counter()
    findings = await ledger.nightly_check()
    check_s = time.perf_counter() - start
    await database.close()
    real = [f"{found.invariant}: {found.what}" for found in findings if "waited" not in found.what]
    return {
        "transfers": n_transfers,
        "statement_page_p50_ms": round(statistics.median(taken_ms), 2),
        "nightly_check_s": round(check_s, 2),
        "nightly_check_s_per_million_transfers_extrapolated": round(
            check_s * 1_000_000 / max(1, n_transfers), 1
        ),
        "findings": real,
    }


def _bytes(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


@contextmanager
def _fresh_postgresql(url: str) -> Iterator[str]:
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


def _side_by_side(path: Path, url: str | None, seconds: float, rounds: int) -> dict[str, Any]:
    """SQLite with 256 callers and the peer in turns, so that both meet the same machine."""
    before = _bytes(path)
    sqlite, peers = [], []
    for _ in range(rounds):
        sqlite.append(uvloop.run(_callers(f"sqlite:///{path}", 256, seconds)))
        if url is not None:
            with _fresh_postgresql(url) as fresh:
                peers.append(_peer(fresh, SESSIONS, seconds))
    n_gifts = sum(one["acknowledged"] for one in sqlite)
    ours = statistics.mean(one["gifts_per_s"] for one in sqlite)
    theirs = statistics.mean(one["gifts_per_s"] for one in peers) if peers else None
    return {
        "sqlite_256_callers": sqlite,
        "postgresql_unbatched_peer": peers or "skipped: PostgreSQL is not reachable",
        "ratio": None if theirs is None else round(ours / theirs, 2),
        "bytes_per_gift": (_bytes(path) - before) // max(1, n_gifts),
    }


def run(
    seconds: float = 4.0,
    postgresql_url: str | None = None,
    work_dir: Path | None = None,
    rounds: int = 2,
) -> dict[str, Any]:
    """Measure both databases.

    Args:
        seconds: Of each run.
        postgresql_url: A server where databases may be made; default
            ``LIVELORE_TEST_POSTGRESQL`` or the local one.
        work_dir: Where the SQLite file is made; default a temporary folder.
        rounds: Runs of SQLite and of the peer, in turns.

    Returns:
        Plain data for JSON; ``ratio`` is SQLite with 256 callers over the PostgreSQL peer.
    """
    url = postgresql_url or os.environ.get("LIVELORE_TEST_POSTGRESQL", DEFAULT_POSTGRESQL)
    server = url if _is_reachable(url) else None
    load = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="livelore-bench-", dir=work_dir))
    path = folder / "money.db"
    try:
        migrate(f"sqlite:///{path}")
        few = [uvloop.run(_callers(f"sqlite:///{path}", n, seconds)) for n in (1, 8)]
        both = _side_by_side(path, server, seconds, rounds)
        service: list[dict[str, Any]] = []
        if server is not None:
            with _fresh_postgresql(server) as fresh:
                service = [uvloop.run(_callers(fresh, n, seconds)) for n in (8, 256)]
        readings = uvloop.run(_readings(path))
    finally:
        shutil.rmtree(folder)
    runs = [*few, *both["sqlite_256_callers"], *service]
    return {
        "what": "durable gifts per second through LedgerService.post",
        "command": "python benchmarks/bench_money.py",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before",
        "python": platform.python_version(),
        "sqlite_version": sqlite3.sqlite_version,
        "seconds_each": seconds,
        "lost": sum(one["lost"] for one in runs),
        "doubled": sum(one["doubled"] for one in runs),
        "sqlite_few_callers": few,
        **both,
        "postgresql_through_the_service": service,
        **readings,
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--postgresql")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results/money.json")
    given = parser.parse_args()
    result = run(given.seconds, given.postgresql)
    given.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

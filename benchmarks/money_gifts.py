"""The gifts of bench_money.py: callers that wait for each, and a ledger without its guards."""

import asyncio
import sqlite3
import statistics
import time
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from livelore.adapters.clock_system import SystemClock
from livelore.database.engine import Database
from livelore.knowledge.ledger.model import (
    Act,
    Event,
    Gift,
    Spend,
    SpendCaps,
    gift,
    topup,
    user_key,
)
from livelore.knowledge.ledger.service import LedgerRules, LedgerService

COINS = 10
PAYLOAD = (
    b'{"room_id":"01kb2m4v9x","gift_id":"01kb2m4v9y","gift_kind_id":"rose","count":1,"coins":10}'
)
RULES = LedgerRules("Asia/Shanghai", SpendCaps(50_000, 10**11, 10**11))


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


def ledger_of(url: str) -> tuple[Database, LedgerService]:
    """A database, open, and its ledger."""
    database = Database.open(url)
    return database, LedgerService(database, SystemClock(), RULES)


async def filled(
    ledger: LedgerService, n_viewers: int, n_hosts: int = 1
) -> tuple[list[int], list[int]]:
    """Hosts, and viewers with more coins than they can spend."""
    hosts = [await ledger.party_of(f"host-{number}") for number in range(n_hosts)]
    viewers = [await ledger.party_of(f"viewer-{number}") for number in range(n_viewers)]
    await asyncio.gather(*(ledger.post(_coins(party)) for party in viewers))
    return hosts, viewers


def _coins(party: int) -> Act:
    return Act(
        f"capture:bench:{uuid.uuid4().hex}",
        "bench",
        "topup",
        topup(party, 10**8, 10**9, "bench"),
        (Event("CoinsBought", b"{}"),),
    )


async def _n_gifts(database: Database) -> int:
    words = text("SELECT count(*) FROM act WHERE kind = 'gift' AND outcome = 'done'")
    return int(await database.read(lambda c: c.execute(words).scalar_one()))


async def callers(url: str, n_callers: int, seconds: float, n_hosts: int = 1) -> dict[str, Any]:
    """Callers that each wait for their gift before they send the next."""
    database, ledger = ledger_of(url)
    hosts, viewers = await filled(ledger, n_callers, n_hosts)
    before = await _n_gifts(database)
    taken_ms: list[float] = []
    start = time.perf_counter()
    stop = start + seconds

    async def caller(number: int, party: int) -> None:
        release_on = ledger.release_on()
        while (sent := time.perf_counter()) < stop:
            host = hosts[number % len(hosts)]
            await ledger.post(press(party, host, release_on, uuid.uuid4().hex))
            taken_ms.append((time.perf_counter() - sent) * 1000)

    await asyncio.gather(*(caller(number, party) for number, party in enumerate(viewers)))
    wall_s = time.perf_counter() - start
    stored = await _n_gifts(database) - before
    await database.close()
    cuts = statistics.quantiles(taken_ms, n=100)
    return {
        "callers": n_callers,
        "hosts": n_hosts,
        "gifts_per_s": round(len(taken_ms) / wall_s),
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "acknowledged": len(taken_ms),
        "lost": max(0, len(taken_ms) - stored),
        "doubled": max(0, stored - len(taken_ms)),
    }


async def fill_to(url: str, n_transfers: int, n_callers: int = 256) -> None:
    """Gifts until the ledger has so many transfers."""
    database, ledger = ledger_of(url)
    hosts, viewers = await filled(ledger, n_callers)
    words = text("SELECT count(*) FROM transfer")
    known = await database.read(lambda c: int(c.execute(words).scalar_one()))
    each = max(0, n_transfers - known) // 3 // n_callers + 1

    async def caller(party: int) -> None:
        release_on = ledger.release_on()
        for _ in range(each if known < n_transfers else 0):
            await ledger.post(press(party, hosts[0], release_on, uuid.uuid4().hex))

    await asyncio.gather(*(caller(party) for party in viewers))
    await database.close()


def without_guards(url: str) -> None:
    """Drop every trigger but what moves balances; keys, checks and foreign keys stay."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE '%_apply'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
        connection.close()
        return
    with psycopg.connect(url) as session:
        rows = session.execute(
            "SELECT tgname, tgrelid::regclass::text, tgfoid::regproc::text FROM pg_trigger"
            " WHERE NOT tgisinternal"
        ).fetchall()
        for name, table, function in rows:
            if function != "transfer_insert":
                session.execute(f"DROP TRIGGER {name} ON {table}")
        session.execute(
            "CREATE OR REPLACE FUNCTION transfer_insert() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN UPDATE account SET balance_minor = NEW.debit_after"
            " WHERE id = NEW.debit_account AND guarded = 1;"
            " UPDATE account SET balance_minor = NEW.credit_after"
            " WHERE id = NEW.credit_account AND guarded = 1; RETURN NEW; END $$"
        )


def bytes_of(path: Path) -> int:
    """Size of a SQLite file with everything in it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size

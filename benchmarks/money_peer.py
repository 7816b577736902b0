"""The peer of bench_money.py: the same rows by plain psycopg, one gift a transaction.

``python -m benchmarks.money_peer URL NUMBER SECONDS`` is one session: it says when it is ready,
waits for a line, and prints how many gifts it gave in how many seconds.
"""

import asyncio
import json
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from benchmarks.common import ROOT
from benchmarks.money_gifts import COINS, PAYLOAD, filled, ledger_of, press

SESSIONS = 8

_ONE_GIFT = (
    "WITH i AS (SELECT unnest(%(debits)s::bigint[]) AS d, unnest(%(credits)s::bigint[]) AS c,"
    " unnest(%(currencies)s::text[]) AS u, unnest(%(amounts)s::bigint[]) AS a,"
    " unnest(%(reasons)s::text[]) AS r, unnest(%(afters)s::bigint[]) AS f,"
    " unnest(%(days)s::text[]) AS y) INSERT INTO transfer (act_id, debit_account, credit_account,"
    " currency, amount_minor, reason, debit_after, release_on)"
    " SELECT %(act)s, d, c, u, a, r, f, y FROM i"
)


def _session(url: str, number: int, seconds: float) -> None:
    """One PostgreSQL session: a transaction per gift, prepared statements, no batching."""
    connection = psycopg.connect(url, prepare_threshold=1)
    cursor = connection.cursor()
    refs = ("coins.paid", "coin.spent", "coin.float", "earned.pending", "fee.pending")
    cursor.execute("SELECT id FROM party WHERE user_id = %s", (f"viewer-{number}",))
    party = (cursor.fetchone() or (0,))[0]
    cursor.execute("SELECT id FROM party WHERE user_id = 'host-0'")
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
    print("ready", flush=True)
    sys.stdin.readline()
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
    print(json.dumps((n_done, time.perf_counter() - start)), flush=True)
    connection.close()


async def _prepare(url: str, n_sessions: int) -> None:
    database, ledger = ledger_of(url)
    hosts, viewers = await filled(ledger, n_sessions)
    for party in viewers:
        await ledger.post(press(party, hosts[0], ledger.release_on(), uuid.uuid4().hex))
    await database.close()


def peer(url: str, seconds: float, n_sessions: int = SESSIONS) -> dict[str, Any]:
    """Sessions side by side, each in a process of its own."""
    asyncio.run(_prepare(url, n_sessions))
    sessions = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.money_peer", url, str(number), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(n_sessions)
    ]
    for session in sessions:
        if session.stdout is None or session.stdout.readline() != "ready\n":
            raise RuntimeError("a session of the peer did not start")
    for session in sessions:
        if session.stdin is not None:
            session.stdin.write("go\n")
            session.stdin.flush()
    results = [json.loads(session.communicate()[0]) for session in sessions]
    return {
        "sessions": n_sessions,
        "gifts_per_s": round(sum(n_done / wall_s for n_done, wall_s in results)),
    }


if __name__ == "__main__":
    _session(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))

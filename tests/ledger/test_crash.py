"""kill -9 under mixed load: what was answered is there once, whole, with its event; nothing half.

``LIVELORE_TEST_KILLS`` sets how often (default 3; 50 in the long run).
"""

import asyncio
import os
import random
import subprocess
import sys
import time

from sqlalchemy import text

from livelore.adapters.clock_system import SystemClock
from livelore.database.engine import Database
from livelore.knowledge.ledger.service import LedgerService
from tests.ledger.conftest import RULES

KILLS = int(os.environ.get("LIVELORE_TEST_KILLS", "3"))


def killed_run(url: str, number: int) -> list[tuple[str, str]]:
    """Outcome and key of every act that was answered before the kill."""
    command = [
        sys.executable,
        "-m",
        "tests.ledger.crash_child",
        url,
        f"run{number}-{time.time_ns()}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(random.uniform(0.1, 0.6))
        child.kill()
        lines = (first + child.stdout.read()).decode().splitlines()
    pairs = [line.split(" ", 1) for line in lines]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


async def test_what_was_answered_survives_a_kill_once_and_whole(database_url: str) -> None:
    answered: dict[str, str] = {}
    for number in range(KILLS):
        run = await asyncio.to_thread(killed_run, database_url, number)
        assert len({key for _, key in run}) == len(run)
        answered |= {key: outcome for outcome, key in run}
    assert sum(outcome == "done" for outcome in answered.values()) > 20 * KILLS
    database = Database.open(database_url)
    words = text(
        "SELECT a.key, a.outcome, a.kind, a.n_transfers,"
        " (SELECT count(*) FROM transfer t WHERE t.act_id = a.id) AS n,"
        " (SELECT count(*) FROM outbox o WHERE o.act_id = a.id) AS events FROM act a"
    )
    stored = {row.key: row for row in await database.read(lambda c: c.execute(words).all())}
    lost = [key for key, outcome in answered.items() if stored[key].outcome != outcome]
    half = [key for key, row in stored.items() if row.n != row.n_transfers]
    silent = [
        key
        for key, row in stored.items()
        if row.events != (1 if row.outcome == "done" and row.kind != "undo" else 0)
    ]
    assert (lost, half, silent) == ([], [], [])
    ledger = LedgerService(database, SystemClock(), RULES)
    assert await ledger.nightly_check({1, 2, 3, 6, 7, 8, 9, 10, 11, 15, 16, 22}) == []
    await database.close()

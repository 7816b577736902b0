"""The kill of bench_money.py: a process that gives gifts dies, another goes on with its database.

``python -m benchmarks.money_kill URL CALLERS`` gives until it is killed. It prints how long it took
from opening the database to the first gift on disk, then the key of each gift that was answered.
"""

import asyncio
import os
import subprocess
import sys
import time
import uuid
from typing import Any

import uvloop
from sqlalchemy import text

from benchmarks.common import ROOT, middle
from benchmarks.money_gifts import filled, ledger_of, press


async def give(url: str, n_callers: int) -> None:
    """Give and tell, without end."""
    started = time.perf_counter()
    _, ledger = ledger_of(url)
    hosts, viewers = await filled(ledger, 1)
    await ledger.post(press(viewers[0], hosts[0], ledger.release_on(), uuid.uuid4().hex))
    os.write(1, f"first {(time.perf_counter() - started) * 1000:.1f}\n".encode())
    hosts, viewers = await filled(ledger, n_callers)

    async def caller(party: int) -> None:
        while True:
            act = press(party, hosts[0], ledger.release_on(), uuid.uuid4().hex)
            await ledger.post(act)
            os.write(1, f"done {act.key}\n".encode())

    await asyncio.gather(*(caller(party) for party in viewers))


def killed(url: str, rounds: int, seconds: float, n_callers: int = 64) -> dict[str, Any]:
    """Kill it again and again; what was answered must be there once and whole."""
    answered: list[str] = []
    open_ms: list[float] = []
    start_s: list[float] = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.money_kill", url, str(n_callers)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
            if child.stdout is None:
                raise RuntimeError("the child has no output")
            open_ms.append(float(child.stdout.readline().split()[1]))
            start_s.append(time.perf_counter() - begun)
            early = child.stdout.readline()  # a kill before anything was answered shows nothing
            time.sleep(seconds)
            child.kill()
            lines = (early + child.stdout.read()).decode().splitlines()
        answered += [line.removeprefix("done ") for line in lines if line.startswith("done user:")]
    # The last line may be cut off by the kill; a key has a length of its own.
    whole = max((len(key.rsplit(":", 1)[1]) for key in answered), default=0)
    answered = [key for key in answered if len(key.rsplit(":", 1)[1]) == whole]
    return {
        "kills": rounds + 1,
        "answered": len(answered),
        "open_to_first_gift_ms": middle(open_ms[1:], 1),
        "start_to_first_gift_s": middle(start_s[1:], 2),
        **uvloop.run(_kept(url, answered)),
    }


async def _kept(url: str, answered: list[str]) -> dict[str, int]:
    database, _ = ledger_of(url)
    words = text(
        "SELECT a.key, a.n_transfers,"
        " (SELECT count(*) FROM transfer t WHERE t.act_id = a.id) AS n,"
        " (SELECT count(*) FROM outbox o WHERE o.act_id = a.id) AS events"
        " FROM act a WHERE a.kind = 'gift'"
    )
    rows = await database.read(lambda c: c.execute(words).all())
    await database.close()
    stored: dict[str, int] = {}
    for row in rows:
        stored[row.key] = stored.get(row.key, 0) + 1
    return {
        "lost": sum(1 for key in answered if key not in stored),
        "doubled": sum(1 for count in stored.values() if count > 1),
        "half": sum(1 for row in rows if row.n != row.n_transfers or row.events != 1),
    }


if __name__ == "__main__":
    uvloop.run(give(sys.argv[1], int(sys.argv[2])))

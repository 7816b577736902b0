"""A process under mixed load that tells each act it was answered; its parent kills it.

python -m tests.ledger.crash_child URL RUN
"""

import asyncio
import os
import random
import sys

from livelore.adapters.clock_system import SystemClock
from livelore.database.engine import Database
from livelore.kit.errors import AppError
from livelore.knowledge.ledger.service import LedgerService, UndoGift
from tests.ledger.conftest import RULES
from tests.ledger.makers import gift_act, topup_act

CALLERS = 24


async def caller(ledger: LedgerService, run: str, number: int) -> None:
    rng = random.Random(f"{run}-{number}")
    party, host = await ledger.party_of(f"viewer-{number}"), await ledger.party_of("host")
    for step in range(1_000_000):
        name = f"{run}-{number}-{step}"
        if step % 20 == 0:
            act = topup_act(party, 200, ref=name)
        else:
            act = gift_act(ledger, party, host, rng.randint(1, 30), key=name)
        result = await ledger.submit(act)
        os.write(1, f"{result.outcome} {act.key}\n".encode())
        if act.kind == "gift" and result.error is None and step % 7 == 0:
            key = f"undo-{name}"
            try:
                await ledger.undo_gift(UndoGift(result.act_id, key=key))
            except AppError:
                continue
            os.write(1, f"done {key}\n".encode())


async def main() -> None:
    ledger = LedgerService(Database.open(sys.argv[1]), SystemClock(), RULES)
    await asyncio.gather(*(caller(ledger, sys.argv[2], number) for number in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main())

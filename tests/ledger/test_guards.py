"""Each guard of the database attacked alone by raw SQL, and named by the one that refused.

Every attack is a good write with one thing wrong in it. Each guard is then switched off, and the
same attack is no longer refused by it: a test that passes for another reason shows here.
"""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from livelore.database.engine import Database
from livelore.knowledge.ledger.model import (
    Act,
    HoldEnding,
    HoldOpening,
    Transfer,
    account,
    wallet_of,
)
from livelore.knowledge.ledger.service import LedgerService
from tests.conftest import POSTGRESQL_URL
from tests.fakes import FakeClock
from tests.ledger.attacks import ATTACKS, COINS, GOOD, Attack, act, transfer
from tests.ledger.conftest import RULES
from tests.ledger.makers import gift_act, send, viewer_with
from tests.ledger.raw import Raw, raw


async def fill(url: str) -> None:
    """A viewer with coins, a gift, an open and a posted hold, a refused act, rules."""
    database = Database.open(url)
    clock = FakeClock()
    ledger = LedgerService(database, clock, RULES)
    viewer, host = await viewer_with(ledger, 1000), await ledger.party_of("host")
    await send(ledger, viewer, host, 30)
    until = clock.now() + timedelta(hours=1)
    held = await ledger.post(
        Act("ask", "f", "question", holds=(HoldOpening(wallet_of(viewer), 30, until),))
    )
    given = gift_act(ledger, viewer, host, 30).transfers
    await ledger.post(
        Act(
            "answer",
            "f",
            "answer",
            (
                Transfer(given[0].debit, given[0].credit, 30, "gift.coins", held.hold_ids[0]),
                *given[1:],
            ),
            hold_ends=(HoldEnding(held.hold_ids[0], "posted", 30),),
        )
    )
    await ledger.post(
        Act("ask2", "f", "question", holds=(HoldOpening(wallet_of(viewer), 20, until),))
    )
    await ledger.submit(gift_act(ledger, viewer, host, 4000))
    await ledger.set_caps(viewer, {"tip": 100})
    await ledger.checkpoint()
    refs = [account(kind, "sandbox", "CNY") for kind in ("gateway.clearing", "gateway.unmatched")]
    money = Transfer(refs[0], refs[1], 5, "unmatched.money")
    back = Transfer(refs[1], account("refund.due", "0", "CNY"), 5, "unmatched.refund")
    await ledger.post(Act("money", "f", "unmatched", (money, back)))
    clock.advance(8 * 86_400)
    await ledger.settle()
    await send(ledger, viewer, host, 10)
    await database.write(
        lambda c: c.exec_driver_sql("INSERT INTO split_rule VALUES ('site', 1, '[]', 0)") and None
    )
    await database.close()


@pytest.fixture(scope="module")
def sqlite_filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("guards") / "guards.db"
    shutil.copyfile(sqlite_template, path)
    asyncio.run(fill(f"sqlite:///{path}"))
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def postgresql_filled(postgresql_template: str) -> Iterator[str]:
    name = f"{postgresql_template}_guards"
    with psycopg.connect(POSTGRESQL_URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgresql_template}"'.encode())
    url = POSTGRESQL_URL.rsplit("/", 1)[0] + f"/{name}"
    try:
        asyncio.run(fill(url))
        yield url
    finally:
        with psycopg.connect(POSTGRESQL_URL, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def attacked(request: pytest.FixtureRequest) -> Iterator[Raw]:
    dialect: Any = request.param
    with raw(request.getfixturevalue(f"{dialect}_filled")) as connection:
        yield connection


CASES = [
    pytest.param(dialect, attack, id=f"{dialect}-{attack.name}")
    for attack in ATTACKS
    for dialect in attack.guard
]


@pytest.mark.parametrize(("attacked", "attack"), CASES, indirect=["attacked"])
def test_a_bad_write_is_refused_by_the_guard_meant_for_it(attacked: Raw, attack: Attack) -> None:
    assert attacked.refusal(*attack.statements) == attack.guard[attacked.dialect]


@pytest.mark.parametrize(
    ("attacked", "attack"),
    [case for case in CASES if not str(case.values[1].guard.get("sqlite")).startswith("type:")],  # type: ignore[union-attr]
    indirect=["attacked"],
)
def test_with_its_guard_switched_off_the_bad_write_is_not_refused_by_it(
    attacked: Raw, attack: Attack
) -> None:
    guard = attack.guard[attacked.dialect]
    attacked.switch_off(guard)
    assert attacked.refusal(*attack.statements) != guard


@pytest.mark.parametrize("attacked", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("good", GOOD, ids=[case[0] for case in GOOD])
def test_the_same_writes_without_the_mistake_are_accepted(
    attacked: Raw, good: tuple[str, ...]
) -> None:
    assert attacked.refusal(*good[1:]) is None


@pytest.mark.parametrize("attacked", ["postgresql"], indirect=True)
def test_the_role_of_the_application_may_insert_and_select_and_nothing_else(attacked: Raw) -> None:
    attacked.run(
        "CREATE ROLE ledger_tester",
        "SELECT ledger_grant_to('ledger_tester')",
        "SET LOCAL ROLE ledger_tester",
        act(),
        transfer(COINS),
    )
    for statement in (
        "UPDATE transfer SET amount_minor = 1",
        "DELETE FROM transfer",
        "TRUNCATE transfer",
        "UPDATE account SET balance_minor = 1",
        "INSERT INTO posting_rule VALUES ('x', 'bank', 'bank')",
    ):
        assert "permission denied" in (attacked.refusal(statement) or "")

"""What the ledger's code believes and what both databases hold is the same."""

import re

import pytest
from sqlalchemy import text

from livelore.database.engine import Database
from livelore.knowledge.ledger.model import ACCOUNT_KINDS, CURRENCIES, POSTING_RULES
from livelore.knowledge.ledger.store.posting import FENCE, REVERSAL

TABLES = {
    *("account", "account_kind", "act", "checkpoint", "currency", "hold", "hold_end", "outbox"),
    *("party", "posting_rule", "settlement", "spend_cap", "spend_limit", "split_rule", "transfer"),
}


async def test_currencies_are_those_of_the_model(db: Database) -> None:
    rows = await db.read(
        lambda c: c.execute(text("SELECT code, scale, backing, value_minor FROM currency")).all()
    )
    assert {tuple(row) for row in rows} == {
        (one.code, one.scale, one.backing, one.value_minor) for one in CURRENCIES.values()
    }


async def test_kinds_of_account_are_those_of_the_model(db: Database) -> None:
    rows = await db.read(
        lambda c: c.execute(text("SELECT kind, side, guarded FROM account_kind")).all()
    )
    assert {tuple(row) for row in rows} == {
        (one.kind, one.side, int(one.is_guarded)) for one in ACCOUNT_KINDS.values()
    }


async def test_posting_rules_are_those_of_the_model(db: Database) -> None:
    rows = await db.read(
        lambda c: c.execute(text("SELECT reason, debit_kind, credit_kind FROM posting_rule")).all()
    )
    assert {tuple(row) for row in rows} == POSTING_RULES


async def test_every_amount_is_stored_as_a_whole_number(db: Database) -> None:
    names = "('" + "','".join(sorted(TABLES)) + "')"
    if db.dialect == "sqlite":
        rows = await db.read(
            lambda c: c.execute(
                text(f"SELECT name, sql FROM sqlite_master WHERE type='table' AND name IN {names}")
            ).all()
        )
        assert len(rows) == len(TABLES)
        assert [row.name for row in rows if not row.sql.endswith("STRICT")] == []
        assert [row.name for row in rows if re.search(r"REAL|NUMERIC|ANY", row.sql)] == []
        return
    kinds = await db.read(
        lambda c: (
            c.execute(
                text(
                    "SELECT DISTINCT data_type FROM information_schema.columns"
                    f" WHERE table_schema = current_schema AND table_name IN {names}"
                )
            )
            .scalars()
            .all()
        )
    )
    assert set(kinds) == {"bigint", "text"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_code_and_triggers_take_the_same_advisory_locks(db: Database) -> None:
    words = text("SELECT prosrc FROM pg_proc WHERE proname IN ('act_insert', 'transfer_insert')")
    sources = "\n".join(await db.read(lambda c: c.execute(words).scalars().all()))
    assert f"pg_advisory_xact_lock_shared({FENCE})" in sources
    assert f"pg_advisory_xact_lock({REVERSAL}, " in sources

"""Good writes of the ledger as raw SQL, and every attack: a good write with one thing wrong."""

from dataclasses import dataclass

ACCOUNT = "(SELECT id FROM account WHERE kind = '{}' AND currency = '{}' AND owner = '{}')"
VIEWER = ACCOUNT.format("coins.paid", "COIN", "1")
SPENT = ACCOUNT.format("coin.spent", "COIN", "0")
CLEARING = ACCOUNT.format("gateway.clearing", "CNY", "sandbox")
UNMATCHED = ACCOUNT.format("gateway.unmatched", "CNY", "sandbox")
FLOAT = ACCOUNT.format("coin.float", "CNY", "COIN")
PENDING = ACCOUNT.format("earned.pending", "CNY", "2")
AVAILABLE = ACCOUNT.format("earned.available", "CNY", "2")
DUE = ACCOUNT.format("refund.due", "CNY", "0")
BALANCE = f"(SELECT balance_minor FROM account WHERE id = {VIEWER})"
SHARE = f"(SELECT min(id) FROM transfer WHERE credit_account = {PENDING})"
OPEN_HOLD = "(SELECT min(id) FROM hold WHERE id NOT IN (SELECT hold_id FROM hold_end))"
POSTED_HOLD = "(SELECT min(hold_id) FROM hold_end WHERE outcome = 'posted')"
HELD = f"(SELECT held_minor FROM account WHERE id = {VIEWER})"
HELD_NO = f"(SELECT held_no FROM account WHERE id = {VIEWER})"
REFUSED = "(SELECT min(id) FROM act WHERE outcome = 'refused')"
DONE = "(SELECT min(id) FROM act WHERE outcome = 'done')"

ACT = {
    "id": "900",
    "key": "'raw'",
    "fingerprint": "'f'",
    "kind": "'raw'",
    "outcome": "'done'",
    "code": "NULL",
    "n_transfers": "1",
    "maker": "NULL",
    "checker": "NULL",
    "fields": "'{}'",
    "at_ms": "0",
}
COINS = {
    "id": "9000",
    "act_id": "900",
    "debit_account": VIEWER,
    "credit_account": SPENT,
    "currency": "'COIN'",
    "amount_minor": "10",
    "reason": "'gift.coins'",
    "debit_after": f"{BALANCE} - 10",
    "credit_after": "NULL",
    "hold_id": "NULL",
    "reverses": "NULL",
    "release_on": "NULL",
}
MONEY = COINS | {
    "debit_account": CLEARING,
    "credit_account": UNMATCHED,
    "currency": "'CNY'",
    "reason": "'unmatched.money'",
    "debit_after": "NULL",
}
NEW_SHARE = MONEY | {
    "debit_account": FLOAT,
    "credit_account": PENDING,
    "reason": "'gift.earned'",
    "release_on": "'2030-01-01'",
}
REVERSAL = MONEY | {
    "debit_account": PENDING,
    "credit_account": FLOAT,
    "reason": "'undo.earned'",
    "reverses": SHARE,
}
OF_HOLD = COINS | {"hold_id": POSTED_HOLD, "amount_minor": "5", "debit_after": f"{BALANCE} - 5"}
HOLD = {
    "id": "90",
    "act_id": "900",
    "account_id": VIEWER,
    "amount_minor": "10",
    "expires_at_ms": "0",
    "held_no": f"{HELD_NO} + 1",
    "held_after": f"{HELD} + 10",
}
HOLD_END = {
    "hold_id": OPEN_HOLD,
    "account_id": VIEWER,
    "act_id": "900",
    "outcome": "'voided'",
    "posted_minor": "0",
    "held_no": f"{HELD_NO} + 1",
    "held_after": f"{HELD} - 20",
}
NEW_ACCOUNT = {
    "kind": "'coins.paid'",
    "owner": "'77'",
    "currency": "'COIN'",
    "side": "'C'",
    "guarded": "1",
    "balance_minor": "0",
}
NEW_CURRENCY = {
    "code": "'GEM'",
    "scale": "0",
    "kind": "'coin'",
    "backing": "'CNY'",
    "value_minor": "5",
}
SETTLED = {"party": "'2'", "currency": "'CNY'", "day": "'2026-12-15'", "act_id": DONE}
SPEND = {
    "party": "1",
    "currency": "'CNY'",
    "period": "'2031-01'",
    "spent_minor": "5",
    "cap_minor": "10",
}
OVER_ACT = "INSERT OR REPLACE INTO"


def insert(table: str, row: dict[str, str], verb: str = "INSERT INTO", **wrong: str) -> str:
    row = row | wrong
    return f"{verb} {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def act(**wrong: str) -> str:
    return insert("act", ACT, **wrong)


def transfer(row: dict[str, str], **wrong: str) -> str:
    return insert("transfer", row, **wrong)


@dataclass(frozen=True)
class Attack:
    """Statements of which the last is the bad one, and who must refuse it."""

    name: str
    guard: dict[str, str]
    statements: tuple[str, ...]


def both(name: str, guard: str, *statements: str) -> Attack:
    return Attack(name, {"sqlite": guard, "postgresql": guard}, statements)


def key(name: str, postgresql: str, *statements: str) -> Attack:
    """A foreign key: SQLite does not say which."""
    return Attack(name, {"sqlite": "foreign_key", "postgresql": postgresql}, statements)


def same_row(name: str, sqlite: str, postgresql: str, *statements: str) -> Attack:
    return Attack(name, {"sqlite": sqlite, "postgresql": postgresql}, statements)


def sqlite_only(name: str, guard: str, *statements: str) -> Attack:
    return Attack(name, {"sqlite": guard}, statements)


def postgresql_only(name: str, guard: str, *statements: str) -> Attack:
    return Attack(name, {"postgresql": guard}, statements)


KEPT = {
    "transfer": "amount_minor = amount_minor",
    "hold": "amount_minor = amount_minor",
    "hold_end": "posted_minor = posted_minor",
    "posting_rule": "reason = reason",
    "currency": "value_minor = value_minor",
    "account_kind": "guarded = guarded",
    "checkpoint": "debits = debits",
    "settlement": "day = day",
    "split_rule": "parties = parties",
    "spend_cap": "cap_minor = cap_minor",
}

ATTACKS = (
    # Transfers and their amounts, accounts, currency
    both("amount 0", "transfer_amount", act(), transfer(MONEY, amount_minor="0")),
    both("amount -5", "transfer_amount", act(), transfer(MONEY, amount_minor="-5")),
    both(
        "amount too large", "transfer_amount", act(), transfer(MONEY, amount_minor="1000000000001")
    ),
    sqlite_only(
        "amount 1.5", "type:transfer.amount_minor", act(), transfer(MONEY, amount_minor="1.5")
    ),
    sqlite_only(
        "amount text", "type:transfer.amount_minor", act(), transfer(MONEY, amount_minor="'x'")
    ),
    both(
        "debit is credit",
        "transfer_accounts_differ",
        act(),
        "INSERT INTO posting_rule VALUES ('round', 'gateway.clearing', 'gateway.clearing')",
        transfer(MONEY, credit_account=CLEARING, reason="'round'"),
    ),
    both("pair not listed", "transfer_pair", act(), transfer(MONEY, reason="'gift.coins'")),
    both(
        "pair turned round",
        "transfer_pair",
        act(),
        transfer(MONEY, debit_account=UNMATCHED, credit_account=CLEARING),
    ),
    key("currency of neither", "transfer_debit_currency", act(), transfer(MONEY, currency="'USD'")),
    key("no such act", "transfer_of_act", transfer(MONEY, act_id="901")),
    postgresql_only("id 0", "transfer_id", act(), transfer(MONEY, id="0")),
    # Transfers and their balances
    both(
        "wrong debit_after",
        "transfer_debit_after",
        act(),
        transfer(COINS, debit_after=f"{BALANCE} - 9"),
    ),
    both("no debit_after", "transfer_debit_after", act(), transfer(COINS, debit_after="NULL")),
    both(
        "debit_after of a summed account",
        "transfer_debit_after",
        act(),
        transfer(MONEY, debit_after="10"),
    ),
    both(
        "credit_after of a summed account",
        "transfer_credit_after",
        act(),
        transfer(COINS, credit_after="10"),
    ),
    both(
        "wrong credit_after",
        "transfer_credit_after",
        act(),
        transfer(
            MONEY,
            debit_account=PENDING,
            credit_account=AVAILABLE,
            reason="'settle.earned'",
            credit_after="1",
        ),
    ),
    both(
        "overdraft",
        "account_floor",
        act(),
        transfer(COINS, amount_minor=f"{BALANCE} + 1", debit_after="-1"),
    ),
    both(
        "spending what is held",
        "account_floor",
        act(),
        transfer(COINS, amount_minor=f"{BALANCE} - {HELD} + 1", debit_after=f"{HELD} - 1"),
    ),
    # Transfers and their acts
    both("of a refused act", "transfer_act_refused", transfer(MONEY, act_id=REFUSED)),
    both("one more than stated", "transfer_act_full", act(n_transfers="0"), transfer(MONEY)),
    both("added to an old act", "transfer_act_full", transfer(MONEY, act_id=DONE)),
    both(
        "to a closed account",
        "transfer_account_closed",
        act(),
        f"UPDATE account SET closed_at_ms = 1 WHERE id = {UNMATCHED}",
        transfer(MONEY),
    ),
    # Transfers and their shares
    both("share without a day", "transfer_release", act(), transfer(NEW_SHARE, release_on="NULL")),
    both(
        "day without a share", "transfer_release", act(), transfer(MONEY, release_on="'2030-01-01'")
    ),
    both("no day at all", "transfer_release_day", act(), transfer(NEW_SHARE, release_on="'soon'")),
    both(
        "share of a settled day",
        "transfer_release_settled",
        act(),
        insert("settlement", SETTLED),
        transfer(NEW_SHARE, release_on="'2026-12-15'"),
    ),
    # Transfers and their reversals
    both(
        "reversal above its original",
        "transfer_reversal_sum",
        act(),
        transfer(REVERSAL, amount_minor="256"),
    ),
    both(
        "second reversal above what is left",
        "transfer_reversal_sum",
        act(n_transfers="2"),
        transfer(REVERSAL, amount_minor="200"),
        transfer(REVERSAL, id="9001", amount_minor="56"),
    ),
    both(
        "reversal in another currency",
        "transfer_reversal_currency",
        act(),
        transfer(COINS, reverses=SHARE),
    ),
    both(
        "reverses itself", "transfer_reverses_earlier", act(), transfer(REVERSAL, reverses="9000")
    ),
    key("reverses nothing", "transfer_of_original", act(), transfer(REVERSAL, reverses="-7")),
    # Transfers and their holds
    both(
        "of a hold that is open",
        "transfer_hold_posted",
        act(),
        transfer(OF_HOLD, hold_id=OPEN_HOLD),
    ),
    both(
        "of a hold on another account",
        "transfer_hold_account",
        act(),
        transfer(MONEY, hold_id=POSTED_HOLD),
    ),
    both("more than the hold posted", "transfer_hold_sum", act(), transfer(OF_HOLD)),
    key("of no hold", "transfer_of_hold", act(), transfer(OF_HOLD, hold_id="-7")),
    # Holds.
    both(
        "hold of 0", "hold_amount", act(), insert("hold", HOLD, amount_minor="0", held_after=HELD)
    ),
    both(
        "hold above what is there",
        "account_floor",
        act(),
        insert("hold", HOLD, amount_minor="5000", held_after=f"{HELD} + 5000"),
    ),
    both(
        "hold that states another sum",
        "hold_after",
        act(),
        insert("hold", HOLD, held_after=f"{HELD} + 9"),
    ),
    both("hold out of order", "hold_after", act(), insert("hold", HOLD, held_no=f"{HELD_NO} + 2")),
    both("hold on a summed account", "hold_account", act(), insert("hold", HOLD, account_id=FLOAT)),
    both("hold of a refused act", "hold_act_refused", insert("hold", HOLD, act_id=REFUSED)),
    key("hold of no act", "hold_of_act", insert("hold", HOLD, act_id="901")),
    # Ends of holds.
    both(
        "posted above the hold",
        "hold_end_posted",
        act(),
        insert("hold_end", HOLD_END, outcome="'posted'", posted_minor="21"),
    ),
    both(
        "voided and posted",
        "hold_end_posted_sum",
        act(),
        insert("hold_end", HOLD_END, posted_minor="5"),
    ),
    both(
        "end of another kind",
        "hold_end_outcome",
        act(),
        insert("hold_end", HOLD_END, outcome="'lost'"),
    ),
    both(
        "end that states another sum",
        "hold_end_after",
        act(),
        insert("hold_end", HOLD_END, held_after=HELD),
    ),
    both(
        "end by a refused act", "hold_end_act_refused", insert("hold_end", HOLD_END, act_id=REFUSED)
    ),
    both(
        "end of another account's hold",
        "hold_end_of_hold",
        act(),
        insert("hold_end", HOLD_END, account_id=FLOAT),
    ),
    same_row(
        "hold ended twice",
        "hold_end_no_replace",
        "hold_end_once",
        act(),
        insert("hold_end", HOLD_END, hold_id=POSTED_HOLD, held_after=f"{HELD} - 30"),
    ),
    # Accounts.
    both(
        "balance by hand",
        "account_balance_follows",
        f"UPDATE account SET balance_minor = balance_minor + 1 WHERE id = {VIEWER}",
    ),
    both(
        "held by hand",
        "account_held_follows",
        f"UPDATE account SET held_minor = 0, held_no = held_no + 1 WHERE id = {VIEWER}",
    ),
    both("new owner", "account_identity", f"UPDATE account SET owner = '3' WHERE id = {VIEWER}"),
    both("account deleted", "account_no_delete", f"DELETE FROM account WHERE id = {VIEWER}"),
    both("born rich", "account_starts_empty", insert("account", NEW_ACCOUNT, balance_minor="5")),
    both(
        "coins in money", "account_currency_kind", insert("account", NEW_ACCOUNT, currency="'CNY'")
    ),
    key("other side", "account_of_kind", insert("account", NEW_ACCOUNT, side="'D'")),
    both(
        "guarded without balance",
        "account_guarded",
        insert("account", NEW_ACCOUNT, balance_minor="NULL"),
    ),
    same_row(
        "twice", "account_no_replace", "account_is", insert("account", NEW_ACCOUNT, owner="'1'")
    ),
    both(
        "closed with money",
        "account_closed",
        f"UPDATE account SET closed_at_ms = 1 WHERE id = {VIEWER}",
    ),
    both(
        "opened again",
        "account_stays_closed",
        f"UPDATE account SET closed_at_ms = 1 WHERE id = {UNMATCHED}",
        f"UPDATE account SET closed_at_ms = NULL WHERE id = {UNMATCHED}",
    ),
    # Acts.
    same_row("key used twice", "act_no_replace", "act_key", act(), act(id="901")),
    both("other outcome", "act_outcome", act(outcome="'maybe'")),
    both("refused without code", "act_refused_has_code", act(outcome="'refused'", n_transfers="0")),
    both("done with code", "act_refused_has_code", act(code="'x'")),
    both("refused with transfers", "act_refused_is_empty", act(outcome="'refused'", code="'x'")),
    both("checked by its maker", "act_four_eyes", act(maker="'o'", checker="'o'")),
    both("checked, made by nobody", "act_four_eyes", act(checker="'o'")),
    both("correction by one", "act_correction_checked", act(kind="'correction'", maker="'o'")),
    both("act changed", "act_no_update", f"UPDATE act SET maker = 'x' WHERE id = {REFUSED}"),
    both("done act deleted", "act_no_delete", f"DELETE FROM act WHERE id = {DONE}"),
    # Rules and periods.
    both(
        "coin without value", "currency_coin", insert("currency", NEW_CURRENCY, value_minor="NULL")
    ),
    both("coin worth nothing", "currency_value", insert("currency", NEW_CURRENCY, value_minor="0")),
    both("above the cap", "spend_within_cap", insert("spend_limit", SPEND, spent_minor="11")),
    both("spent below 0", "spend_limit_spent", insert("spend_limit", SPEND, spent_minor="-1")),
    same_row(
        "a day settled twice",
        "settlement_no_replace",
        "settlement_once",
        insert("settlement", SETTLED),
        insert("settlement", SETTLED),
    ),
    both(
        "an earlier day settled later",
        "settlement_rises",
        insert("settlement", SETTLED),
        insert("settlement", SETTLED, day="'2026-12-14'"),
    ),
    both("settlement of no day", "settlement_day", insert("settlement", SETTLED, day="'soon'")),
    both("party given to another", "party_link", "UPDATE party SET user_id = 'other' WHERE id = 1"),
    both("party deleted", "party_no_delete", "DELETE FROM party WHERE id = 1"),
    both("event changed", "outbox_row", "UPDATE outbox SET payload = '[]'"),
    both("unsent event deleted", "outbox_unsent_kept", "DELETE FROM outbox"),
    # nothing is ever changed, deleted or replaced
    *(
        both(f"{table} changed", f"{table}_no_update", f"UPDATE {table} SET {change}")
        for table, change in KEPT.items()
    ),
    *(both(f"{table} deleted", f"{table}_no_delete", f"DELETE FROM {table}") for table in KEPT),
    *(
        postgresql_only(f"{table} truncated", f"{table}_no_truncate", f"TRUNCATE {table} CASCADE")
        for table in ("hold_end", "checkpoint", "settlement", "split_rule", "spend_cap", "outbox")
    ),
    postgresql_only("act truncated", "act_no_truncate", "TRUNCATE act CASCADE"),
    postgresql_only("transfer truncated", "transfer_no_truncate", "TRUNCATE transfer"),
    postgresql_only("account truncated", "account_no_truncate", "TRUNCATE account CASCADE"),
    sqlite_only(
        "transfer replaced",
        "transfer_no_replace",
        act(),
        transfer(MONEY, verb=OVER_ACT, id="(SELECT max(id) FROM transfer)"),
    ),
    sqlite_only("act replaced", "act_no_replace", act(verb=OVER_ACT, id=DONE)),
    sqlite_only("hold replaced", "hold_no_replace", act(), insert("hold", HOLD, OVER_ACT, id="1")),
    sqlite_only(
        "posting rule replaced",
        "posting_rule_no_replace",
        f"{OVER_ACT} posting_rule VALUES ('topup.coins', 'coin.issued', 'coins.paid')",
    ),
    sqlite_only(
        "currency replaced",
        "currency_no_replace",
        insert("currency", NEW_CURRENCY, OVER_ACT, code="'COIN'"),
    ),
    sqlite_only(
        "event replaced",
        "outbox_no_replace",
        f"{OVER_ACT} outbox (id, topic, payload, at_ms) VALUES (1, 't', 'p', 0)",
    ),
)
GOOD = (
    ("coins", act(), transfer(COINS)),
    ("money", act(), transfer(MONEY)),
    ("share", act(), transfer(NEW_SHARE)),
    ("reversal of all", act(), transfer(REVERSAL, amount_minor="255")),
    ("hold", act(), insert("hold", HOLD)),
    ("hold voided", act(), insert("hold_end", HOLD_END)),
    ("account", insert("account", NEW_ACCOUNT)),
    ("currency", insert("currency", NEW_CURRENCY)),
    ("settlement", insert("settlement", SETTLED)),
    ("counter", insert("spend_limit", SPEND)),
    ("empty account closed", f"UPDATE account SET closed_at_ms = 1 WHERE id = {UNMATCHED}"),
    ("refused act pruned", f"DELETE FROM act WHERE id = {REFUSED}"),
    ("party erased", "UPDATE party SET user_id = NULL WHERE id = 1"),
    ("event sent", "UPDATE outbox SET sent_at_ms = 1"),
)

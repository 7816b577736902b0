"""The ledger: accounts, acts, transfers, holds, rules, settlement, outbox, and their guards.

Tables are the same on SQLite and PostgreSQL; triggers are written in each one's language and
refuse by the same names. See MONEY sections 2, 5 and 7.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """CREATE TABLE currency (
        code TEXT PRIMARY KEY,
        scale BIGINT NOT NULL,
        kind TEXT NOT NULL,
        backing TEXT REFERENCES currency (code),
        value_minor BIGINT,
        CONSTRAINT currency_code CHECK (length(code) BETWEEN 3 AND 8),
        CONSTRAINT currency_scale CHECK (scale BETWEEN 0 AND 4),
        CONSTRAINT currency_kind CHECK (kind IN ('money', 'coin')),
        CONSTRAINT currency_coin CHECK (
            (kind = 'coin') = (backing IS NOT NULL) AND (kind = 'coin') = (value_minor IS NOT NULL)
        ),
        CONSTRAINT currency_value CHECK (value_minor IS NULL OR value_minor > 0)
    )""",
    """CREATE TABLE account_kind (
        kind TEXT PRIMARY KEY,
        side TEXT NOT NULL,
        guarded BIGINT NOT NULL,
        currency_kind TEXT NOT NULL,
        CONSTRAINT account_kind_side CHECK (side IN ('D', 'C')),
        CONSTRAINT account_kind_guarded CHECK (guarded IN (0, 1)),
        CONSTRAINT account_kind_currency CHECK (currency_kind IN ('money', 'coin', 'any')),
        UNIQUE (kind, side, guarded)
    )""",
    """CREATE TABLE party (
        id {ID},
        user_id TEXT CONSTRAINT party_user UNIQUE
    )""",
    """CREATE TABLE account (
        id {ID},
        kind TEXT NOT NULL,
        owner TEXT NOT NULL,
        currency TEXT NOT NULL CONSTRAINT account_currency REFERENCES currency (code),
        side TEXT NOT NULL,
        guarded BIGINT NOT NULL,
        balance_minor BIGINT,
        held_minor BIGINT NOT NULL DEFAULT 0,
        held_no BIGINT NOT NULL DEFAULT 0,
        closed_at_ms BIGINT,
        CONSTRAINT account_is UNIQUE (owner, kind, currency),
        UNIQUE (id, currency),
        CONSTRAINT account_of_kind FOREIGN KEY (kind, side, guarded)
            REFERENCES account_kind (kind, side, guarded),
        CONSTRAINT account_guarded CHECK ((guarded = 1) = (balance_minor IS NOT NULL)),
        CONSTRAINT account_held CHECK (held_minor >= 0),
        CONSTRAINT account_floor CHECK (balance_minor IS NULL OR balance_minor >= held_minor),
        CONSTRAINT account_closed CHECK (
            closed_at_ms IS NULL OR (COALESCE(balance_minor, 0) = 0 AND held_minor = 0)
        )
    )""",
    """CREATE TABLE posting_rule (
        reason TEXT NOT NULL,
        debit_kind TEXT NOT NULL REFERENCES account_kind (kind),
        credit_kind TEXT NOT NULL REFERENCES account_kind (kind),
        PRIMARY KEY (reason, debit_kind, credit_kind)
    )""",
    """CREATE TABLE act (
        id {ID},
        key TEXT NOT NULL CONSTRAINT act_key UNIQUE,
        fingerprint TEXT NOT NULL,
        kind TEXT NOT NULL,
        outcome TEXT NOT NULL,
        code TEXT,
        n_transfers BIGINT NOT NULL,
        group_id TEXT,
        subject TEXT,
        maker TEXT,
        checker TEXT,
        fields TEXT NOT NULL,
        at_ms BIGINT NOT NULL,
        CONSTRAINT act_id CHECK (id > 0),
        CONSTRAINT act_outcome CHECK (outcome IN ('done', 'refused')),
        CONSTRAINT act_refused_has_code CHECK ((outcome = 'refused') = (code IS NOT NULL)),
        CONSTRAINT act_refused_is_empty CHECK (
            n_transfers >= 0 AND (outcome = 'done' OR n_transfers = 0)
        ),
        CONSTRAINT act_four_eyes CHECK (
            checker IS NULL OR (maker IS NOT NULL AND maker <> checker)
        ),
        CONSTRAINT act_correction_checked CHECK (kind <> 'correction' OR checker IS NOT NULL)
    )""",
    """CREATE TABLE hold (
        id {ID},
        act_id BIGINT NOT NULL CONSTRAINT hold_of_act REFERENCES act (id),
        account_id BIGINT NOT NULL CONSTRAINT hold_on_account REFERENCES account (id),
        amount_minor BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        held_no BIGINT NOT NULL,
        held_after BIGINT NOT NULL,
        CONSTRAINT hold_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000),
        CONSTRAINT hold_order UNIQUE (account_id, held_no),
        UNIQUE (id, account_id)
    )""",
    """CREATE TABLE hold_end (
        hold_id BIGINT CONSTRAINT hold_end_once PRIMARY KEY,
        account_id BIGINT NOT NULL,
        act_id BIGINT NOT NULL CONSTRAINT hold_end_of_act REFERENCES act (id),
        outcome TEXT NOT NULL,
        posted_minor BIGINT NOT NULL,
        held_no BIGINT NOT NULL,
        held_after BIGINT NOT NULL,
        CONSTRAINT hold_end_of_hold FOREIGN KEY (hold_id, account_id)
            REFERENCES hold (id, account_id),
        CONSTRAINT hold_end_outcome CHECK (outcome IN ('posted', 'voided', 'expired')),
        CONSTRAINT hold_end_posted_sum CHECK (
            posted_minor >= 0 AND (outcome = 'posted') = (posted_minor > 0)
        ),
        CONSTRAINT hold_end_order UNIQUE (account_id, held_no)
    )""",
    """CREATE TABLE transfer (
        id {ID},
        act_id BIGINT NOT NULL CONSTRAINT transfer_of_act REFERENCES act (id),
        debit_account BIGINT NOT NULL,
        credit_account BIGINT NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        reason TEXT NOT NULL,
        debit_after BIGINT,
        credit_after BIGINT,
        hold_id BIGINT CONSTRAINT transfer_of_hold REFERENCES hold (id),
        reverses BIGINT CONSTRAINT transfer_of_original REFERENCES transfer (id),
        release_on TEXT,
        line_id TEXT,
        CONSTRAINT transfer_id CHECK (id > 0),
        CONSTRAINT transfer_debit_currency FOREIGN KEY (debit_account, currency)
            REFERENCES account (id, currency),
        CONSTRAINT transfer_credit_currency FOREIGN KEY (credit_account, currency)
            REFERENCES account (id, currency),
        CONSTRAINT transfer_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000),
        CONSTRAINT transfer_accounts_differ CHECK (debit_account <> credit_account),
        CONSTRAINT transfer_reverses_earlier CHECK (reverses IS NULL OR reverses < id),
        CONSTRAINT transfer_release_day CHECK ({IS_DAY:release_on})
    )""",
    """CREATE TABLE outbox (
        id {ID},
        act_id BIGINT CONSTRAINT outbox_of_act REFERENCES act (id),
        topic TEXT NOT NULL,
        payload TEXT NOT NULL,
        at_ms BIGINT NOT NULL,
        sent_at_ms BIGINT
    )""",
    """CREATE TABLE checkpoint (
        account_id BIGINT NOT NULL CONSTRAINT checkpoint_of_account REFERENCES account (id),
        up_to_id BIGINT NOT NULL,
        debits BIGINT NOT NULL,
        credits BIGINT NOT NULL,
        CONSTRAINT checkpoint_sums CHECK (debits >= 0 AND credits >= 0),
        CONSTRAINT checkpoint_once PRIMARY KEY (account_id, up_to_id)
    )""",
    """CREATE TABLE settlement (
        party TEXT NOT NULL,
        currency TEXT NOT NULL CONSTRAINT settlement_currency REFERENCES currency (code),
        day TEXT NOT NULL,
        act_id BIGINT NOT NULL CONSTRAINT settlement_of_act REFERENCES act (id),
        CONSTRAINT settlement_day CHECK ({IS_DAY:day}),
        CONSTRAINT settlement_once PRIMARY KEY (party, currency, day)
    )""",
    """CREATE TABLE spend_limit (
        party BIGINT NOT NULL CONSTRAINT spend_limit_party REFERENCES party (id),
        currency TEXT NOT NULL CONSTRAINT spend_limit_currency REFERENCES currency (code),
        period TEXT NOT NULL,
        spent_minor BIGINT NOT NULL,
        cap_minor BIGINT NOT NULL,
        CONSTRAINT spend_limit_spent CHECK (spent_minor >= 0),
        CONSTRAINT spend_within_cap CHECK (spent_minor <= cap_minor),
        PRIMARY KEY (party, currency, period)
    )""",
    """CREATE TABLE spend_cap (
        id {ID},
        party BIGINT NOT NULL CONSTRAINT spend_cap_party REFERENCES party (id),
        period TEXT NOT NULL,
        cap_minor BIGINT NOT NULL,
        from_ms BIGINT NOT NULL,
        CONSTRAINT spend_cap_period CHECK (period IN ('tip', 'day', 'month')),
        CONSTRAINT spend_cap_sum CHECK (cap_minor BETWEEN 0 AND 1000000000000)
    )""",
    """CREATE TABLE split_rule (
        id TEXT NOT NULL,
        version BIGINT NOT NULL,
        parties TEXT NOT NULL,
        effective_at_ms BIGINT NOT NULL,
        CONSTRAINT split_rule_version CHECK (version > 0),
        CONSTRAINT split_rule_once PRIMARY KEY (id, version)
    )""",
)

INDEXES = (
    "CREATE INDEX transfer_debit ON transfer (debit_account, id)",
    "CREATE INDEX transfer_credit ON transfer (credit_account, id)",
    "CREATE INDEX transfer_act ON transfer (act_id)",
    "CREATE INDEX transfer_reverses ON transfer (reverses) WHERE reverses IS NOT NULL",
    "CREATE INDEX transfer_release ON transfer (credit_account, release_on)"
    " WHERE release_on IS NOT NULL",
    "CREATE INDEX transfer_hold ON transfer (hold_id) WHERE hold_id IS NOT NULL",
    "CREATE INDEX transfer_line ON transfer (line_id) WHERE line_id IS NOT NULL",
    "CREATE INDEX act_group ON act (group_id) WHERE group_id IS NOT NULL",
    "CREATE INDEX act_subject ON act (subject) WHERE subject IS NOT NULL",
    "CREATE INDEX act_refused ON act (at_ms) WHERE outcome = 'refused'",
    "CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at_ms IS NULL",
    "CREATE INDEX outbox_act ON outbox (act_id) WHERE act_id IS NOT NULL",
    "CREATE INDEX hold_act ON hold (act_id)",
    "CREATE INDEX spend_cap_newest ON spend_cap (party, period, id)",
)

CURRENCIES = (
    ("CNY", 2, "money", None, None),
    ("USD", 2, "money", None, None),
    ("EUR", 2, "money", None, None),
    ("GBP", 2, "money", None, None),
    ("HKD", 2, "money", None, None),
    ("TWD", 2, "money", None, None),
    ("SGD", 2, "money", None, None),
    ("JPY", 0, "money", None, None),
    ("COIN", 0, "coin", "CNY", 10),
)

# kind, normal side, guarded, kind of currency (MONEY section 2)
ACCOUNT_KINDS = (
    ("coins.paid", "C", 1, "coin"),
    ("coins.bonus", "C", 1, "coin"),
    ("coin.issued", "D", 0, "coin"),
    ("coin.spent", "C", 0, "coin"),
    ("coin.float", "C", 0, "money"),
    ("order.unearned", "C", 0, "money"),
    ("earned.pending", "C", 0, "money"),
    ("earned.available", "C", 1, "money"),
    ("earned.owed", "D", 1, "money"),
    ("fee.pending", "C", 0, "money"),
    ("earned.frozen", "C", 0, "money"),
    ("fee.frozen", "C", 0, "money"),
    ("buyer.owed", "D", 1, "money"),
    ("gateway.clearing", "D", 0, "money"),
    ("bank", "D", 0, "money"),
    ("gateway.unmatched", "C", 0, "money"),
    ("refund.due", "C", 0, "money"),
    ("dispute.open", "D", 0, "money"),
    ("tax.payable", "C", 0, "money"),
    ("tax.withheld", "C", 0, "money"),
    ("fee.income", "C", 0, "money"),
    ("coin.margin", "C", 0, "money"),
    ("coin.breakage", "C", 0, "money"),
    ("gateway.fees", "D", 0, "money"),
    ("promo.expense", "D", 0, "money"),
    ("loss.expense", "D", 0, "money"),
    ("goodwill.expense", "D", 0, "money"),
    ("exchange", "C", 0, "any"),
    ("opening", "C", 0, "any"),
)

SPENDING = ("gift", "super_chat", "question", "listen_in", "costream", "battle")
TAKEN_BACK_FROM = (
    ("earned", "earned.pending"),
    ("earned_frozen", "earned.frozen"),
    ("available", "earned.available"),
    ("owed", "earned.owed"),
    ("fee", "fee.pending"),
    ("fee_frozen", "fee.frozen"),
    ("income", "fee.income"),
    ("tax", "tax.payable"),
)

# reason, debit kind, credit kind: a pair that is not here is refused (MONEY sections 2 and 3)
POSTING_RULES = (
    ("topup.money", "gateway.clearing", "coin.float"),
    ("topup.margin", "gateway.clearing", "coin.margin"),
    ("topup.promo", "promo.expense", "coin.float"),
    ("topup.coins", "coin.issued", "coins.paid"),
    ("topup.bonus", "coin.issued", "coins.bonus"),
    ("unmatched.money", "gateway.clearing", "gateway.unmatched"),
    ("unmatched.refund", "gateway.unmatched", "refund.due"),
    *(
        rule
        for act in SPENDING
        for rule in (
            (f"{act}.coins", "coins.paid", "coin.spent"),
            (f"{act}.coins", "coins.bonus", "coin.spent"),
            (f"{act}.earned", "coin.float", "earned.pending"),
            (f"{act}.fee", "coin.float", "fee.pending"),
        )
    ),
    ("undo.coins", "coin.spent", "coins.paid"),
    ("undo.coins", "coin.spent", "coins.bonus"),
    ("undo.due", "coin.float", "refund.due"),
    *((f"undo.{leg}", kind, "coin.float") for leg, kind in TAKEN_BACK_FROM),
    ("order.money", "gateway.clearing", "order.unearned"),
    ("order.promo", "promo.expense", "order.unearned"),
    ("order.coins", "coins.paid", "coin.spent"),
    ("order.coins", "coins.bonus", "coin.spent"),
    ("order.value", "coin.float", "order.unearned"),
    *(
        rule
        for act in ("order", "deliver")
        for rule in (
            (f"{act}.earned", "order.unearned", "earned.pending"),
            (f"{act}.fee", "order.unearned", "fee.pending"),
            (f"{act}.tax", "order.unearned", "tax.payable"),
        )
    ),
    ("refund.due", "order.unearned", "refund.due"),
    ("refund.promo", "order.unearned", "promo.expense"),
    *((f"refund.{leg}", kind, "refund.due") for leg, kind in TAKEN_BACK_FROM),
    ("refund.paid", "refund.due", "gateway.clearing"),
    ("coin_refund.coins", "coins.paid", "coin.issued"),
    ("coin_refund.bonus", "coins.bonus", "coin.issued"),
    ("coin_refund.money", "coin.float", "refund.due"),
    ("coin_refund.margin", "coin.margin", "refund.due"),
    ("coin_refund.promo", "coin.float", "promo.expense"),
    ("settle.earned", "earned.pending", "earned.available"),
    ("settle.fee", "fee.pending", "fee.income"),
    ("settle.recover", "earned.available", "earned.owed"),
    ("freeze.earned", "earned.pending", "earned.frozen"),
    ("freeze.fee", "fee.pending", "fee.frozen"),
    ("unfreeze.earned", "earned.frozen", "earned.pending"),
    ("unfreeze.fee", "fee.frozen", "fee.pending"),
    ("payout.paid", "earned.available", "gateway.clearing"),
    ("payout.tax", "earned.available", "tax.withheld"),
    ("payout.returned", "gateway.clearing", "earned.available"),
    ("debt.repaid", "gateway.clearing", "buyer.owed"),
    ("debt.repaid", "gateway.clearing", "earned.owed"),
    ("debt.written_off", "loss.expense", "buyer.owed"),
    ("debt.written_off", "loss.expense", "earned.owed"),
    ("dispute.opened", "dispute.open", "gateway.clearing"),
    ("dispute.fee", "gateway.fees", "gateway.clearing"),
    ("dispute.won", "gateway.clearing", "dispute.open"),
    ("dispute.coins", "coins.paid", "coin.issued"),
    ("dispute.money", "coin.float", "dispute.open"),
    ("dispute.owed", "buyer.owed", "dispute.open"),
    *((f"dispute.{leg}", kind, "dispute.open") for leg, kind in TAKEN_BACK_FROM if leg != "owed"),
    ("dispute.earner_owed", "earned.owed", "dispute.open"),
    ("bill.fee", "gateway.fees", "gateway.clearing"),
    ("bill.bank", "bank", "gateway.clearing"),
    ("expire.coins", "coins.bonus", "coin.spent"),
    ("expire.money", "coin.float", "coin.breakage"),
    ("correction.goodwill", "goodwill.expense", "coin.float"),
    ("correction.coins", "coin.issued", "coins.paid"),
    ("correction.loss", "loss.expense", "gateway.clearing"),
    ("correction.found", "gateway.clearing", "gateway.unmatched"),
    ("correction.matched", "gateway.unmatched", "order.unearned"),
    ("opening.money", "gateway.clearing", "opening"),
    ("opening.float", "opening", "coin.float"),
    ("opening.coins", "coin.issued", "coins.paid"),
    ("opening.available", "opening", "earned.available"),
)

KEPT = {
    "currency": "code",
    "account_kind": "kind",
    "posting_rule": "reason",
    "act": "id",
    "transfer": "id",
    "hold": "id",
    "hold_end": "hold_id",
    "checkpoint": "account_id",
    "settlement": "party",
    "split_rule": "id",
    "spend_cap": "id",
}
"""Tables whose rows are never changed."""

# SQLite only: INSERT OR REPLACE deletes the old row without firing a delete trigger.
SAME_ROW = {
    "currency": "code = NEW.code",
    "account_kind": "kind = NEW.kind",
    "posting_rule": "reason = NEW.reason AND debit_kind = NEW.debit_kind"
    " AND credit_kind = NEW.credit_kind",
    "party": "id = NEW.id OR user_id = NEW.user_id",
    "account": "id = NEW.id OR (kind = NEW.kind AND owner = NEW.owner AND currency = NEW.currency)",
    "act": "id = NEW.id OR key = NEW.key",
    "hold": "id = NEW.id OR (account_id = NEW.account_id AND held_no = NEW.held_no)",
    "hold_end": "hold_id = NEW.hold_id OR (account_id = NEW.account_id AND held_no = NEW.held_no)",
    "outbox": "id = NEW.id",
    "checkpoint": "account_id = NEW.account_id AND up_to_id = NEW.up_to_id",
    "settlement": "party = NEW.party AND currency = NEW.currency AND day = NEW.day",
    "split_rule": "id = NEW.id AND version = NEW.version",
    "spend_cap": "id = NEW.id",
}

SQLITE_GUARDS = (
    """CREATE TRIGGER transfer_guard BEFORE INSERT ON transfer BEGIN
        SELECT CASE
            WHEN NEW.id <> -1 AND NEW.id <= (SELECT max(id) FROM transfer)
                THEN RAISE(ABORT, 'transfer_no_replace')
            WHEN a.outcome <> 'done' THEN RAISE(ABORT, 'transfer_act_refused')
            WHEN (SELECT count(*) FROM transfer WHERE act_id = NEW.act_id) >= a.n_transfers
                THEN RAISE(ABORT, 'transfer_act_full')
            WHEN d.closed_at_ms IS NOT NULL OR c.closed_at_ms IS NOT NULL
                THEN RAISE(ABORT, 'transfer_account_closed')
            WHEN NOT EXISTS (SELECT 1 FROM posting_rule WHERE reason = NEW.reason
                AND debit_kind = d.kind AND credit_kind = c.kind)
                THEN RAISE(ABORT, 'transfer_pair')
            WHEN NEW.debit_after IS NOT
                d.balance_minor + (CASE d.side WHEN 'D' THEN 1 ELSE -1 END) * NEW.amount_minor
                THEN RAISE(ABORT, 'transfer_debit_after')
            WHEN NEW.credit_after IS NOT
                c.balance_minor + (CASE c.side WHEN 'C' THEN 1 ELSE -1 END) * NEW.amount_minor
                THEN RAISE(ABORT, 'transfer_credit_after')
            WHEN (NEW.release_on IS NOT NULL) <> (c.kind IN ('earned.pending', 'fee.pending'))
                THEN RAISE(ABORT, 'transfer_release')
        END
        FROM act a, account d, account c
        WHERE a.id = NEW.act_id AND d.id = NEW.debit_account AND c.id = NEW.credit_account;
    END""",
    """CREATE TRIGGER transfer_release_guard BEFORE INSERT ON transfer
    WHEN NEW.release_on IS NOT NULL BEGIN
        SELECT RAISE(ABORT, 'transfer_release_settled') WHERE EXISTS (
            SELECT 1 FROM settlement s JOIN account c ON c.id = NEW.credit_account
            WHERE s.party = c.owner AND s.currency = NEW.currency AND s.day >= NEW.release_on);
    END""",
    """CREATE TRIGGER transfer_reversal_guard BEFORE INSERT ON transfer
    WHEN NEW.reverses IS NOT NULL BEGIN
        SELECT CASE
            WHEN o.currency <> NEW.currency THEN RAISE(ABORT, 'transfer_reversal_currency')
            WHEN NEW.amount_minor + (SELECT COALESCE(sum(amount_minor), 0) FROM transfer
                WHERE reverses = NEW.reverses) > o.amount_minor
                THEN RAISE(ABORT, 'transfer_reversal_sum')
        END FROM transfer o WHERE o.id = NEW.reverses;
    END""",
    """CREATE TRIGGER transfer_hold_guard BEFORE INSERT ON transfer
    WHEN NEW.hold_id IS NOT NULL BEGIN
        SELECT CASE
            WHEN e.outcome IS NOT 'posted' THEN RAISE(ABORT, 'transfer_hold_posted')
            WHEN h.account_id <> NEW.debit_account THEN RAISE(ABORT, 'transfer_hold_account')
            WHEN NEW.amount_minor + (SELECT COALESCE(sum(amount_minor), 0) FROM transfer
                WHERE hold_id = NEW.hold_id) > e.posted_minor
                THEN RAISE(ABORT, 'transfer_hold_sum')
        END FROM hold h LEFT JOIN hold_end e ON e.hold_id = h.id WHERE h.id = NEW.hold_id;
    END""",
    """CREATE TRIGGER transfer_apply AFTER INSERT ON transfer BEGIN
        UPDATE account SET balance_minor = NEW.debit_after
            WHERE id = NEW.debit_account AND guarded = 1;
        UPDATE account SET balance_minor = NEW.credit_after
            WHERE id = NEW.credit_account AND guarded = 1;
    END""",
    """CREATE TRIGGER account_balance_guard BEFORE UPDATE OF balance_minor ON account
    WHEN NEW.balance_minor IS NOT (
        SELECT CASE OLD.id WHEN debit_account THEN debit_after WHEN credit_account THEN credit_after
        END FROM transfer WHERE id = (SELECT max(id) FROM transfer))
    BEGIN
        SELECT RAISE(ABORT, 'account_balance_follows');
    END""",
    """CREATE TRIGGER account_held_guard BEFORE UPDATE OF held_minor, held_no ON account
    WHEN NEW.held_no <> OLD.held_no + 1 OR NEW.held_minor IS NOT COALESCE(
        (SELECT held_after FROM hold WHERE account_id = OLD.id AND held_no = NEW.held_no),
        (SELECT held_after FROM hold_end WHERE account_id = OLD.id AND held_no = NEW.held_no))
    BEGIN
        SELECT RAISE(ABORT, 'account_held_follows');
    END""",
    """CREATE TRIGGER account_identity BEFORE UPDATE OF id, kind, owner, currency, side, guarded
    ON account BEGIN
        SELECT RAISE(ABORT, 'account_identity');
    END""",
    """CREATE TRIGGER account_reopen BEFORE UPDATE OF closed_at_ms ON account
    WHEN OLD.closed_at_ms IS NOT NULL BEGIN
        SELECT RAISE(ABORT, 'account_stays_closed');
    END""",
    """CREATE TRIGGER account_start BEFORE INSERT ON account
    WHEN COALESCE(NEW.balance_minor, 0) <> 0 OR NEW.held_minor <> 0 OR NEW.held_no <> 0
        OR NEW.closed_at_ms IS NOT NULL BEGIN
        SELECT RAISE(ABORT, 'account_starts_empty');
    END""",
    """CREATE TRIGGER account_currency_kind BEFORE INSERT ON account
    WHEN EXISTS (SELECT 1 FROM account_kind k JOIN currency c ON c.code = NEW.currency
        WHERE k.kind = NEW.kind AND k.currency_kind NOT IN ('any', c.kind)) BEGIN
        SELECT RAISE(ABORT, 'account_currency_kind');
    END""",
    """CREATE TRIGGER account_no_delete BEFORE DELETE ON account BEGIN
        SELECT RAISE(ABORT, 'account_no_delete');
    END""",
    """CREATE TRIGGER hold_guard BEFORE INSERT ON hold BEGIN
        SELECT CASE
            WHEN a.guarded = 0 OR a.closed_at_ms IS NOT NULL THEN RAISE(ABORT, 'hold_account')
            WHEN NEW.held_no <> a.held_no + 1 OR NEW.held_after <> a.held_minor + NEW.amount_minor
                THEN RAISE(ABORT, 'hold_after')
        END FROM account a WHERE a.id = NEW.account_id;
        SELECT RAISE(ABORT, 'hold_act_refused') FROM act
            WHERE id = NEW.act_id AND outcome <> 'done';
    END""",
    """CREATE TRIGGER hold_apply AFTER INSERT ON hold BEGIN
        UPDATE account SET held_minor = NEW.held_after, held_no = NEW.held_no
            WHERE id = NEW.account_id;
    END""",
    """CREATE TRIGGER hold_end_guard BEFORE INSERT ON hold_end BEGIN
        SELECT CASE
            WHEN NEW.account_id <> h.account_id THEN RAISE(ABORT, 'hold_end_of_hold')
            WHEN NEW.posted_minor > h.amount_minor THEN RAISE(ABORT, 'hold_end_posted')
            WHEN NEW.held_no <> a.held_no + 1 OR NEW.held_after <> a.held_minor - h.amount_minor
                THEN RAISE(ABORT, 'hold_end_after')
        END FROM hold h JOIN account a ON a.id = h.account_id WHERE h.id = NEW.hold_id;
        SELECT RAISE(ABORT, 'hold_end_act_refused') FROM act
            WHERE id = NEW.act_id AND outcome <> 'done';
    END""",
    """CREATE TRIGGER hold_end_apply AFTER INSERT ON hold_end BEGIN
        UPDATE account SET held_minor = NEW.held_after, held_no = NEW.held_no
            WHERE id = NEW.account_id;
    END""",
    """CREATE TRIGGER settlement_rises BEFORE INSERT ON settlement
    WHEN EXISTS (SELECT 1 FROM settlement WHERE party = NEW.party AND currency = NEW.currency
        AND day > NEW.day) BEGIN
        SELECT RAISE(ABORT, 'settlement_rises');
    END""",
    """CREATE TRIGGER party_link BEFORE UPDATE ON party
    WHEN NEW.id <> OLD.id OR NEW.user_id IS NOT NULL BEGIN
        SELECT RAISE(ABORT, 'party_link');
    END""",
    """CREATE TRIGGER party_no_delete BEFORE DELETE ON party BEGIN
        SELECT RAISE(ABORT, 'party_no_delete');
    END""",
    """CREATE TRIGGER outbox_row BEFORE UPDATE ON outbox
    WHEN NEW.id <> OLD.id OR NEW.act_id IS NOT OLD.act_id OR NEW.topic <> OLD.topic
        OR NEW.payload <> OLD.payload OR NEW.at_ms <> OLD.at_ms OR OLD.sent_at_ms IS NOT NULL BEGIN
        SELECT RAISE(ABORT, 'outbox_row');
    END""",
    """CREATE TRIGGER outbox_unsent_kept BEFORE DELETE ON outbox WHEN OLD.sent_at_ms IS NULL BEGIN
        SELECT RAISE(ABORT, 'outbox_unsent_kept');
    END""",
)

FENCE = 4_805_001
"""Advisory lock: shared by every posting, exclusive for checkpoints and settlement."""
REVERSAL = 4_805_002
"""Advisory lock, with the original's id folded in: reversals of one transfer stand in a row."""

POSTGRESQL_FUNCTIONS = (
    """CREATE FUNCTION ledger_refuse(name text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'the ledger refuses: %', name USING ERRCODE = '23514', CONSTRAINT = name;
    END $$""",
    """CREATE FUNCTION ledger_stale(name text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'the ledger moved on: %', name USING ERRCODE = '40001', CONSTRAINT = name;
    END $$""",
    """CREATE FUNCTION ledger_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM ledger_refuse(TG_ARGV[0]);
        RETURN NULL;
    END $$""",
    f"""CREATE FUNCTION act_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared({FENCE});
        RETURN NEW;
    END $$""",
    f"""CREATE FUNCTION transfer_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    DECLARE a act; d account; c account; o transfer; h hold; e hold_end; total numeric;
    BEGIN
        SELECT * INTO a FROM act WHERE id = NEW.act_id;
        SELECT * INTO d FROM account WHERE id = NEW.debit_account;
        SELECT * INTO c FROM account WHERE id = NEW.credit_account;
        IF a.id IS NULL OR d.id IS NULL OR c.id IS NULL THEN
            RETURN NEW;
        END IF;
        IF a.outcome <> 'done' THEN PERFORM ledger_refuse('transfer_act_refused'); END IF;
        IF (SELECT count(*) FROM transfer WHERE act_id = NEW.act_id) >= a.n_transfers THEN
            PERFORM ledger_refuse('transfer_act_full');
        END IF;
        IF d.closed_at_ms IS NOT NULL OR c.closed_at_ms IS NOT NULL THEN
            PERFORM ledger_refuse('transfer_account_closed');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM posting_rule WHERE reason = NEW.reason
            AND debit_kind = d.kind AND credit_kind = c.kind) THEN
            PERFORM ledger_refuse('transfer_pair');
        END IF;
        IF (NEW.release_on IS NOT NULL) <> (c.kind IN ('earned.pending', 'fee.pending')) THEN
            PERFORM ledger_refuse('transfer_release');
        END IF;
        IF NEW.release_on IS NOT NULL AND EXISTS (SELECT 1 FROM settlement s
            WHERE s.party = c.owner AND s.currency = NEW.currency AND s.day >= NEW.release_on) THEN
            PERFORM ledger_refuse('transfer_release_settled');
        END IF;
        IF NEW.reverses IS NOT NULL THEN
            PERFORM pg_advisory_xact_lock({REVERSAL}, (NEW.reverses & 2147483647)::int);
            SELECT * INTO o FROM transfer WHERE id = NEW.reverses;
            IF o.currency <> NEW.currency THEN
                PERFORM ledger_refuse('transfer_reversal_currency');
            END IF;
            SELECT COALESCE(sum(amount_minor), 0) INTO total FROM transfer
                WHERE reverses = NEW.reverses;
            IF total + NEW.amount_minor > o.amount_minor THEN
                PERFORM ledger_refuse('transfer_reversal_sum');
            END IF;
        END IF;
        IF NEW.hold_id IS NOT NULL THEN
            SELECT * INTO h FROM hold WHERE id = NEW.hold_id;
            SELECT * INTO e FROM hold_end WHERE hold_id = NEW.hold_id;
            IF h.id IS NOT NULL AND e.outcome IS DISTINCT FROM 'posted' THEN
                PERFORM ledger_refuse('transfer_hold_posted');
            END IF;
            IF h.account_id <> NEW.debit_account THEN
                PERFORM ledger_refuse('transfer_hold_account');
            END IF;
            SELECT COALESCE(sum(amount_minor), 0) INTO total FROM transfer
                WHERE hold_id = NEW.hold_id;
            IF total + NEW.amount_minor > e.posted_minor THEN
                PERFORM ledger_refuse('transfer_hold_sum');
            END IF;
        END IF;
        IF d.guarded = 1 THEN
            UPDATE account SET balance_minor = NEW.debit_after WHERE id = d.id
                AND balance_minor
                = NEW.debit_after - (CASE d.side WHEN 'D' THEN 1 ELSE -1 END) * NEW.amount_minor;
            IF NOT FOUND AND NEW.amount_minor > 0 THEN
                PERFORM ledger_stale('transfer_debit_after');
            END IF;
        ELSIF NEW.debit_after IS NOT NULL THEN
            PERFORM ledger_refuse('transfer_debit_after');
        END IF;
        IF c.guarded = 1 THEN
            UPDATE account SET balance_minor = NEW.credit_after WHERE id = c.id
                AND balance_minor
                = NEW.credit_after - (CASE c.side WHEN 'C' THEN 1 ELSE -1 END) * NEW.amount_minor;
            IF NOT FOUND AND NEW.amount_minor > 0 THEN
                PERFORM ledger_stale('transfer_credit_after');
            END IF;
        ELSIF NEW.credit_after IS NOT NULL THEN
            PERFORM ledger_refuse('transfer_credit_after');
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION account_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF COALESCE(NEW.balance_minor, 0) <> 0 OR NEW.held_minor <> 0 OR NEW.held_no <> 0
            OR NEW.closed_at_ms IS NOT NULL THEN
            PERFORM ledger_refuse('account_starts_empty');
        END IF;
        IF EXISTS (SELECT 1 FROM account_kind k JOIN currency c ON c.code = NEW.currency
            WHERE k.kind = NEW.kind AND k.currency_kind NOT IN ('any', c.kind)) THEN
            PERFORM ledger_refuse('account_currency_kind');
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION account_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (NEW.id, NEW.kind, NEW.owner, NEW.currency, NEW.side, NEW.guarded)
            IS DISTINCT FROM (OLD.id, OLD.kind, OLD.owner, OLD.currency, OLD.side, OLD.guarded) THEN
            PERFORM ledger_refuse('account_identity');
        END IF;
        IF NEW.balance_minor IS DISTINCT FROM OLD.balance_minor AND pg_trigger_depth() < 2 THEN
            PERFORM ledger_refuse('account_balance_follows');
        END IF;
        IF (NEW.held_minor, NEW.held_no) IS DISTINCT FROM (OLD.held_minor, OLD.held_no)
            AND pg_trigger_depth() < 2 THEN
            PERFORM ledger_refuse('account_held_follows');
        END IF;
        IF OLD.closed_at_ms IS NOT NULL AND NEW.closed_at_ms IS DISTINCT FROM OLD.closed_at_ms THEN
            PERFORM ledger_refuse('account_stays_closed');
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION hold_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    DECLARE a account;
    BEGIN
        IF EXISTS (SELECT 1 FROM act WHERE id = NEW.act_id AND outcome <> 'done') THEN
            PERFORM ledger_refuse('hold_act_refused');
        END IF;
        SELECT * INTO a FROM account WHERE id = NEW.account_id;
        IF a.guarded = 0 OR a.closed_at_ms IS NOT NULL THEN
            PERFORM ledger_refuse('hold_account');
        END IF;
        IF a.id IS NOT NULL AND NEW.amount_minor > 0 THEN
            UPDATE account SET held_minor = NEW.held_after, held_no = NEW.held_no
                WHERE id = a.id AND held_no = NEW.held_no - 1
                AND held_minor = NEW.held_after - NEW.amount_minor;
            IF NOT FOUND THEN PERFORM ledger_stale('hold_after'); END IF;
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION hold_end_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    DECLARE h hold;
    BEGIN
        IF EXISTS (SELECT 1 FROM act WHERE id = NEW.act_id AND outcome <> 'done') THEN
            PERFORM ledger_refuse('hold_end_act_refused');
        END IF;
        SELECT * INTO h FROM hold WHERE id = NEW.hold_id;
        IF NEW.posted_minor > h.amount_minor THEN PERFORM ledger_refuse('hold_end_posted'); END IF;
        PERFORM 1 FROM account WHERE id = h.account_id FOR UPDATE;
        IF EXISTS (SELECT 1 FROM hold_end WHERE hold_id = NEW.hold_id) THEN
            PERFORM ledger_refuse('hold_end_once');
        END IF;
        IF h.id IS NOT NULL AND h.account_id = NEW.account_id THEN
            UPDATE account SET held_minor = NEW.held_after, held_no = NEW.held_no
                WHERE id = h.account_id AND held_no = NEW.held_no - 1
                AND held_minor = NEW.held_after + h.amount_minor;
            IF NOT FOUND THEN PERFORM ledger_stale('hold_end_after'); END IF;
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION settlement_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM settlement WHERE party = NEW.party AND currency = NEW.currency
            AND day > NEW.day) THEN
            PERFORM ledger_refuse('settlement_rises');
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION act_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.outcome = 'done' THEN PERFORM ledger_refuse('act_no_delete'); END IF;
        RETURN OLD;
    END $$""",
    """CREATE FUNCTION party_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.id <> OLD.id OR NEW.user_id IS NOT NULL THEN
            PERFORM ledger_refuse('party_link');
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION outbox_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (NEW.id, NEW.act_id, NEW.topic, NEW.payload, NEW.at_ms)
            IS DISTINCT FROM (OLD.id, OLD.act_id, OLD.topic, OLD.payload, OLD.at_ms)
            OR OLD.sent_at_ms IS NOT NULL THEN
            PERFORM ledger_refuse('outbox_row');
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION outbox_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.sent_at_ms IS NULL THEN PERFORM ledger_refuse('outbox_unsent_kept'); END IF;
        RETURN OLD;
    END $$""",
    """CREATE FUNCTION ledger_grant_to(role_name text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE kept text;
    BEGIN
        FOREACH kept IN ARRAY ARRAY['currency', 'account_kind', 'posting_rule'] LOOP
            EXECUTE format('GRANT SELECT ON %I TO %I', kept, role_name);
        END LOOP;
        FOREACH kept IN ARRAY ARRAY['account', 'act', 'transfer', 'hold', 'hold_end', 'checkpoint',
            'settlement', 'split_rule', 'spend_cap', 'party', 'spend_limit', 'outbox'] LOOP
            EXECUTE format('GRANT SELECT, INSERT ON %I TO %I', kept, role_name);
        END LOOP;
        EXECUTE format('GRANT UPDATE (closed_at_ms) ON account TO %I', role_name);
        EXECUTE format('GRANT UPDATE (user_id) ON party TO %I', role_name);
        EXECUTE format('GRANT UPDATE (spent_minor, cap_minor) ON spend_limit TO %I', role_name);
        EXECUTE format('GRANT UPDATE (sent_at_ms) ON outbox TO %I', role_name);
        EXECUTE format('GRANT DELETE ON outbox TO %I', role_name);
        EXECUTE format('GRANT DELETE ON act TO %I', role_name);
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema,
            role_name);
    END $$""",
)

POSTGRESQL_TRIGGERS = (
    ("act_insert", "act", "BEFORE INSERT", "act_insert()"),
    ("act_no_delete", "act", "BEFORE DELETE", "act_delete()"),
    ("transfer_guard", "transfer", "BEFORE INSERT", "transfer_insert()"),
    ("account_start", "account", "BEFORE INSERT", "account_insert()"),
    ("account_guard", "account", "BEFORE UPDATE", "account_update()"),
    ("account_no_delete", "account", "BEFORE DELETE", "ledger_kept('account_no_delete')"),
    ("hold_guard", "hold", "BEFORE INSERT", "hold_insert()"),
    ("hold_end_guard", "hold_end", "BEFORE INSERT", "hold_end_insert()"),
    ("settlement_rises", "settlement", "BEFORE INSERT", "settlement_insert()"),
    ("party_link", "party", "BEFORE UPDATE", "party_update()"),
    ("party_no_delete", "party", "BEFORE DELETE", "ledger_kept('party_no_delete')"),
    ("outbox_row", "outbox", "BEFORE UPDATE", "outbox_update()"),
    ("outbox_unsent_kept", "outbox", "BEFORE DELETE", "outbox_delete()"),
)


def _table(ddl: str, *, is_sqlite: bool) -> str:
    for column in ("release_on", "day"):
        test = (
            f"{column} IS NULL OR {column} GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'"
            if is_sqlite
            else f"{column} IS NULL OR {column} ~ '^[0-9]{{4}}-[01][0-9]-[0-3][0-9]$'"
        )
        ddl = ddl.replace(f"{{IS_DAY:{column}}}", test)
    if is_sqlite:
        return ddl.replace("{ID}", "INTEGER PRIMARY KEY").replace("BIGINT", "INTEGER") + " STRICT"
    return ddl.replace("{ID}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")


def _quoted(value: str | int | None) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def _fill(table: str, rows: tuple[tuple[str | int | None, ...], ...]) -> str:
    values = ", ".join(f"({', '.join(map(_quoted, row))})" for row in rows)
    return f"INSERT INTO {table} VALUES {values}"


def _sqlite_kept() -> list[str]:
    made = [
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
        f" BEGIN SELECT RAISE(ABORT, '{table}_no_replace'); END"
        for table, same in SAME_ROW.items()
    ]
    for table in KEPT:
        condition = " WHEN OLD.outcome = 'done'" if table == "act" else ""
        made.append(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table}_no_update'); END"
        )
        made.append(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}{condition}"
            f" BEGIN SELECT RAISE(ABORT, '{table}_no_delete'); END"
        )
    return made


def _postgresql_kept() -> list[str]:
    made: list[str] = []
    for table in KEPT:
        events = ["UPDATE", *(["DELETE"] if table != "act" else [])]
        made += [
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION ledger_kept('{table}_no_{event.lower()}')"
            for event in events
        ]
    made += [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION ledger_kept('{table}_no_truncate')"
        for table in (*KEPT, "account", "party", "outbox")
    ]
    return made


def upgrade() -> None:
    """Make the tables, fill what migrations alone may fill, then set the guards."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    statements = [_table(ddl, is_sqlite=is_sqlite) for ddl in TABLES]
    statements += INDEXES
    statements += [
        _fill("currency", CURRENCIES),
        _fill("account_kind", ACCOUNT_KINDS),
        _fill("posting_rule", POSTING_RULES),
    ]
    if is_sqlite:
        statements += SQLITE_GUARDS
        statements += _sqlite_kept()
    else:
        statements += POSTGRESQL_FUNCTIONS
        statements += [
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}"
            for name, table, when, function in POSTGRESQL_TRIGGERS
        ]
        statements += _postgresql_kept()
        statements += [
            f"REVOKE ALL ON {table} FROM PUBLIC" for table in (*KEPT, "account", "party", "outbox")
        ]
    for statement in statements:
        connection.exec_driver_sql(statement if is_sqlite else statement.replace("%", "%%"))

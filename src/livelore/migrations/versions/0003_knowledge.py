"""Catalogue, access, orders, payments, notices, refunds and what MONEY section 7 adds to them."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = (
    """CREATE TABLE course (
      id TEXT PRIMARY KEY,
      host_id TEXT NOT NULL REFERENCES app_user(id),
      title TEXT NOT NULL,
      title_en TEXT NOT NULL DEFAULT '',
      subtitle TEXT NOT NULL DEFAULT '',
      subtitle_en TEXT NOT NULL DEFAULT '',
      description TEXT NOT NULL DEFAULT '',
      description_en TEXT NOT NULL DEFAULT '',
      subject TEXT NOT NULL DEFAULT '',
      language TEXT NOT NULL DEFAULT 'zh',
      cover TEXT NOT NULL DEFAULT '',
      is_published BIGINT NOT NULL DEFAULT 1 CHECK (is_published IN (0, 1)),
      created_at_ms BIGINT NOT NULL
    )""",
    "CREATE INDEX course_host ON course (host_id)",
    """CREATE TABLE lesson (
      id TEXT PRIMARY KEY,
      course_id TEXT NOT NULL REFERENCES course(id),
      chapter TEXT NOT NULL DEFAULT '',
      chapter_en TEXT NOT NULL DEFAULT '',
      position BIGINT NOT NULL,
      title TEXT NOT NULL,
      title_en TEXT NOT NULL DEFAULT '',
      kind TEXT NOT NULL CHECK (kind IN ('video', 'text', 'live')),
      duration_s BIGINT NOT NULL DEFAULT 0 CHECK (duration_s >= 0),
      is_preview BIGINT NOT NULL DEFAULT 0 CHECK (is_preview IN (0, 1)),
      cover TEXT NOT NULL DEFAULT '',
      body TEXT NOT NULL DEFAULT '',
      starts_at_ms BIGINT,
      ends_at_ms BIGINT,
      outline TEXT NOT NULL DEFAULT '[]',
      room_id TEXT,
      cancelled_at_ms BIGINT,
      CONSTRAINT lesson_hours CHECK (
        (kind = 'live') = (starts_at_ms IS NOT NULL)
        AND (starts_at_ms IS NULL) = (ends_at_ms IS NULL)
        AND (starts_at_ms IS NULL OR ends_at_ms > starts_at_ms))
    )""",
    "CREATE INDEX lesson_course ON lesson (course_id, position)",
    "CREATE INDEX lesson_room ON lesson (room_id) WHERE room_id IS NOT NULL",
    "CREATE INDEX lesson_hours_index ON lesson (ends_at_ms) WHERE ends_at_ms IS NOT NULL",
    """CREATE TABLE product (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('course', 'ticket', 'coin_pack')),
      title TEXT NOT NULL,
      title_en TEXT NOT NULL DEFAULT '',
      host_id TEXT REFERENCES app_user(id),
      course_id TEXT REFERENCES course(id),
      lesson_id TEXT REFERENCES lesson(id),
      price_version BIGINT NOT NULL,
      currency TEXT NOT NULL REFERENCES currency(code),
      split_rule_id TEXT,
      split_rule_version BIGINT,
      refund_rule TEXT NOT NULL,
      seat_limit BIGINT,
      seats_taken BIGINT NOT NULL DEFAULT 0,
      replay_days BIGINT CHECK (replay_days >= 0),
      coins BIGINT CHECK (coins BETWEEN 1 AND 1000000000000),
      is_on_sale BIGINT NOT NULL DEFAULT 1 CHECK (is_on_sale IN (0, 1)),
      created_at_ms BIGINT NOT NULL,
      FOREIGN KEY (split_rule_id, split_rule_version) REFERENCES split_rule(id, version),
      CONSTRAINT product_shape CHECK (
        (kind = 'coin_pack') = (coins IS NOT NULL)
        AND (kind = 'coin_pack') = (course_id IS NULL)
        AND (kind = 'coin_pack') = (split_rule_id IS NULL)
        AND (kind = 'ticket') = (lesson_id IS NOT NULL)),
      CONSTRAINT product_seats CHECK (
        seats_taken >= 0 AND (seat_limit IS NULL OR seats_taken <= seat_limit))
    )""",
    "CREATE UNIQUE INDEX product_course ON product (course_id) WHERE kind = 'course'",
    "CREATE UNIQUE INDEX product_ticket ON product (lesson_id) WHERE kind = 'ticket'",
    "CREATE INDEX product_by_course ON product (course_id)",
    """CREATE TABLE price_version (
      product_id TEXT NOT NULL REFERENCES product(id),
      version BIGINT NOT NULL CHECK (version > 0),
      amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000),
      at_ms BIGINT NOT NULL,
      PRIMARY KEY (product_id, version)
    )""",
    """CREATE TABLE entitlement (
      id SERIAL_KEY,
      party BIGINT NOT NULL REFERENCES party(id),
      product_id TEXT NOT NULL REFERENCES product(id),
      source BIGINT NOT NULL REFERENCES act(id),
      from_ms BIGINT NOT NULL,
      until_ms BIGINT,
      revoked_by BIGINT REFERENCES act(id),
      revoked_at_ms BIGINT,
      CONSTRAINT entitlement_once UNIQUE (source, party, product_id),
      CHECK (until_ms IS NULL OR until_ms >= from_ms),
      CHECK ((revoked_by IS NULL) = (revoked_at_ms IS NULL))
    )""",
    "CREATE INDEX entitlement_party ON entitlement (party, product_id)",
    """CREATE TABLE free_grant (
      act_id BIGINT PRIMARY KEY REFERENCES act(id),
      party BIGINT NOT NULL REFERENCES party(id),
      product_id TEXT NOT NULL REFERENCES product(id),
      reason TEXT NOT NULL CHECK (reason <> ''),
      granted_by TEXT NOT NULL,
      from_ms BIGINT NOT NULL,
      until_ms BIGINT,
      revoked_act BIGINT REFERENCES act(id)
    )""",
    """CREATE TABLE watch_time (
      party BIGINT NOT NULL REFERENCES party(id),
      lesson_id TEXT NOT NULL REFERENCES lesson(id),
      watched_ms BIGINT NOT NULL CHECK (watched_ms >= 0),
      updated_at_ms BIGINT NOT NULL,
      PRIMARY KEY (party, lesson_id)
    )""",
    """CREATE TABLE class_session (
      live_session_id TEXT PRIMARY KEY,
      lesson_id TEXT NOT NULL REFERENCES lesson(id),
      started_at_ms BIGINT NOT NULL,
      ended_at_ms BIGINT
    )""",
    "CREATE INDEX class_session_lesson ON class_session (lesson_id)",
    """CREATE TABLE "order" (
      id TEXT PRIMARY KEY,
      no TEXT NOT NULL UNIQUE,
      act_id BIGINT NOT NULL UNIQUE REFERENCES act(id),
      buyer BIGINT NOT NULL REFERENCES party(id),
      currency TEXT NOT NULL REFERENCES currency(code),
      total_minor BIGINT NOT NULL CHECK (total_minor BETWEEN 1 AND 1000000000000),
      state TEXT NOT NULL CHECK (state IN ('placed', 'paid', 'fulfilled', 'part_refunded',
        'refunded', 'cancelled', 'expired', 'disputed')),
      rule_text TEXT NOT NULL,
      rule_accepted_at_ms BIGINT NOT NULL,
      content_hash TEXT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      expires_at_ms BIGINT NOT NULL,
      paid_at_ms BIGINT,
      seats_held BIGINT NOT NULL DEFAULT 0 CHECK (seats_held IN (0, 1))
    )""",
    'CREATE INDEX order_buyer ON "order" (buyer, id)',
    """CREATE INDEX order_due ON "order" (expires_at_ms) WHERE state = 'placed'""",
    """CREATE TABLE order_line (
      id TEXT PRIMARY KEY,
      order_id TEXT NOT NULL REFERENCES "order"(id),
      position BIGINT NOT NULL,
      product_id TEXT NOT NULL REFERENCES product(id),
      kind TEXT NOT NULL,
      title TEXT NOT NULL,
      title_en TEXT NOT NULL,
      beneficiary BIGINT NOT NULL REFERENCES party(id),
      host BIGINT REFERENCES party(id),
      course_id TEXT REFERENCES course(id),
      lesson_id TEXT REFERENCES lesson(id),
      quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 100),
      unit_minor BIGINT NOT NULL CHECK (unit_minor BETWEEN 1 AND 1000000000000),
      discount_minor BIGINT NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
      tax_rate_bps BIGINT NOT NULL DEFAULT 0 CHECK (tax_rate_bps BETWEEN 0 AND 10000),
      tax_minor BIGINT NOT NULL DEFAULT 0 CHECK (tax_minor >= 0),
      total_minor BIGINT NOT NULL CHECK (total_minor BETWEEN 1 AND 1000000000000),
      price_version BIGINT NOT NULL,
      split_rule_id TEXT,
      split_rule_version BIGINT,
      refund_rule TEXT NOT NULL,
      watch_limit_s BIGINT,
      window_days BIGINT,
      coins BIGINT,
      access_until_ms BIGINT,
      delivered_act BIGINT REFERENCES act(id),
      delivered_at_ms BIGINT,
      UNIQUE (order_id, position),
      FOREIGN KEY (split_rule_id, split_rule_version) REFERENCES split_rule(id, version),
      FOREIGN KEY (product_id, price_version) REFERENCES price_version(product_id, version),
      CONSTRAINT order_line_total CHECK (total_minor = quantity * unit_minor - discount_minor),
      CHECK (tax_minor <= total_minor),
      CHECK ((delivered_act IS NULL) = (delivered_at_ms IS NULL))
    )""",
    "CREATE INDEX order_line_order ON order_line (order_id)",
    "CREATE INDEX order_line_lesson ON order_line (lesson_id) WHERE lesson_id IS NOT NULL",
    "CREATE INDEX order_line_holder ON order_line (beneficiary, product_id)",
    """CREATE TABLE payment (
      id TEXT PRIMARY KEY,
      no TEXT NOT NULL UNIQUE,
      order_id TEXT NOT NULL REFERENCES "order"(id),
      act_id BIGINT NOT NULL UNIQUE REFERENCES act(id),
      gateway TEXT NOT NULL,
      method TEXT NOT NULL,
      gateway_ref TEXT,
      options TEXT,
      currency TEXT NOT NULL REFERENCES currency(code),
      amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000),
      captured_minor BIGINT NOT NULL DEFAULT 0,
      state TEXT NOT NULL CHECK (state IN ('created', 'sent', 'pending', 'captured', 'failed',
        'closed')),
      created_at_ms BIGINT NOT NULL,
      captured_at_ms BIGINT,
      captured_act BIGINT REFERENCES act(id),
      n_queries BIGINT NOT NULL DEFAULT 0,
      next_query_at_ms BIGINT,
      CONSTRAINT payment_ref UNIQUE (gateway, gateway_ref),
      CONSTRAINT payment_captured CHECK (captured_minor >= 0 AND captured_minor <= amount_minor)
    )""",
    "CREATE INDEX payment_order ON payment (order_id)",
    "CREATE INDEX payment_query ON payment (next_query_at_ms) WHERE next_query_at_ms IS NOT NULL",
    """CREATE TABLE payment_fact (
      id SERIAL_KEY,
      payment_id TEXT NOT NULL REFERENCES payment(id),
      type TEXT NOT NULL CHECK (type IN ('captured', 'failed', 'closed', 'refunded',
        'refund_failed')),
      gateway_id TEXT NOT NULL,
      amount_minor BIGINT,
      currency TEXT,
      gateway_at_ms BIGINT NOT NULL,
      source TEXT NOT NULL CHECK (source IN ('notice', 'query', 'bill')),
      at_ms BIGINT NOT NULL,
      CONSTRAINT payment_fact_once UNIQUE (payment_id, type, gateway_id)
    )""",
    """CREATE TABLE notice (
      id SERIAL_KEY,
      gateway TEXT NOT NULL,
      dedup_key TEXT NOT NULL,
      verdict TEXT NOT NULL CHECK (verdict IN ('genuine')),
      body TEXT NOT NULL,
      fact TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('new', 'applied', 'unmatched', 'stuck')),
      act_id BIGINT REFERENCES act(id),
      received_at_ms BIGINT NOT NULL,
      n_received BIGINT NOT NULL DEFAULT 1,
      n_tries BIGINT NOT NULL DEFAULT 0,
      next_try_at_ms BIGINT,
      CONSTRAINT notice_once UNIQUE (gateway, dedup_key)
    )""",
    "CREATE INDEX notice_due ON notice (next_try_at_ms) WHERE outcome IN ('new', 'stuck')",
    """CREATE TABLE forged_notice (
      id SERIAL_KEY,
      gateway TEXT NOT NULL,
      reason TEXT NOT NULL,
      body_start TEXT NOT NULL,
      address TEXT NOT NULL,
      at_ms BIGINT NOT NULL
    )""",
    """CREATE TABLE unmatched (
      id TEXT PRIMARY KEY,
      gateway TEXT NOT NULL,
      gateway_ref TEXT NOT NULL,
      payment_no TEXT NOT NULL,
      payment_id TEXT REFERENCES payment(id),
      amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000),
      currency TEXT NOT NULL REFERENCES currency(code),
      reason TEXT NOT NULL,
      act_id BIGINT NOT NULL REFERENCES act(id),
      gateway_at_ms BIGINT NOT NULL,
      created_at_ms BIGINT NOT NULL,
      refund_at_ms BIGINT,
      CONSTRAINT unmatched_once UNIQUE (gateway, gateway_ref)
    )""",
    "CREATE INDEX unmatched_due ON unmatched (refund_at_ms) WHERE refund_at_ms IS NOT NULL",
    """CREATE TABLE refund (
      id TEXT PRIMARY KEY,
      no TEXT NOT NULL UNIQUE,
      payment_id TEXT REFERENCES payment(id),
      line_id TEXT REFERENCES order_line(id),
      unmatched_id TEXT UNIQUE REFERENCES unmatched(id),
      gateway TEXT NOT NULL,
      amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000),
      currency TEXT NOT NULL REFERENCES currency(code),
      coins BIGINT CHECK (coins BETWEEN 1 AND 1000000000000),
      state TEXT NOT NULL CHECK (state IN ('approved', 'sent', 'succeeded', 'failed', 'by_hand')),
      reason TEXT NOT NULL,
      act_id BIGINT NOT NULL REFERENCES act(id),
      paid_act BIGINT REFERENCES act(id),
      gateway_ref TEXT,
      n_tries BIGINT NOT NULL DEFAULT 0,
      next_try_at_ms BIGINT,
      created_at_ms BIGINT NOT NULL,
      done_at_ms BIGINT,
      CHECK ((payment_id IS NULL) <> (unmatched_id IS NULL)),
      CHECK ((line_id IS NULL) = (payment_id IS NULL)),
      CHECK ((state = 'succeeded') = (paid_act IS NOT NULL))
    )""",
    "CREATE INDEX refund_payment ON refund (payment_id) WHERE payment_id IS NOT NULL",
    "CREATE INDEX refund_line ON refund (line_id) WHERE line_id IS NOT NULL",
    "CREATE INDEX refund_due ON refund (next_try_at_ms) WHERE next_try_at_ms IS NOT NULL",
    """CREATE TABLE dispute (
      id TEXT PRIMARY KEY,
      gateway TEXT NOT NULL,
      gateway_id TEXT NOT NULL,
      payment_id TEXT NOT NULL REFERENCES payment(id),
      amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000),
      currency TEXT NOT NULL REFERENCES currency(code),
      state TEXT NOT NULL CHECK (state IN ('open', 'won', 'lost')),
      opened_act BIGINT NOT NULL REFERENCES act(id),
      decided_act BIGINT REFERENCES act(id),
      opened_at_ms BIGINT NOT NULL,
      decided_at_ms BIGINT,
      UNIQUE (gateway, gateway_id)
    )""",
    """CREATE TABLE membership (
      id TEXT PRIMARY KEY,
      party BIGINT NOT NULL REFERENCES party(id),
      product_id TEXT NOT NULL REFERENCES product(id),
      state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'paused', 'cancelling',
        'past_due', 'lapsed', 'ended')),
      period_no BIGINT NOT NULL DEFAULT 0 CHECK (period_no >= 0),
      period_from_ms BIGINT,
      period_until_ms BIGINT,
      created_at_ms BIGINT NOT NULL
    )""",
    """CREATE TABLE slice (
      line_id TEXT NOT NULL REFERENCES order_line(id),
      no BIGINT NOT NULL CHECK (no > 0),
      from_ms BIGINT NOT NULL,
      until_ms BIGINT NOT NULL,
      amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 0 AND 1000000000000),
      delivered_act BIGINT REFERENCES act(id),
      PRIMARY KEY (line_id, no),
      CHECK (until_ms > from_ms)
    )""",
    """CREATE TABLE payout (
      id TEXT PRIMARY KEY,
      no TEXT NOT NULL UNIQUE,
      party BIGINT NOT NULL REFERENCES party(id),
      amount_minor BIGINT NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000),
      currency TEXT NOT NULL REFERENCES currency(code),
      state TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'sent', 'paid', 'returned',
        'cancelled', 'failed')),
      hold_id BIGINT REFERENCES hold(id),
      gateway TEXT,
      gateway_ref TEXT,
      created_at_ms BIGINT NOT NULL,
      UNIQUE (gateway, gateway_ref)
    )""",
    """CREATE TABLE bill_finding (
      id SERIAL_KEY,
      gateway TEXT NOT NULL,
      day TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('lost_by_us', 'lost_by_gateway', 'doubled', 'wrong_sum',
        'wrong_currency', 'unknown', 'refund_lost', 'refund_unknown')),
      ref TEXT NOT NULL,
      ours_minor BIGINT,
      theirs_minor BIGINT,
      owner TEXT NOT NULL,
      found_at_ms BIGINT NOT NULL,
      closed_at_ms BIGINT,
      UNIQUE (gateway, kind, ref)
    )""",
    """CREATE TABLE job_mark (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL,
      at_ms BIGINT NOT NULL
    )""",
)

# Table, what is refused: "DELETE", or "UPDATE OF" the columns that are for ever.
FROZEN = (
    ("price_version", "UPDATE"),
    ("price_version", "DELETE"),
    ("product", "DELETE"),
    ("product", "UPDATE OF kind, host_id, course_id, lesson_id, currency, coins"),
    ("entitlement", "DELETE"),
    ("entitlement", "UPDATE OF party, product_id, source, from_ms"),
    ("order", "DELETE"),
    ("order", "UPDATE OF no, act_id, buyer, currency, total_minor, rule_text"),
    ("order_line", "DELETE"),
    (
        "order_line",
        "UPDATE OF order_id, product_id, beneficiary, host, quantity, unit_minor, discount_minor,"
        " tax_rate_bps, tax_minor, total_minor, price_version, split_rule_id, split_rule_version,"
        " refund_rule, coins",
    ),
    ("payment", "DELETE"),
    ("payment", "UPDATE OF no, order_id, gateway, currency, amount_minor"),
    ("payment_fact", "UPDATE"),
    ("payment_fact", "DELETE"),
    ("notice", "DELETE"),
    ("notice", "UPDATE OF gateway, dedup_key, body, fact"),
    ("unmatched", "DELETE"),
    ("refund", "DELETE"),
    ("refund", "UPDATE OF no, payment_id, line_id, unmatched_id, amount_minor, currency, act_id"),
)

CAPTURE_ABSORBS = "OLD.captured_minor > 0 AND (NEW.captured_minor <> OLD.captured_minor OR NEW.state <> 'captured' OR NEW.gateway_ref <> OLD.gateway_ref)"  # noqa: E501
PAYMENT_SUM = (
    "(SELECT COALESCE(SUM(amount_minor), 0) FROM refund WHERE payment_id = NEW.payment_id)"
    " + NEW.amount_minor > (SELECT captured_minor FROM payment WHERE id = NEW.payment_id)"
)
LINE_SUM = (
    "(SELECT COALESCE(SUM(amount_minor), 0) FROM refund WHERE line_id = NEW.line_id)"
    " + NEW.amount_minor > (SELECT total_minor FROM order_line WHERE id = NEW.line_id)"
)


def upgrade() -> None:
    """Make the tables and guards of paid knowledge."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in TABLES:
            op.execute(_sqlite(statement))
        _sqlite_guards()
    else:
        for statement in TABLES:
            op.execute(
                statement.replace(
                    "SERIAL_KEY", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
                )
            )
        _postgresql_guards()


def _sqlite(statement: str) -> str:
    typed = statement.replace("SERIAL_KEY", "INTEGER PRIMARY KEY").replace("BIGINT", "INTEGER")
    return typed + " STRICT" if typed.startswith("CREATE TABLE") else typed


def _name(table: str, what: str) -> str:
    return f"{table}_no_{what.split(maxsplit=1)[0].lower()}"


def _sqlite_guards() -> None:
    for table, what in FROZEN:
        name = _name(table, what)
        op.execute(
            f'CREATE TRIGGER {name} BEFORE {what} ON "{table}"'
            f" BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )
    for name, condition in (("refund_payment_sum", PAYMENT_SUM), ("refund_line_sum", LINE_SUM)):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON refund WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )
    op.execute(
        f"CREATE TRIGGER payment_capture_absorbs BEFORE UPDATE ON payment WHEN {CAPTURE_ABSORBS}"
        " BEGIN SELECT RAISE(ABORT, 'payment_capture_absorbs'); END"
    )


def _postgresql_guards() -> None:
    op.execute(
        "CREATE FUNCTION knowledge_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = TG_NAME,"
        " CONSTRAINT = TG_NAME; END $$"
    )
    for table, what in FROZEN:
        op.execute(
            f'CREATE TRIGGER {_name(table, what)} BEFORE {what} ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION knowledge_refuse()"
        )
    op.execute(
        f"CREATE TRIGGER payment_capture_absorbs BEFORE UPDATE ON payment FOR EACH ROW"
        f" WHEN ({CAPTURE_ABSORBS}) EXECUTE FUNCTION knowledge_refuse()"
    )
    op.execute(
        "CREATE FUNCTION refund_sums() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM payment WHERE id = NEW.payment_id FOR UPDATE;"
        f" IF NEW.payment_id IS NOT NULL AND {PAYMENT_SUM} THEN RAISE EXCEPTION USING"
        " ERRCODE = '23514', MESSAGE = 'refund_payment_sum', CONSTRAINT = 'refund_payment_sum';"
        f" END IF; IF NEW.line_id IS NOT NULL AND {LINE_SUM} THEN RAISE EXCEPTION USING"
        " ERRCODE = '23514', MESSAGE = 'refund_line_sum', CONSTRAINT = 'refund_line_sum';"
        " END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER refund_sums BEFORE INSERT ON refund"
        " FOR EACH ROW EXECUTE FUNCTION refund_sums()"
    )

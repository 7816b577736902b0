"""One thin database for SQLite and PostgreSQL: pooled reads, one writer, outbox."""

"""Alembic asks for this file; migrations are run by `livelore.database.migrate`."""

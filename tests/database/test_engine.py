"""Writes are durable, grouped, isolated from each other; reads see one snapshot."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from livelore.database.engine import Database, signal
from livelore.kit.errors import NotFoundError, UnavailableError


@pytest.fixture(autouse=True)
async def table(db: Database) -> None:
    await db.write(lambda c: c.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY)")) and None)


async def ids(db: Database) -> list[int]:
    return await db.read(
        lambda c: [row.id for row in c.execute(text("SELECT id FROM note ORDER BY id"))]
    )


async def add(db: Database, number: int) -> int:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO note (id) VALUES (:id)"), {"id": number})
        return number

    return await db.write(work)


async def test_a_write_is_seen_by_the_next_read(db: Database) -> None:
    assert await add(db, 7) == 7
    assert await ids(db) == [7]


async def test_a_work_that_raises_undoes_only_its_own_changes(db: Database) -> None:
    def bad(connection: Connection) -> None:
        connection.execute(text("INSERT INTO note (id) VALUES (99)"))
        raise NotFoundError(id=99)

    results = await asyncio.gather(
        *(add(db, n) for n in range(5)), db.write(bad), return_exceptions=True
    )
    assert isinstance(results[-1], NotFoundError)
    assert await ids(db) == [0, 1, 2, 3, 4]


async def test_a_reader_cannot_write(db: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO note (id) VALUES (1)"))

    with pytest.raises(Exception, match=r"readonly|read-only"):
        await db.read(work)
    assert await ids(db) == []


def batch(connection: Connection, items: Sequence[int]) -> list[int | Exception]:
    results: list[int | Exception] = []
    for item in items:
        if item < 0:
            results.append(NotFoundError(id=item))
            continue
        connection.execute(text("INSERT INTO note (id) VALUES (:id)"), {"id": item})
        results.append(len(items))
    return results


async def test_items_of_one_handler_are_handed_over_together(db: Database) -> None:
    sizes = await asyncio.gather(*(db.write_batch(batch, n) for n in range(50)))
    assert max(sizes) > 1
    assert await ids(db) == list(range(50))


async def test_a_refused_item_leaves_its_batch_alone(db: Database) -> None:
    results = await asyncio.gather(
        *(db.write_batch(batch, n) for n in (1, -2, 3)), return_exceptions=True
    )
    assert isinstance(results[1], NotFoundError)
    assert await ids(db) == [1, 3]


async def test_a_batch_that_the_database_refuses_is_run_again_one_by_one(db: Database) -> None:
    await add(db, 2)
    results = await asyncio.gather(
        *(db.write_batch(batch, n) for n in (1, 2, 3)), return_exceptions=True
    )
    assert isinstance(results[1], Exception)
    assert await ids(db) == [1, 2, 3]


async def test_hooks_hear_a_signal_after_the_commit_and_only_then(db: Database) -> None:
    heard: list[str] = []
    db.on_signal("news", lambda: heard.append("news"))

    def work(connection: Connection) -> None:
        signal(connection, "news")

    await add(db, 1)
    await asyncio.sleep(0)
    assert heard == []
    await db.write(work)
    await asyncio.sleep(0)
    assert heard == ["news"]


async def test_a_closed_database_refuses_with_one_clear_error(db: Database) -> None:
    await db.close()
    with pytest.raises(UnavailableError):
        await add(db, 1)


def test_an_unknown_scheme_is_named() -> None:
    with pytest.raises(ValueError, match="use sqlite:///FILE or postgresql://"):
        Database.open("mysql://localhost/x")

"""Data out and back: nothing is lost, nothing is overwritten, nothing half done stays."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from livelore.cli import backup as backup_module
from tests.cli.conftest import Cli, add_user, counts, rows


@pytest.fixture
def site(cli: Cli, tmp_path: Path) -> Path:
    add_user(cli, "mia", "--data-dir", str(tmp_path / "site"))
    return tmp_path / "site"


def test_there_and_back(cli: Cli, site: Path, tmp_path: Path) -> None:
    done = cli("backup", "b.db", "--data-dir", str(site))
    assert (done.status, done.out, done.err) == (0, "Backed up to b.db\n", "")
    back = cli("restore", "b.db", "--data-dir", str(tmp_path / "new"))
    assert (back.status, back.out, back.err) == (
        0,
        f"Restored into {tmp_path / 'new' / 'livelore.db'}\n",
        "",
    )
    assert counts(tmp_path / "new" / "livelore.db") == counts(site / "livelore.db")
    assert cli("doctor", "--money", "--data-dir", str(tmp_path / "new")).out.endswith(
        "All is well.\n"
    )
    add_user(cli, "bo", "--data-dir", str(tmp_path / "new"))


def test_a_backup_is_for_its_owner_alone(cli: Cli, site: Path, tmp_path: Path) -> None:
    assert cli("backup", "b.db", "--data-dir", str(site)).status == 0
    assert (tmp_path / "b.db").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "b.db.part").exists()


def test_a_backup_is_one_moment_whatever_is_written_meanwhile(
    cli: Cli, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides of each write are in it or none; it ends although the writing does not."""
    monkeypatch.setattr(backup_module, "PAGES_AT_ONCE", 5)
    file = site / "livelore.db"
    with writing(file):
        assert cli("backup", "b.db", "--data-dir", str(site)).status == 0
    (left,) = rows(tmp_path / "b.db", "SELECT count(*), max(n) FROM left_side")
    (right,) = rows(tmp_path / "b.db", "SELECT count(*), max(n) FROM right_side")
    assert left == right
    assert rows(tmp_path / "b.db", "PRAGMA integrity_check") == [("ok",)]


@contextmanager
def writing(file: Path) -> Generator[None]:
    """Somebody writes pairs of rows, one commit after the other."""
    is_over, is_begun = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            connection.execute("CREATE TABLE left_side (n INTEGER)")
            connection.execute("CREATE TABLE right_side (n INTEGER)")
            n = 0
            while not is_over.is_set():
                n += 1
                connection.execute("INSERT INTO left_side VALUES (?)", (n,))
                connection.execute("INSERT INTO right_side VALUES (?)", (n,))
                connection.commit()
                is_begun.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert is_begun.wait(30)
        yield
    finally:
        is_over.set()
        thread.join()


def test_nothing_is_overwritten(cli: Cli, site: Path, tmp_path: Path) -> None:
    (tmp_path / "b.db").write_text("precious")
    result = cli("backup", "b.db", "--data-dir", str(site))
    assert (result.status, result.line) == (2, "b.db exists already: name another file")
    assert (tmp_path / "b.db").read_text() == "precious"
    assert cli("backup", "c.db", "--data-dir", str(site)).status == 0
    before = (site / "livelore.db").read_bytes()
    result = cli("restore", "c.db", "--data-dir", str(site))
    assert result.status == 2
    assert "restore into an empty folder by --data-dir" in result.line
    assert (site / "livelore.db").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("backup", "b.db", "--data-dir", "nowhere"), "there is no database in nowhere"),
        (("backup", "no/such/b.db"), "no/such is no folder"),
        (("restore", "b.db"), "there is no file b.db"),
        (("export", "out", "--data-dir", "nowhere"), "there is no database in nowhere"),
    ],
)
def test_what_is_missing_is_named(arguments: tuple[str, ...], words: str, cli: Cli) -> None:
    result = cli(*arguments)
    assert result.status == 2
    assert words in result.line


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_has_its_own_tools(command: str, cli: Cli) -> None:
    result = cli(command, "b.db", LIVELORE_DATABASE_URL="postgresql://h/d")
    assert (result.status, result.line) == (
        2,
        "the database is PostgreSQL: use pg_dump and pg_restore",
    )


def _damaged(file: Path, good: bytes) -> None:
    """Somewhere in the middle, as a bad disk would."""
    half = len(good) // 2
    file.write_bytes(good[:half] + b"\xde\xad" * 2048 + good[half + 4096 :])


def test_what_is_no_whole_backup_is_refused(cli: Cli, site: Path, tmp_path: Path) -> None:
    assert cli("backup", "b.db", "--data-dir", str(site)).status == 0
    good = (tmp_path / "b.db").read_bytes()
    (tmp_path / "text.db").write_bytes(b"this is no database at all" * 200)
    (tmp_path / "short.db").write_bytes(good[: len(good) // 2])
    _damaged(tmp_path / "damaged.db", good)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE recipe (name TEXT)")
    for name, words in {
        "text.db": "is no backup: file is not a database",
        "short.db": "damaged",
        "damaged.db": "damaged",
        "other.db": "is the database of another program",
    }.items():
        result = cli("restore", name, "--data-dir", str(tmp_path / "new"))
        assert result.status == 2, name
        if name in {"text.db", "other.db"}:
            assert words in result.line
        else:
            assert words in result.line or "is no backup" in result.line
        assert not (tmp_path / "new").exists(), name


def test_a_target_that_cannot_be_written_leaves_nothing(cli: Cli, site: Path) -> None:
    result = cli("backup", "/sys/b.db", "--data-dir", str(site))
    assert result.status == 1
    assert "/sys/b.db" in result.line

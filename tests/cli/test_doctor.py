"""`livelore doctor` on good days and on each bad one."""

import http.server
import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from livelore.app import checkup
from livelore.database.migrate import migrate
from tests.cli.conftest import NO_PORTS, Cli, Result, add_user
from tests.cli.test_trouble import newer_database


class Usage(NamedTuple):
    """As `shutil.disk_usage` gives it."""

    total: int
    used: int
    free: int


def looked(cli: Cli, *arguments: str, **environ: str) -> Result:
    return cli("doctor", *arguments, **{**NO_PORTS, **environ})


def problems(result: Result) -> list[str]:
    """What is to be mended; the status and the last line say the same."""
    found = [line[8:] for line in result.out.splitlines() if line.startswith("problem ")]
    assert all(line[:8].rstrip() in {"ok", "problem"} for line in result.out.splitlines()[:-1])
    if found:
        assert result.status == 1
        assert result.line == f"{len(found)} to mend, see the lines above"
        assert "All is well." not in result.out
    else:
        assert (result.status, result.err) == (0, "")
        assert result.out.endswith("\nAll is well.\n")
    return found


def the_problem(result: Result, topic: str) -> str:
    (found,) = problems(result)
    assert found[:9].rstrip() == topic, found
    return found[10:]


@pytest.fixture
def site(cli: Cli, tmp_path: Path) -> Path:
    add_user(cli, "mia", "--data-dir", str(tmp_path / "data"))
    return tmp_path / "data"


def test_before_the_first_start_all_is_well_and_nothing_is_made(cli: Cli, tmp_path: Path) -> None:
    result = looked(cli, "--money")
    assert problems(result) == []
    for words in (
        "python    3.",
        "setting   port = ",
        "from the environment",
        "data is made at the first start",
        "livelore.db is made at the first start",
        "pages     built",
        "is free",
        "in Asia/Shanghai",
        "bus       memory",
        "ffmpeg and Node are not needed",
        "no books to count yet",
    ):
        assert words in result.out
    assert list(tmp_path.iterdir()) == []


def test_a_good_site(cli: Cli, database_url: str) -> None:
    result = looked(cli, "--money", LIVELORE_DATABASE_URL=database_url)
    assert problems(result) == []
    assert " is the newest" in result.out
    assert "every invariant of the ledger and every entitlement holds" in result.out
    assert ("SQLite 3." in result.out) or ("PostgreSQL " in result.out)


def test_the_pragmas_are_told(cli: Cli, site: Path) -> None:
    assert site.is_dir()
    assert "journal_mode=wal, synchronous=2, foreign_keys=1" in looked(cli).out


def test_settings_are_told_with_their_source_and_without_secrets(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "config.toml").write_text('hold_days = 3\nmetrics_token = "hunter2"\n')
    result = looked(
        cli,
        "--host",
        "127.0.0.1",
        LIVELORE_BUS_URL="memory://user:hunter2@h",
        LIVELORE_HOLD_DAYS="4",
    )
    assert problems(result) == []
    assert "hold_days = 4, from the environment" in result.out
    assert "metrics_token = (set), from data/config.toml" in result.out
    assert "host = 127.0.0.1, from the command line" in result.out
    assert "hunter2" not in result.out


def test_a_variable_that_is_no_setting(cli: Cli) -> None:
    assert "LIVELORE_PROT" in the_problem(looked(cli, LIVELORE_PROT="80"), "setting")


def test_a_folder_that_cannot_be_written(cli: Cli) -> None:
    words = the_problem(looked(cli, "--data-dir", "/sys/livelore"), "folder")
    assert words.startswith("/sys cannot be written")
    assert "mend its owner and rights" in words


def test_a_folder_that_is_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert the_problem(looked(cli), "folder").endswith("name a folder by LIVELORE_DATA_DIR")


def _almost_full(_path: object) -> Usage:
    return Usage(total=1 << 40, used=1 << 40, free=100 << 20)


def test_a_disk_that_is_almost_full(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", _almost_full)
    assert "100 MiB left: make room" in the_problem(looked(cli), "folder")


def test_a_secret_that_others_may_read(cli: Cli, site: Path) -> None:
    assert (site / "secret.key").stat().st_mode & 0o077 == 0
    (site / "secret.key").chmod(0o644)
    assert the_problem(looked(cli), "folder").endswith("run `chmod 600 data/secret.key`")


def test_a_database_that_does_not_answer(cli: Cli) -> None:
    url = "postgresql://postgres:hunter2@127.0.0.1:1/x"
    result = looked(cli, "--money", LIVELORE_DATABASE_URL=url)
    words = the_problem(result, "database")
    assert "Connection refused" in words
    assert words.endswith("start the server or mend the setting database_url")
    assert "hunter2" not in result.out


def test_a_file_that_is_no_database(cli: Cli, site: Path) -> None:
    (site / "livelore.db").write_bytes(b"this is no database at all" * 200)
    words = the_problem(looked(cli, "--money"), "database")
    assert "file is not a database" in words
    assert "`livelore restore` a backup" in words


def test_a_damaged_database(cli: Cli, site: Path) -> None:
    with closing(sqlite3.connect(site / "livelore.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'app_user'"
        ).fetchone()[0]
    with (site / "livelore.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xde\xad" * 2048)
    assert "restore" in the_problem(looked(cli), "database")


def test_a_database_of_a_newer_version(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    newer_database(tmp_path / "data" / "livelore.db")
    words = the_problem(looked(cli, "--money"), "database")
    assert "made by a newer Livelore (schema 9999" in words
    assert words.endswith("run that version")


def test_an_older_database_is_left_as_it_is(cli: Cli, site: Path) -> None:
    with closing(sqlite3.connect(site / "livelore.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006'")
    result = looked(cli, "--money")
    assert problems(result) == []
    assert "schema 0006: the next start brings it to " in result.out
    with closing(sqlite3.connect(site / "livelore.db")) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("0006",)]


def test_pages_that_are_not_built(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "STATIC", tmp_path)
    assert "run `make build`" in the_problem(looked(cli), "pages")


def test_a_port_that_another_program_holds(cli: Cli) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = str(held.getsockname()[1])
        words = the_problem(looked(cli, LIVELORE_PORT=port), "port")
        assert words == (
            f"{port} of 127.0.0.1: Address already in use;"
            " end what holds it or choose another by --port"
        )
        rtmp = {"LIVELORE_RTMP_HOST": "127.0.0.1", "LIVELORE_RTMP_PORT": port}
        assert the_problem(looked(cli, **rtmp), "port").endswith("by --rtmp-port")


@contextmanager
def serving(body: bytes) -> Generator[int]:
    """Another program that speaks HTTP."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not into the output of the test."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_another_web_server_is_no_livelore(cli: Cli) -> None:
    with serving(b"<h1>It works!</h1>") as port:
        assert "end what holds it" in the_problem(looked(cli, LIVELORE_PORT=str(port)), "port")


def test_a_clock_that_went_back(cli: Cli, site: Path) -> None:
    far_ms = 32_503_680_000_000  # the year 3000
    with closing(sqlite3.connect(site / "livelore.db")) as connection, connection:
        connection.execute(
            "INSERT INTO outbox (topic, payload, at_ms) VALUES ('t', '{}', ?)", (far_ms,)
        )
    words = the_problem(looked(cli), "clock")
    assert "before what was stored last: set the clock" in words


def test_a_bus_that_answers_and_one_that_does_not(cli: Cli) -> None:
    answering = os.environ.get("LIVELORE_TEST_NATS", "nats://127.0.0.1:4222")
    assert f"bus       {answering} answers" in looked(cli, LIVELORE_BUS_URL=answering).out
    result = looked(cli, LIVELORE_BUS_URL="nats://user:hunter2@127.0.0.1:1")
    assert "nats://***@127.0.0.1:1 does not answer" in the_problem(result, "bus")
    assert "hunter2" not in result.out + result.err


def test_books_that_do_not_add_up(cli: Cli, site: Path) -> None:
    """Somebody has changed a balance behind the ledger's back."""
    with closing(sqlite3.connect(site / "livelore.db")) as connection, connection:
        triggers = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'account'"
        ).fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(
            "INSERT INTO account (kind, owner, currency, side, guarded, balance_minor, held_minor,"
            " held_no) SELECT k.kind, 'P1', c.code, side, guarded, 1, 0, 0"
            " FROM account_kind k JOIN currency c ON c.kind = 'coin' WHERE k.kind = 'coins.paid'"
        )
    assert problems(looked(cli)) == []
    found = problems(looked(cli, "--money"))
    assert found
    assert all(line.startswith("money ") for line in found)


def test_a_migrated_empty_file_is_no_problem(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "livelore.db").touch()
    assert problems(looked(cli, "--money")) == []
    migrate(f"sqlite:///{tmp_path / 'data' / 'livelore.db'}")
    assert problems(looked(cli, "--money")) == []

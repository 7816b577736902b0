"""What is not the caller's fault: one line, exit 1, never a traceback."""

import fcntl
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from livelore.database.migrate import migrate
from tests.cli.conftest import Cli, add_user

NOWHERE = "postgresql://postgres:hunter2@127.0.0.1:1/livelore"
NO_FOLDER = "/sys/livelore"
"""Nobody can make this one, root neither."""
COMMANDS = [("serve",), ("demo",), ("user", "add", "mia"), ("doctor", "--money")]


@pytest.fixture
def held_port() -> Iterator[int]:
    """A port that another program holds."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port: int = held.getsockname()[1]
        yield port


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize("option", ["--port", "--rtmp-port"])
def test_a_port_in_use(command: str, option: str, held_port: int, cli: Cli, tmp_path: Path) -> None:
    result = cli(command, option, str(held_port), LIVELORE_RTMP_HOST="127.0.0.1")
    assert result.status == 1
    assert result.line.startswith(f"port {held_port} of 127.0.0.1: Address already in use")
    assert result.line.endswith(f"by {option}")
    assert list(tmp_path.iterdir()) == [], "nothing was begun"


def test_a_host_that_is_no_address(cli: Cli) -> None:
    result = cli("serve", "--host", "256.1.1.1")
    assert result.status == 1
    assert "mend the setting host" in result.line


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_a_data_folder_that_cannot_be_written(command: tuple[str, ...], cli: Cli) -> None:
    result = cli(*command, "--data-dir", NO_FOLDER, stdin="a long enough passphrase\n")
    assert result.status == 1
    assert result.line.startswith(f"the data folder {NO_FOLDER} cannot be written")


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_a_data_folder_that_is_a_file(command: tuple[str, ...], cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = cli(*command, "--data-dir", str(tmp_path / "file"), stdin="a long enough phrase\n")
    assert result.status == 1
    assert "cannot be written: File exists" in result.line


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_a_corrupt_database(command: tuple[str, ...], cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "livelore.db").write_bytes(b"this is no database at all" * 200)
    result = cli(*command, "--data-dir", str(tmp_path), stdin="a long enough passphrase\n")
    assert result.status == 1
    assert "the database cannot be used: file is not a database" in result.line


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_a_database_of_a_newer_version(command: tuple[str, ...], cli: Cli, tmp_path: Path) -> None:
    newer_database(tmp_path / "livelore.db")
    result = cli(*command, "--data-dir", str(tmp_path), stdin="a long enough passphrase\n")
    assert result.status == 1
    assert "made by a newer version of Livelore" in result.line
    assert "9999" in result.line


def newer_database(file: Path) -> None:
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize("command", [*COMMANDS[:3], ("export", "out")])
def test_a_database_that_does_not_answer(command: tuple[str, ...], cli: Cli) -> None:
    result = cli(*command, stdin="a long enough passphrase\n", LIVELORE_DATABASE_URL=NOWHERE)
    assert result.status == 1
    assert "the database cannot be used" in result.line
    assert "Connection refused" in result.line
    assert "hunter2" not in result.err


def test_a_bus_that_does_not_answer(cli: Cli, free_port: int) -> None:
    result = cli(
        "serve",
        *("--port", str(free_port), "--rtmp-port", "0"),
        LIVELORE_BUS_URL="nats://user:hunter2@127.0.0.1:1",
        LIVELORE_LOG_LEVEL="error",
    )
    assert result.status == 1
    assert "the bus does not answer" in result.err.splitlines()[-1]
    assert "Traceback" not in result.err
    assert "hunter2" not in result.err


@pytest.mark.parametrize(
    ("module", "environ"),
    [
        ("psycopg", {"LIVELORE_DATABASE_URL": NOWHERE}),
        ("nats", {"LIVELORE_BUS_URL": "nats://127.0.0.1:4222"}),
    ],
)
def test_a_package_that_is_missing(
    module: str, environ: dict[str, str], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "livelore.adapters.bus_nats", raising=False)
    result = cli("user", "add", "mia", stdin="a long enough passphrase\n", **environ)
    assert result.status == 1
    assert result.line.endswith(f"needs the package {module}: `pip install 'livelore[scale]'`")


def test_a_demo_keeps_away_from_a_real_site(cli: Cli, tmp_path: Path, free_port: int) -> None:
    add_user(cli, "mia", "--data-dir", str(tmp_path / "site"))
    ports = ("--port", str(free_port), "--rtmp-port", "0")
    result = cli("demo", "--data-dir", str(tmp_path / "site"), *ports)
    assert result.status == 1
    assert "holds a site that is no demo" in result.line


def test_a_demo_takes_no_real_money(cli: Cli, tmp_path: Path) -> None:
    result = cli("demo", LIVELORE_IS_PRODUCTION="yes")
    assert result.status == 1
    assert "LIVELORE_IS_PRODUCTION" in result.line
    assert list(tmp_path.iterdir()) == []


def test_a_second_site_on_the_same_data(cli: Cli, tmp_path: Path, free_port: int) -> None:
    add_user(cli, "mia", "--data-dir", str(tmp_path / "site"))
    folder = tmp_path / "site" / "interactions"
    folder.mkdir()
    with (folder / "writer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ports = ("--port", str(free_port), "--rtmp-port", "0")
        result = cli(
            "serve", "--data-dir", str(tmp_path / "site"), *ports, LIVELORE_LOG_LEVEL="error"
        )
    assert result.status == 1
    assert result.line.startswith("Another process writes this log")


def test_an_unexpected_error_is_one_line_and_shows_more_on_request(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> object:
        raise RuntimeError("first\nsecond")

    monkeypatch.setattr("livelore.settings.load_with_sources", broken)
    result = cli("doctor")
    assert (result.status, result.line) == (
        1,
        "unexpected RuntimeError: first; LIVELORE_LOG_LEVEL=debug shows where",
    )
    assert "Traceback" in cli("doctor", LIVELORE_LOG_LEVEL="debug").err

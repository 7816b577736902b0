"""The command in this process: what it prints and how it ends, in a folder of its own."""

import io
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from livelore.cli.main import main
from tests import ports

PASSWORD = "a long enough passphrase"


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on stderr, without whose it is."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("livelore: "), self.err
        assert "Traceback" not in self.err + self.out
        return self.err.removeprefix("livelore: ").strip()


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


Cli = Callable[..., Result]


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cli]:
    """``cli("user", "add", "mia", stdin="…", LIVELORE_PORT="80")`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LIVELORE_")]:
        monkeypatch.delenv(name)

    def run(
        *arguments: str, stdin: str | bytes = "", is_terminal: bool = False, **environ: str
    ) -> Result:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            kind = _Terminal if is_terminal else io.TextIOWrapper
            patch.setattr("sys.stdin", kind(io.BytesIO(content), "utf-8"))
            status = main(list(arguments))
        out, err = capsys.readouterr()
        return Result(status, out, err)

    handlers = list(logging.root.handlers)
    yield run
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


def add_user(cli: Cli, name: str = "mia", *more: str) -> Result:
    result = cli("user", "add", name, *more, stdin=f"{PASSWORD}\n")
    assert result.status == 0, result.err
    return result


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def counts(file: Path) -> dict[str, int]:
    """Rows of every table."""
    names = rows(file, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {
        str(name): int(str(rows(file, f'SELECT count(*) FROM "{name}"')[0][0])) for (name,) in names
    }


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


NO_PORTS = {"LIVELORE_PORT": str(ports.free_port()), "LIVELORE_RTMP_PORT": "0"}
"""For commands that look at ports: not those of a site that happens to run on this machine."""

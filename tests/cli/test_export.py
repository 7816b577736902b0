"""Every table as a file; secrets stay behind."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from livelore.cli.export import PRIVATE, PRIVATE_COLUMNS
from livelore.database.dialects import make_read_engine, plain_url
from tests.cli.conftest import PASSWORD, Cli


@pytest.fixture
def site(cli: Cli, database_url: str) -> str:
    """A database with somebody who has logged in, of either kind."""
    result = cli(
        *("user", "add", "mia", "--role", "host", "--display-name", '米亚 "M", line\u2028'),
        stdin=f"{PASSWORD}\n",
        LIVELORE_DATABASE_URL=database_url,
    )
    assert result.status == 0, result.err
    return database_url


def test_every_table_is_there_but_for_those_of_secrets(cli: Cli, site: str, tmp_path: Path) -> None:
    result = cli("export", "out", LIVELORE_DATABASE_URL=site)
    assert (result.status, result.err) == (0, "")
    engine = make_read_engine(plain_url(site))
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    assert names >= PRIVATE
    assert {file.stem for file in (tmp_path / "out").iterdir()} == names - PRIVATE
    n_rows = sum(file.read_text().count("\n") for file in (tmp_path / "out").iterdir())
    assert f"Wrote {n_rows} rows of {len(names - PRIVATE)} tables to out" in result.out


def test_both_formats_say_the_same(cli: Cli, site: str, tmp_path: Path) -> None:
    for file_format in ("jsonl", "csv"):
        result = cli("export", file_format, "--format", file_format, LIVELORE_DATABASE_URL=site)
        assert result.status == 0, result.err
    for file in (tmp_path / "jsonl").iterdir():
        lines = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
        with (tmp_path / "csv" / f"{file.stem}.csv").open(encoding="utf-8", newline="") as opened:
            table = list(csv.DictReader(opened))
        plain = [{k: "" if v is None else str(v) for k, v in line.items()} for line in lines]
        assert plain == table, file.stem


def test_secrets_stay_behind(cli: Cli, site: str, tmp_path: Path) -> None:
    assert cli("export", "out", LIVELORE_DATABASE_URL=site).status == 0
    (line,) = (tmp_path / "out/app_user.jsonl").read_text().split("\n")[:-1]
    user = json.loads(line)
    assert (user["username"], user["role"]) == ("mia", "host")
    for file in (tmp_path / "out").iterdir():
        text = file.read_text()
        assert "argon2" not in text, file.name
        for name in PRIVATE_COLUMNS:
            assert f'"{name}"' not in text, file.name


def test_nothing_is_overwritten(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    result = cli("export", "out")
    assert (result.status, result.line) == (2, "out exists already: name another folder")


@pytest.mark.parametrize("command", ["backup", "export"])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_is_shown_on_a_terminal_alone(
    command: str, is_terminal: bool, cli: Cli, tmp_path: Path
) -> None:
    assert cli("user", "add", "mia", stdin=f"{PASSWORD}\n").status == 0
    master, terminal = os.openpty()
    process = subprocess.run(
        [sys.executable, "-m", "livelore.cli.main", command, "target"],
        cwd=tmp_path,
        env={**os.environ, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal if is_terminal else subprocess.PIPE,
        check=False,
    )
    os.close(terminal)
    shown = os.read(master, 1 << 16).decode() if is_terminal else process.stderr.decode()
    os.close(master)
    assert process.returncode == 0, shown
    assert ("%" in shown and "ing" in shown) if is_terminal else shown == ""
    assert "%" not in process.stdout.decode()

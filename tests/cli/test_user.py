"""`livelore user add`: roles, passwords, names that are taken."""

import asyncio
import getpass
from pathlib import Path

import pytest

from livelore.adapters.clock_system import SystemClock
from livelore.database.engine import Database
from livelore.trust.identity.service import IdentityService
from tests.cli.conftest import PASSWORD, Cli, add_user, rows


@pytest.mark.parametrize("role", ["viewer", "host", "moderator", "operator"])
def test_somebody_of_each_role(role: str, cli: Cli, tmp_path: Path) -> None:
    result = add_user(cli, "mia", "--role", role, "--display-name", "米亚")
    assert result.out == f"mia may log in as {role}.\n"
    found = rows(tmp_path / "data/livelore.db", "SELECT username, display_name, role FROM app_user")
    assert found == [("mia", "米亚", role)]


async def _logs_in(file: Path, name: str, password: str) -> str:
    database = Database.open(f"sqlite:///{file}")
    try:
        identity = IdentityService(database, SystemClock())
        return (await identity.log_in(name, password)).session.user.username
    finally:
        await database.close()


def test_they_can_log_in_with_what_was_piped(cli: Cli, tmp_path: Path) -> None:
    assert cli("user", "add", "mia", stdin=f"{PASSWORD}\r\nmore").status == 0
    assert asyncio.run(_logs_in(tmp_path / "data/livelore.db", "MIA", PASSWORD)) == "mia"


def test_on_a_terminal_the_password_is_asked_for_and_not_shown(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr(getpass, "getpass", ask)
    result = cli("user", "add", "mia", is_terminal=True)
    assert (result.status, asked) == (0, ["Password of mia: "])
    assert PASSWORD not in result.out + result.err


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("mia", "short", "A password has 8–128 characters"),
        ("mia", "", "A password has 8–128 characters"),
        ("mia", "x" * 129, "A password has 8–128 characters"),
        ("miamiamia", "miamiamia", "is not the name itself"),
        ("m", PASSWORD, "A name is 2–24 letters"),
        ("m" * 25, PASSWORD, "A name is 2–24 letters"),
        ("mi a", PASSWORD, "A name is 2–24 letters"),
    ],
)
def test_a_weak_password_or_an_odd_name(name: str, password: str, words: str, cli: Cli) -> None:
    result = cli("user", "add", name, stdin=f"{password}\n")
    assert result.status == 2
    assert words in result.line
    assert password not in result.line or password in {"", name}


def test_a_name_that_is_taken_in_whatever_case(cli: Cli, database_url: str) -> None:
    environ = {"LIVELORE_DATABASE_URL": database_url}
    assert cli("user", "add", "mia", stdin=f"{PASSWORD}\n", **environ).status == 0
    result = cli("user", "add", "Mia", stdin=f"{PASSWORD}\n", **environ)
    assert result.status == 2
    assert result.line.startswith("Somebody has this name already")


def test_a_password_that_is_no_text(cli: Cli) -> None:
    result = cli("user", "add", "mia", stdin=b"\xff\xfe\xfd long enough\n")
    assert (result.status, result.line) == (
        2,
        "standard input: a password in UTF-8 is expected there",
    )

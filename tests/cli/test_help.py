"""Every command explains itself, with an example that it takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from livelore import __version__
from livelore.cli.main import register_all
from tests.cli.conftest import Cli


def _commands(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name in app:
        if not name.startswith("-"):
            yield from _commands(app[name], (*path, name))


COMMANDS = list(_commands(register_all()))


def test_all_commands_are_found() -> None:
    names = {path[0] for path in COMMANDS if path}
    wanted = {"serve", "demo", "simulate", "bench", "doctor", "backup", "restore", "export", "user"}
    assert wanted <= names
    assert ("user", "add") in COMMANDS


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_ends_well_and_holds_an_example(command: tuple[str, ...], cli: Cli) -> None:
    result = cli(*command, "--help")
    assert (result.status, result.err) == (0, "")
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.out).split())
    assert f"Usage: livelore {' '.join(command)}".strip() in words
    assert "Example: " in words
    assert "livelore " in words.split("Example: ", 1)[1]


@pytest.mark.parametrize("command", [path for path in COMMANDS if path], ids=" ".join)
def test_the_example_is_taken_by_the_command(command: tuple[str, ...], cli: Cli) -> None:
    text = cli(*command, "--help").out
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())
    example = words.split("Example: ", 1)[1].split(" Usage", 1)[0]
    found = re.search(r"livelore (" + " ".join(command) + r"[^`|]*)", example)
    assert found, example
    function, bound, _ = register_all().parse_args(
        shlex.split(_only_the_command(found[1])), exit_on_error=False, print_error=False
    )
    assert callable(function)
    assert bound is not None


def _only_the_command(text: str) -> str:
    """Up to where the help goes on with its tables."""
    return re.split(r" (?:Commands|Parameters|Arguments) ", text)[0]


def test_the_version_is_told(cli: Cli) -> None:
    assert cli("--version").out.strip() == __version__


def test_without_a_command_the_help_is_shown(cli: Cli) -> None:
    result = cli()
    assert result.status == 0
    assert "Usage: livelore COMMAND" in result.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), 'Unknown command "nonsense"'),
        (("user", "nonsense"), "nonsense"),
        (("serve", "--prot", "80"), "Unknown option: --prot"),
        (("serve", "--port", "x"), 'unable to convert "x" into int'),
        (("serve", "--port"), "--port"),
        (("serve", "--port", "0"), "setting port: '0': from 1 to 65535 is possible; mend --port"),
        (("serve", "--rtmp-port", "70000"), "mend --rtmp-port"),
        (("demo", "--viewers", "501"), "501"),
        (("demo", "--viewers", "-1"), "-1"),
        (("backup",), "target"),
        (("restore",), "source"),
        (("export",), "target"),
        (("export", "out", "--format", "xml"), '"xml"'),
        (("simulate", "http://127.0.0.1:1"), "room-id"),
        (("simulate", "http://127.0.0.1:1", "r", "--seconds", "0"), "seconds"),
        (("user", "add", "mia", "--role", "king"), '"king"'),
        (("user", "add"), "NAME"),
        (("bench", "nonsense"), "nonsense"),
        (("doctor", "--mony"), "--mony"),
    ],
)
def test_wrong_options_are_one_line_and_2(
    arguments: tuple[str, ...], words: str, cli: Cli, tmp_path: Path
) -> None:
    result = cli(*arguments)
    assert result.status == 2
    assert words.lower() in result.line.lower()
    assert list(tmp_path.iterdir()) == []

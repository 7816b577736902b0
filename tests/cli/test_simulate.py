"""`livelore simulate`: what it is given is looked at before anybody is sent in."""

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_doctor import serving

TOKENS = '["token"]'


@pytest.mark.parametrize(
    "stdin", ["", "nonsense", "{}", "[]", "[1]", '"token"', '["a\\nb"]', "\xff"]
)
def test_no_tokens(stdin: str, cli: Cli) -> None:
    result = cli("simulate", "http://127.0.0.1:1", "room", stdin=stdin.encode("latin-1"))
    assert result.status == 2
    assert result.line == "standard input: a JSON list of bearer tokens is expected there"


def test_nobody_is_asked_to_type_tokens(cli: Cli) -> None:
    result = cli("simulate", "http://127.0.0.1:1", "room", stdin=TOKENS, is_terminal=True)
    assert result.status == 2
    assert "standard input" in result.line


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://h", "http://", "http://h:x", ""])
def test_no_address(url: str, cli: Cli) -> None:
    result = cli("simulate", url, "room", stdin=TOKENS)
    assert result.status == 2
    assert "is no address" in result.line


def test_no_site(cli: Cli) -> None:
    result = cli("simulate", "http://127.0.0.1:1", "room", stdin=TOKENS)
    assert (result.status, result.line) == (
        1,
        "http://127.0.0.1:1: Connection refused; start the site or mend the address",
    )


def test_a_site_of_another_kind(cli: Cli) -> None:
    with serving(b"<h1>It works!</h1>") as port:
        result = cli("simulate", f"http://127.0.0.1:{port}", "room", stdin=TOKENS)
    assert result.status == 1
    assert "the answer is not one of a Livelore" in result.line

"""Wrong settings: one line that says which, why and where to mend it, exit 2, nothing begun."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ENVIRON = [
    ("LIVELORE_PORT", "eighty", "setting port: 'eighty' is not of type int"),
    ("LIVELORE_PORT", "0", "from 1 to 65535"),
    ("LIVELORE_PLATFORM_PERCENT", "101", "from 0 to 100"),
    ("LIVELORE_HOLD_DAYS", "-1", "from 0 to 3650"),
    ("LIVELORE_LOG_LEVEL", "loud", "known are debug, info, warning and error"),
    ("LIVELORE_IS_PRODUCTION", "perhaps", "is not of type bool"),
    ("LIVELORE_DATABASE_URL", "mysql://h/d", "sqlite:///FILE or postgresql://HOST/NAME"),
    ("LIVELORE_DATABASE_URL", "livelore.db", "sqlite:///FILE or postgresql://HOST/NAME"),
    ("LIVELORE_BUS_URL", "kafka://h", "memory:// or nats://HOST"),
    ("LIVELORE_TIME_ZONE", "Mars/Olympus", "there is no such time zone"),
    ("LIVELORE_TIME_ZONE", "../etc/passwd", "there is no such time zone"),
    ("LIVELORE_PUBLIC_URL", "learn.example", "an address such as https://learn.example"),
    ("LIVELORE_CURRENCY", "yuan", "a code of three capitals"),
    ("LIVELORE_DATA_DIR", " ", "setting data_dir"),
]


@pytest.mark.parametrize(("name", "value", "words"), ENVIRON)
def test_a_wrong_variable(name: str, value: str, words: str, cli: Cli, tmp_path: Path) -> None:
    result = cli("serve", **{name: value})
    assert result.status == 2
    assert words in result.line
    assert result.line.endswith(f"mend {name} in the environment")
    assert list(tmp_path.iterdir()) == []


FILES = [
    ("port = 'eighty'", "setting port: 'eighty' is not of type int"),
    ("port = 80.5", "setting port: '80.5' is not of type int"),
    ("port = true", "setting port: 'True' is not of type int"),
    ("port = 0", "from 1 to 65535"),
    ("host = 5", "setting host: '5' is not of type str"),
    ("prot = 80", "setting prot: there is no such setting"),
    ("data_dir = 'elsewhere'", "setting data_dir"),
    ("is_production = 'perhaps'", "is not of type bool"),
    ("[port]\nx = 1", "setting port"),
]


@pytest.mark.parametrize(("content", "words"), FILES)
def test_a_wrong_line_of_the_file(content: str, words: str, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(content)
    result = cli("serve", "--data-dir", str(tmp_path))
    assert result.status == 2
    assert words in result.line
    assert result.line.endswith(f"mend it in {tmp_path / 'config.toml'}")


@pytest.mark.parametrize("content", [b"port = = 80", b"port = 80\n[", b"\xff\xfe"])
def test_a_file_that_is_no_toml(content: bytes, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    result = cli("serve", "--data-dir", str(tmp_path))
    assert result.status == 2
    assert f"{tmp_path / 'config.toml'} cannot be read: " in result.line


@pytest.mark.parametrize("command", ["serve", "demo", "doctor", "backup", "export", "restore"])
def test_every_command_that_reads_settings_says_so(command: str, cli: Cli) -> None:
    target = ["somewhere"] if command in {"backup", "export", "restore"} else []
    result = cli(command, *target, LIVELORE_PORT="eighty")
    assert result.status == 2
    assert "LIVELORE_PORT in the environment" in result.line


def test_a_secret_is_not_told(cli: Cli) -> None:
    result = cli("serve", LIVELORE_DATABASE_URL="mysql://root:hunter2@db/x")
    assert "hunter2" not in result.err
    assert "mysql://***@db/x" in result.line

"""Settings come from flags, environment and file, and a wrong one is named."""

import re
from pathlib import Path

import pytest

import livelore
from livelore.settings import SettingInvalid, documented, load


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("port = 1\nrtmp_port = 2\nhold_days = 3\n")
    settings = load(
        {"data_dir": tmp_path, "port": 10, "host": None},
        {"LIVELORE_PORT": "20", "LIVELORE_RTMP_PORT": "30"},
    )
    assert (settings.port, settings.rtmp_port, settings.hold_days) == (10, 30, 3)
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LIVELORE_PORT": "eighty"}, ["port", "the environment", "'eighty' is not of type int"]),
        ({"LIVELORE_IS_PRODUCTION": "perhaps"}, ["is_production", "'perhaps' is not of type bool"]),
    ],
)
def test_a_wrong_value_is_named(environ: dict[str, str], words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid) as caught:
        load({"data_dir": tmp_path}, environ)
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("prot = 80\n")
    with pytest.raises(SettingInvalid, match="prot"):
        load({"data_dir": tmp_path}, {})


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("port = = 80\n")
    with pytest.raises(SettingInvalid, match=r"config\.toml"):
        load({"data_dir": tmp_path}, {})


def test_every_setting_has_a_sentence() -> None:
    for entry in documented():
        assert entry.metadata["doc"].rstrip().endswith("."), entry.name


def test_every_setting_does_something() -> None:
    """Three once were documented and read by nothing."""
    package = Path(livelore.__file__).parent
    source = "".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    unread = [
        entry.name
        for entry in documented()
        if not re.search(rf"(settings|self)\.{entry.name}\b", source)
    ]
    assert unread == []

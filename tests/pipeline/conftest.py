"""Folders of the article's files, written as the article has them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli import conftest as commands
from tests.cli.conftest import Cli, Result
from tests.pipeline.made import Folder

cli = commands.cli
"""The fixture of the command, for this folder too."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder ``in`` beside which results may go."""
    return Folder(tmp_path / "in")


@pytest.fixture
def pipeline(cli: Cli, tmp_path: Path) -> Callable[..., Result]:
    """The command from ``in`` to ``out``."""

    def run(*more: str) -> Result:
        return cli("pipeline", str(tmp_path / "in"), "-o", str(tmp_path / "out"), *more)

    return run

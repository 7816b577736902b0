"""The server process: what it writes into its log."""

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from livelore.app.server import set_up_logs


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    handlers = list(logging.root.handlers)
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


def test_a_traceback_in_the_log_holds_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    """A failed log-in would otherwise write the password that was tried."""
    set_up_logs("info")

    def fails(password: str) -> None:
        raise RuntimeError(len(password))

    try:
        fails("hunter" + "2")
    except RuntimeError:
        structlog.get_logger("test").exception("request_failed", path="/x")
    said = capsys.readouterr().err
    assert "request_failed" in said
    assert "RuntimeError: 7" in said
    assert "in fails" in said
    assert "hunter2" not in said


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning")
    log = structlog.get_logger("test")
    log.info("quiet", value=1)
    log.warning("loud", value=1)
    assert sys.stderr is not None
    said = capsys.readouterr().err
    assert "quiet" not in said
    assert "loud" in said

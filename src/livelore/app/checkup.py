"""The check-up behind `livelore doctor`: one finding a line, each with how to mend it.

Nothing is changed: no folder is made, no migration run. What cannot be looked at is a finding too.
"""

import importlib.util
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from livelore import __version__
from livelore.app import build, make_bus
from livelore.app.checkup_database import DatabaseState, look_at
from livelore.app.checkup_ports import PortState, look_at_ports
from livelore.kit.errors import UnavailableError
from livelore.settings import PREFIX, Loaded, Settings, documented, shown, unknown_variables
from livelore.web.pages import STATIC

if TYPE_CHECKING:
    from livelore.ports.clock import Clock

PYTHON_LEAST = (3, 11)
FREE_BYTES_LEAST = 512 << 20
"""Below this a busy evening may fill the disk."""
CLOCK_SLACK_S = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found and, if it is bad, how to mend it."""

    topic: str
    words: str
    is_problem: bool = False


def _problem(topic: str, words: str) -> Finding:
    return Finding(topic, words, is_problem=True)


async def check_up(loaded: Loaded, *, money: bool) -> AsyncIterator[Finding]:
    """Look at everything that a site stands on, one thing after the other.

    Args:
        loaded: The settings and where they came from.
        money: Whether the books are counted again too.
    """
    settings = loaded.settings
    yield _python()
    for finding in [*_settings(loaded), *_folder(settings), _extras(settings)]:
        yield finding
    state = await look_at(settings)
    for finding in _database(state):
        yield finding
    yield _pages()
    for port in await look_at_ports(settings):
        yield _port(port)
    yield _clock(settings, state)
    yield await _bus(settings)
    if money:
        async for finding in _money(settings, state):
            yield finding


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < PYTHON_LEAST:
        return _problem("python", f"{version}: Livelore needs Python 3.11 or newer")
    return Finding("python", f"{version}, Livelore {__version__}")


def _settings(loaded: Loaded) -> Iterator[Finding]:
    for entry in documented():
        if source := loaded.sources.get(entry.name):
            value = shown(entry.name, getattr(loaded.settings, entry.name))
            yield Finding("setting", f"{entry.name} = {value}, from {source}")
    yield Finding("setting", f"{len(documented()) - len(loaded.sources)} others as they come")
    for name in unknown_variables():
        yield _problem("setting", f"{name} in the environment is no setting: mend its name")


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        yield _problem("folder", f"{nearest} is a file: name a folder by {PREFIX}DATA_DIR")
        return
    if why := _why_unwritable(nearest):
        yield _problem("folder", f"{nearest} cannot be written ({why}): mend its owner and rights")
        return
    free = shutil.disk_usage(nearest).free
    words = (
        f"{folder} can be written" if folder.exists() else f"{folder} is made at the first start"
    )
    if free < FREE_BYTES_LEAST:
        yield _problem("folder", f"{folder} has {free >> 20} MiB left: make room on its disk")
    else:
        yield Finding("folder", f"{words}, {free >> 20} MiB free")
    yield from _secret(folder / "secret.key")


def _why_unwritable(folder: Path) -> str:
    """Tried, not asked: rights, a full disk and a read-only mount look alike from here."""
    probe = folder / ".livelore-doctor"
    try:
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _secret(path: Path) -> Iterator[Finding]:
    if path.exists() and path.stat().st_mode & 0o077:
        yield _problem("folder", f"others may read {path}: run `chmod 600 {path}`")


def _extras(settings: Settings) -> Finding:
    wanted = {
        "psycopg": settings.effective_database_url.startswith("postgresql"),
        "nats": settings.bus_url.startswith("nats"),
    }
    there = {name: importlib.util.find_spec(name) is not None for name in wanted}
    missing = [name for name, is_wanted in wanted.items() if is_wanted and not there[name]]
    if missing:
        return _problem("extras", f"{missing[0]} is missing: `pip install 'livelore[scale]'`")
    told = ", ".join(f"{name} {'is' if found else 'not'} there" for name, found in there.items())
    return Finding("extras", f"{told}; ffmpeg and Node are not needed")


def _database(state: DatabaseState) -> Iterator[Finding]:
    if state.problem:
        yield _problem("database", state.problem)
        return
    yield Finding("database", state.words)


def _pages() -> Finding:
    if not (STATIC / "index.html").is_file():
        return _problem("pages", "not built: run `make build` in the checkout or install the wheel")
    return Finding("pages", f"built, in {STATIC}")


def _port(port: PortState) -> Finding:
    return Finding("port", port.words, is_problem=port.is_problem)


def _clock(settings: Settings, state: DatabaseState) -> Finding:
    from livelore.adapters.clock_system import SystemClock

    clock: Clock = SystemClock()
    now = clock.now()
    if state.newest_ms is not None:
        behind_s = state.newest_ms / 1000 - now.timestamp()
        if behind_s > CLOCK_SLACK_S:
            words = f"{_local(now, settings)} is {behind_s:.0f} s before what was stored last"
            return _problem("clock", f"{words}: set the clock, best by NTP")
    return Finding("clock", f"{_local(now, settings)} in {settings.time_zone}")


def _local(now: datetime, settings: Settings) -> str:
    return now.astimezone(ZoneInfo(settings.time_zone)).strftime("%Y-%m-%d %H:%M:%S")


async def _bus(settings: Settings) -> Finding:
    address = shown("bus_url", settings.bus_url)
    if settings.bus_url.startswith("memory"):
        return Finding("bus", "memory: events stay in the one process")
    try:
        bus = make_bus(settings)
        await bus.publish("doctor", b"{}")
        await bus.close()
    except ImportError:
        return _problem("bus", "nats is missing: `pip install 'livelore[scale]'`")
    except UnavailableError:
        return _problem("bus", f"{address} does not answer: start it or mend the setting bus_url")
    return Finding("bus", f"{address} answers")


async def _money(settings: Settings, state: DatabaseState) -> AsyncIterator[Finding]:
    if not state.is_current:
        if not state.problem:
            yield Finding("money", "no books to count yet")
        return
    platform = build(settings)
    try:
        findings = await platform.knowledge.ledger.nightly_check()
        for finding in findings:
            yield _problem("money", f"{finding}: stop payouts and look at the ledger")
        sums = await platform.knowledge.orders.wrong_sums()
        for name, due, booked in sums:
            yield _problem("money", f"{name} should be {due} and is {booked}: look at its orders")
        wrong = await platform.knowledge.orders.wrong_entitlements()
        for each in wrong:
            yield _problem("money", f"entitlement {each}: look at its order")
        if not (findings or sums or wrong):
            yield Finding("money", "every invariant of the ledger and every entitlement holds")
    finally:
        await platform.database.close()

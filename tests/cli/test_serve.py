"""`livelore serve` as a process: starts, says where, serves, ends well, starts again."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from livelore.database.engine import Database
from livelore.kit.websocket import CloseCode
from livelore.knowledge.ledger.service.statements import TrialLine, trial_balance
from tests.cli.conftest import counts
from tests.e2e.site import PaidClass, Site, hold_class, publishing, sign_up
from tests.socket_client import SocketClient

PATIENCE_S = 60


class Process:
    """`livelore serve` whose end is looked at."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str) -> str:
        """The first line that it prints."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "livelore.cli.main", "serve", *arguments),
            env=self.site.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self.process.stdout.readline()).decode().strip()

    async def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Status and what it said on stderr."""
        assert self.process is not None
        self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S):
            _, said = await self.process.communicate()
        return self.process.returncode or 0, said.decode()

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path, f"sqlite:///{tmp_path / 'site' / 'livelore.db'}")
    yield site
    for person in site.people:
        await person.http.aclose()


@pytest.fixture
async def served(site: Site) -> AsyncIterator[Process]:
    process = Process(site)
    yield process
    await process.kill()


async def test_it_says_where_it_is_and_answers(site: Site, served: Process) -> None:
    assert await served.start() == f"Livelore is ready: {site.url}"
    async with httpx.AsyncClient(base_url=site.url) as http:
        assert (await http.get("/healthz")).text == "ok"
        page = await http.get("/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert (await http.get("/api/v1/openapi.json")).status_code == 200
    assert await served.end() == (0, "")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_well_and_starts_again_on_its_data(
    how: signal.Signals, site: Site, served: Process
) -> None:
    await served.start()
    mia = await sign_up(site, "mia")
    assert await served.end(how) == (0, "")
    await served.start()
    assert (await mia.call("GET", "/me"))["user"]["id"] == mia.user_id
    assert await served.end(how) == (0, "")


async def test_options_win_over_the_environment(
    site: Site, served: Process, free_port: int, tmp_path: Path
) -> None:
    site.environ["LIVELORE_DATABASE_URL"] = ""
    line = await served.start("--port", str(free_port), "--data-dir", str(tmp_path / "other"))
    assert line == f"Livelore is ready: http://127.0.0.1:{free_port}"
    assert (tmp_path / "other" / "secret.key").is_file()
    assert await served.end() == (0, "")


async def test_it_ends_well_under_viewers_and_an_encoder(site: Site, served: Process) -> None:
    """HTTP-FLV, a room's socket and RTMP are all open when it is told to end."""
    await served.start()
    paid = await hold_class(site)
    async with publishing(site, paid.stream_key), httpx.AsyncClient(timeout=PATIENCE_S) as http:
        await paid.wait_on_air()
        playback = await paid.host.call("GET", f"/rooms/{paid.room_id}/playback")
        room = f"/api/v1/rooms/{paid.room_id}/ws"
        socket = await SocketClient.connect(site.port, room, paid.host.header)
        await socket.until_type("hello")
        async with http.stream("GET", f"{site.url}{playback['flv']}") as flv:
            pieces = flv.aiter_bytes()
            assert (await anext(pieces))[:3] == b"FLV"
            ending = asyncio.create_task(served.end())
            async for _ in pieces:
                pass  # it ends as a whole answer does: httpx would tell of one that is cut off
        assert await socket.closed() == CloseCode.SERVICE_RESTART
        assert await ending == (0, "")


async def test_backup_and_restore_of_a_site_that_runs(site: Site, tmp_path: Path) -> None:
    """What was paid before the backup began is in it, to the coin; sales go on meanwhile."""
    await site.start()
    try:
        paid = await hold_class(site)
        viewer = await sign_up(site, "qin")
        order = await paid.order_ticket(viewer)
        selling = asyncio.create_task(_sell(paid, 3))
        status, said = await site.command("backup", str(tmp_path / "b.db"))
        assert (status, said) == (0, f"Backed up to {tmp_path / 'b.db'}\n")
        await selling
    finally:
        await site.close()
    new = {"LIVELORE_DATABASE_URL": "", "LIVELORE_DATA_DIR": str(tmp_path / "new")}
    site.environ.update(new)
    status, said = await site.command("restore", str(tmp_path / "b.db"))
    assert status == 0, said
    restored = tmp_path / "new" / "livelore.db"
    assert counts(restored) == counts(tmp_path / "b.db")
    balance = await _trial_balance(restored)
    assert balance == await _trial_balance(tmp_path / "b.db")
    assert sum(line.balance_minor * _sign(line) for line in balance) == 0
    with closing(sqlite3.connect(restored)) as connection:
        found = connection.execute('SELECT state FROM "order" WHERE id = ?', (order["id"],))
        assert found.fetchall() == [("paid",)]
    status, said = await site.command("doctor", "--money")
    assert (status, said.splitlines()[-1]) == (0, "All is well."), said


async def _sell(paid: PaidClass, n: int) -> None:
    for number in range(n):
        await paid.order_ticket(await sign_up(paid.site, f"buyer{number}"))


def _sign(line: TrialLine) -> int:
    return 1 if line.side == "D" else -1


async def _trial_balance(file: Path) -> list[TrialLine]:
    database = Database.open(f"sqlite:///{file}")
    try:
        return await database.read(trial_balance)
    finally:
        await database.close()


async def test_doctor_knows_a_site_that_runs(site: Site, served: Process) -> None:
    await served.start()
    status, said = await site.command("doctor")
    assert status == 0, said
    assert f"{site.port} of 127.0.0.1 is held by a Livelore that runs" in said
    assert f"{site.rtmp_port} of 127.0.0.1 is held by a Livelore that runs" in said
    assert await served.end() == (0, "")


async def test_a_second_one_on_its_ports_is_told_so(site: Site, served: Process) -> None:
    await served.start()
    status, said = await site.command("serve")
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith(f"livelore: port {site.port} of 127.0.0.1: Address already in use")
    assert await served.end() == (0, "")


async def test_simulated_viewers_of_a_room_that_is_not_there(site: Site) -> None:
    await site.start()
    try:
        mia = await sign_up(site, "mia")
        for token, words in ((mia.token, "there is no room nil"), ("x", "log in again")):
            status, said = await site.command("simulate", site.url, "nil", stdin=f'["{token}"]')
            assert status == 2
            assert words in said
            assert said.count("\n") == 1
    finally:
        await site.close()

"""`livelore doctor`: checks of the set-up and of the books."""

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from livelore.cli.serve import DataDir, Host, Port, RtmpPort

if TYPE_CHECKING:
    from livelore.settings import Loaded


def doctor(
    *,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    rtmp_port: RtmpPort = None,
    money: Annotated[bool, Parameter(help="Count the books again.")] = False,
) -> int:
    """Check what a site stands on, one line each, and how to mend it; changes nothing.

    Python, settings, data folder, packages, database, pages, ports, clock and bus; with --money
    every invariant of the ledger too. Exit 1 when there is a problem.

    Example: `livelore doctor --money`
    """
    import asyncio

    from livelore.app.server import set_up_logs
    from livelore.settings import load_with_sources

    set_up_logs("error")
    flags = {"data_dir": data_dir, "host": host, "port": port, "rtmp_port": rtmp_port}
    n_problems = asyncio.run(_print(load_with_sources(flags), money=money))
    if n_problems:
        sys.stdout.flush()
        sys.stderr.write(f"livelore: {n_problems} to mend, see the lines above\n")
        return 1
    print("All is well.")
    return 0


async def _print(loaded: "Loaded", *, money: bool) -> int:
    from livelore.app.checkup import check_up

    n_problems = 0
    async for finding in check_up(loaded, money=money):
        n_problems += finding.is_problem
        mark = "problem" if finding.is_problem else "ok"
        print(f"{mark:8}{finding.topic:9} {finding.words}", flush=True)
    return n_problems


def register(app: App) -> None:
    """Add the command."""
    app.command(doctor)

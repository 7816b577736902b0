"""`livelore doctor`: checks of the set-up and of the books."""

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from livelore.cli.serve import DataDir

if TYPE_CHECKING:
    from livelore.settings import Settings


def doctor(
    *,
    data_dir: DataDir = None,
    money: Annotated[bool, Parameter(help="Count the books again.")] = False,
) -> int:
    """Check settings, database and pages; with --money every invariant of the ledger.

    Example: `livelore doctor --money`
    """
    import asyncio

    from livelore.app.server import set_up_logs
    from livelore.settings import load

    set_up_logs("warning")
    settings = load({"data_dir": data_dir})
    problems = asyncio.run(_check(settings, money=money))
    for problem in problems:
        sys.stderr.write(f"livelore: {problem}\n")
    if not problems:
        print("All is well.")
    return 1 if problems else 0


async def _check(settings: "Settings", *, money: bool) -> list[str]:
    from livelore.app import build
    from livelore.web.pages import STATIC

    problems: list[str] = []
    if not (STATIC / "index.html").is_file():
        problems.append("the pages are not built: run `make build` or install the wheel")
    platform = build(settings)
    try:
        if money:
            findings = await platform.knowledge.ledger.nightly_check()
            problems += [f"money: {finding}" for finding in findings]
            sums = await platform.knowledge.orders.wrong_sums()
            problems += [
                f"money: {name} should be {due} and is {booked}" for name, due, booked in sums
            ]
            wrong = await platform.knowledge.orders.wrong_entitlements()
            problems += [f"entitlements: {each}" for each in wrong]
    finally:
        await platform.database.close()
    return problems


def register(app: App) -> None:
    """Add the command."""
    app.command(doctor)

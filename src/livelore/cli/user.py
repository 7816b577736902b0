"""`livelore user`: the people that a site must have before anybody can sign up to help."""

import getpass
import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from livelore.cli.errors import InputWrong
from livelore.cli.serve import DataDir

user = App(name="user", help="The site's own people. Example: `livelore user add mia`")

Role = Annotated[
    Literal["viewer", "host", "moderator", "operator"], Parameter(help="What they may do.")
]
DisplayName = Annotated[str | None, Parameter(help="Shown to others; default: the name.")]


@user.command
def add(
    name: Annotated[str, Parameter(help="To log in with: 2 to 24 letters, digits, `_`, `.`, `-`.")],
    /,
    *,
    role: Role = "operator",
    display_name: DisplayName = None,
    data_dir: DataDir = None,
) -> None:
    """Add somebody; the password is asked for, or read as one line from a pipe.

    Example: `livelore user add mia --role operator`
    """
    import asyncio

    from livelore.app.server import set_up_logs
    from livelore.settings import load

    set_up_logs("warning")
    settings = load({"data_dir": data_dir})
    password = _password(name)

    async def work() -> None:
        from livelore.app import build
        from livelore.trust.identity.service import NewUser

        platform = build(settings)
        try:
            new = NewUser(name, password, display_name=display_name)
            await platform.identity.add_user(new, role)
        finally:
            await platform.database.close()

    asyncio.run(work())
    print(f"{name} may log in as {role}.")


def _password(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {name}: ")
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputWrong("standard input: a password in UTF-8 is expected there") from None


def register(app: App) -> None:
    """Add the command."""
    app.command(user)

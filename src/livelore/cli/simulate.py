"""`livelore simulate`: viewers over real sockets and HTTP, for a site that runs."""

import json
import sys
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import App, Parameter, validators

from livelore.cli.errors import CommandFailed, InputWrong

Seconds = Annotated[
    float | None,
    Parameter(help="How long; without end if not given.", validator=validators.Number(gt=0)),
]


def simulate(
    url: Annotated[str, Parameter(help="Address of the site.")],
    room_id: Annotated[str, Parameter(help="Room that they enter.")],
    *,
    seed: Annotated[int, Parameter(help="The same seed gives the same audience.")] = 7,
    seconds: Seconds = None,
) -> None:
    """Simulate viewers whose bearer tokens are read from standard input, a JSON list.

    Each stands for one viewer: they buy what the room sells, enter, talk, give, leave, come back.

    Example: `echo '["TOKEN"]' | livelore simulate http://127.0.0.1:8080 ROOM_ID`
    """
    import asyncio
    import random  # noqa: TID251  # seeded and handed in

    from livelore.demo.audience import Audience

    _check_address(url)
    tokens = _tokens()
    audience = Audience(url.rstrip("/"), room_id, random.Random(seed))  # noqa: S311

    async def work() -> None:
        await _check_site(url.rstrip("/"), room_id, tokens[0])
        await audience.run(tokens, seconds)

    asyncio.run(work())


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise InputWrong(f"{url} is no address: give one such as http://127.0.0.1:8080")


def _tokens() -> list[str]:
    """What stands on standard input.

    Raises:
        InputWrong: It is not a list of bearer tokens.
    """
    try:
        tokens = None if sys.stdin.isatty() else json.load(sys.stdin)
    except ValueError:
        tokens = None
    if not (isinstance(tokens, list) and tokens and all(map(_is_token, tokens))):
        raise InputWrong("standard input: a JSON list of bearer tokens is expected there")
    return tokens


def _is_token(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


async def _check_site(url: str, room_id: str, token: str) -> None:
    from livelore.demo.client import Client, Refused

    client = Client(url, token)
    try:
        await client.call("GET", f"/rooms/{room_id}")
    except Refused as refused:
        what = {
            "identity.not_logged_in": "the first token proves nothing: log in again",
            "rooms.not_found": f"there is no room {room_id}: look at the address of its page",
        }
        raise InputWrong(f"{url}: {what.get(str(refused), str(refused))}") from None
    except OSError as error:
        why = error.strerror or error
        raise CommandFailed(f"{url}: {why}; start the site or mend the address") from None


def register(app: App) -> None:
    """Add the command."""
    app.command(simulate)

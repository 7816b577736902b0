"""`livelore simulate`: viewers over real sockets and HTTP, for a site that runs."""

import json
import sys
from typing import Annotated

from cyclopts import App, Parameter


def simulate(
    url: Annotated[str, Parameter(help="Address of the site.")],
    room_id: Annotated[str, Parameter(help="Room that they enter.")],
    *,
    seed: Annotated[int, Parameter(help="The same seed gives the same audience.")] = 7,
    seconds: Annotated[float | None, Parameter(help="How long; without end if not given.")] = None,
) -> None:
    """Simulate viewers whose bearer tokens are read from standard input, a JSON list.

    Example: `echo '["TOKEN"]' | livelore simulate http://127.0.0.1:8080 ROOM_ID`
    """
    import asyncio
    import random  # noqa: TID251  # seeded and handed in

    from livelore.demo.audience import Audience
    from livelore.kit.errors import BadRequestError

    try:
        tokens = json.load(sys.stdin)
    except json.JSONDecodeError:
        tokens = None
    if not isinstance(tokens, list) or not all(isinstance(each, str) for each in tokens):
        raise BadRequestError(stdin="a JSON list of bearer tokens is expected")
    audience = Audience(url.rstrip("/"), room_id, random.Random(seed))  # noqa: S311
    asyncio.run(audience.run(tokens, seconds))


def register(app: App) -> None:
    """Add the command."""
    app.command(simulate)

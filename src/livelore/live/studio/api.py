"""Routes of the studio."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from livelore.live.studio.schemas import StudioOut
from livelore.live.studio.service import StudioService
from livelore.web.caller import Caller


@get("/rooms/{room_id:str}/studio")
async def show_numbers(
    room_id: FromPath[str],
    caller: NamedDependency[Caller],
    studio: NamedDependency[StudioService],
) -> StudioOut:
    """The host's numbers (host, moderators, operators)."""
    return StudioOut.of(await studio.numbers(caller, room_id))


routes: list[Any] = [show_numbers]

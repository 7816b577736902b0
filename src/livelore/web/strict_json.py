"""Bodies are read to the letter: ``1.0``, ``"1"`` and a key twice are not what was asked for.

The framework converts bodies laxly, so that ``"1"`` would pass for 1. For money that is a hole
(MONEY section 1: JSON integers alone), and no client gains by it elsewhere. So the raw bytes of
every JSON body are decoded once more, strictly, before any handler runs.
"""

import json
from typing import Any

import msgspec
from litestar import Request

from livelore.kit.errors import BadRequestError

CHECKED_BYTES_MAX = 64 * 1024
"""Longer bodies (batches of behaviour) are not searched for a key twice."""


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON values
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequestError(detail="A key stands twice in one object.")
    return found


async def check_body(request: Request[Any, Any, Any]) -> None:
    """Refuse a JSON body that only a lax reading would take; a ``before_request`` hook.

    Raises:
        BadRequestError: It has not exactly the shape that the route takes.
    """
    wanted = request.route_handler.parsed_fn_signature.parameters.get("data")
    if wanted is None:
        return
    body = await request.body()
    try:
        msgspec.json.decode(body, type=wanted.annotation, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequestError(detail=str(error)) from error
    if len(body) <= CHECKED_BYTES_MAX:
        json.loads(body, object_pairs_hook=_no_key_twice)

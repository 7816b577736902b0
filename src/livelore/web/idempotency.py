"""Keys of writes that move money, and the fingerprint of what they ask (MONEY section 5)."""

import hashlib
import re
from typing import Annotated, Any

import msgspec
from litestar.params import HeaderParameter

from livelore.web.errors import IdempotencyKeyInvalid, IdempotencyKeyMissing

_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")


def check_key(key: str | None) -> str:
    """The key itself, if it is one.

    Raises:
        IdempotencyKeyMissing: There is none.
        IdempotencyKeyInvalid: Not 16–128 of ``[A-Za-z0-9_-]``.
    """
    if not key:
        raise IdempotencyKeyMissing
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyInvalid
    return key


def idempotency_key(
    key: Annotated[
        str | None,
        HeaderParameter(name="Idempotency-Key", description="Required: 16–128 of A–Z a–z 0–9 _ -"),
    ] = None,
) -> str:
    """The request's ``Idempotency-Key``; a dependency named ``idempotency_key``.

    Raises:
        IdempotencyKeyMissing: There is none.
        IdempotencyKeyInvalid: Not 16–128 of ``[A-Za-z0-9_-]``.
    """
    return check_key(key)


def fingerprint(method: str, route: str, path_ids: tuple[str, ...], body: Any) -> str:
    """What a key stands for: SHA-256 over method, route template, path ids and parsed body.

    Args:
        method: ``POST`` …
        route: The template, such as ``/rooms/{room_id}/gifts``; not the path.
        path_ids: The values in it, in order.
        body: The parsed body (a msgspec Struct or plain data); member order does not matter.

    Returns:
        64 hexadecimal digits.
    """
    canonical = msgspec.json.encode([method, route, path_ids, body], order="deterministic")
    return hashlib.sha256(canonical).hexdigest()

"""Public identifiers that sort by time."""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(now_ms: int) -> str:
    """A fresh identifier: 48 bits of time, 80 bits of chance, 26 characters.

    Args:
        now_ms: Milliseconds since 1970, UTC.

    Returns:
        Lower-case Crockford base 32; later ids sort after earlier ones.

    Source: ULID, https://github.com/ulid/spec.
    """
    number = (now_ms & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))


def new_secret(n_bytes: int = 32) -> str:
    """A secret of ``n_bytes`` random bytes, URL-safe text."""
    return secrets.token_urlsafe(n_bytes)

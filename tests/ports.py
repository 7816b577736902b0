"""Ports for servers that are started by number."""

import secrets
import socket

LISTENING = range(10_000, 30_000)
"""Below those that outgoing connections take: none of these is gone before its server binds it."""


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    for _ in range(100):
        port = secrets.choice(LISTENING)
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise AssertionError("a hundred ports are taken")

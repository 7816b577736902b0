"""A small HTTP client for simulated viewers: JSON in and out, one connection a call."""

import asyncio
import http.client
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 15


class Refused(Exception):
    """The site said no; the text is the problem's code."""


class NotASite(OSError):
    """Something answers, and it is no Livelore."""


class Client:
    """One viewer's way to the API.

    Args:
        url: Of the site.
        token: Bearer token.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._is_tls = parts.scheme == "https"
        self._token = token

    async def call(self, method: str, path: str, body: Any = None, *, keyed: bool = False) -> Any:
        """One request; Any: JSON of whatever shape.

        Raises:
            Refused: The answer is a problem.
            OSError: There is no answer, or none of a Livelore.
        """
        return await asyncio.to_thread(self._call, method, path, body, keyed)

    def _call(self, method: str, path: str, body: Any, keyed: bool) -> Any:
        kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if keyed:
            headers["Idempotency-Key"] = secrets.token_hex(16)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"/api/v1{path}", content, headers)
            answer = connection.getresponse()
            return _read(answer.status, answer.read())
        except http.client.HTTPException as error:
            raise NotASite(f"no answer in HTTP ({type(error).__name__})") from error
        finally:
            connection.close()


def _read(status: int, content: bytes) -> Any:
    try:
        read: Any = json.loads(content) if content else None
        if status >= 400:
            raise Refused(str(read["code"]))
    except (ValueError, KeyError, TypeError) as error:
        raise NotASite("the answer is not one of a Livelore") from error
    return read

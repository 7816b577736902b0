"""An endpoint that speaks OpenAI's chat completions: a server of one's own, or a service."""

import http.client
import json
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from livelore.intelligence.assist.errors import OptionInvalid, WriterDown
from livelore.intelligence.assist.writers.deadline import Deadline, in_seconds
from livelore.intelligence.assist.writers.writer import Message

BYTES_MAX = 1_000_000
"""Of an answer; what sends more is not read on."""
PIECE = 65_536
_URL = "http://HOST/v1 or https://HOST/v1"


@dataclass(frozen=True)
class Endpoint:
    """Chat completions over HTTP, one request an answer, without streaming.

    Args:
        url: Base, as ``http://127.0.0.1:8000/v1``.
        model: Its name there.
        key: Sent as a bearer token; never printed.
        temperature: 0: the likeliest words.

    Raises:
        OptionInvalid: The URL is none, or is not http or https; or a key would go over plain http
            to another machine; or the key has a line break or letters outside of ASCII.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    temperature: float = 0.0

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError as error:  # no port, or a bracket that is not closed
            raise OptionInvalid(option="url", detail=_URL) from error
        if not is_url:
            raise OptionInvalid(option="url", detail=_URL)
        if not (self.key.isascii() and self.key.isprintable()):
            raise OptionInvalid(option="key", detail="it has what no header may have")
        is_near = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if self.key and parts.scheme == "http" and not is_near:
            raise OptionInvalid(option="url", detail="a key goes to another machine by https only")

    @property
    def name(self) -> str:
        """Model and host."""
        return f"{self.model} ({urlsplit(self.url).hostname})"

    def write(self, messages: Sequence[Message], tokens_max: int, seconds: float) -> str:
        """See `Writer.write`."""
        body = {
            "model": self.model,
            "messages": [{"role": each.role, "content": each.text} for each in messages],
            "max_tokens": tokens_max,
            "temperature": self.temperature,
            "stream": False,
        }
        try:
            status, data = self._post(json.dumps(body).encode(), in_seconds(seconds))
        except (OSError, http.client.HTTPException) as error:
            raise WriterDown(model=self.name, detail=_words(error)) from error
        if status != http.HTTPStatus.OK:
            raise WriterDown(model=self.name, detail=f"HTTP {status}")
        return _answer(data, self.name)

    def _post(self, body: bytes, deadline: Deadline) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        left = deadline.left
        host = parts.hostname or ""
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                host, parts.port, timeout=left, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=left)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            path = parts.path.rstrip("/") + "/chat/completions"
            connection.request("POST", path, body, headers)
            sock = connection.sock  # the response takes it over where the server will close
            _wait(sock, deadline)
            with connection.getresponse() as response:
                return response.status, _read(response, sock, deadline)
        finally:
            connection.close()


def _wait(sock: socket.socket, deadline: Deadline) -> None:
    """One moment for all reads: a server that sends a byte a second does not hold us."""
    sock.settimeout(deadline.left)


def _read(response: http.client.HTTPResponse, sock: socket.socket, deadline: Deadline) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > BYTES_MAX:
            raise OSError(f"more than {BYTES_MAX} bytes")
        _wait(sock, deadline)
    return b"".join(pieces)


def _answer(data: bytes, name: str) -> str:
    try:
        found: Any = json.loads(data)
        text = found["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise WriterDown(model=name, detail="its answer is no chat completion") from error
    if not isinstance(text, str) or not text.strip():
        raise WriterDown(model=name, detail="it answered nothing")
    return text


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__

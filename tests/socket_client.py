"""A WebSocket client for tests: honest by default, able to misbehave."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from livelore.kit.websocket import (
    CloseCode,
    FrameReader,
    Message,
    Opcode,
    accept_key,
    decode_close,
    encode_close,
    encode_frame,
)

MASK = b"\x01\x02\x03\x04"
WAIT_S = 10.0


class Refused(Exception):
    """The upgrade was answered with something else than 101."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem


class Closed(Exception):
    """The server closed; ``code`` is None when it just hung up."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code


class SocketClient:
    """One connection; ``received`` holds every room message that has come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames = FrameReader(1 << 24, is_server=False, may_deflate=True)
        self.n_bytes = 0
        self._queue: list[Message] = []
        self.received: list[dict[str, Any]] = []
        self.n_frames = 0

    @classmethod
    async def connect(
        cls, port: int, path: str, headers: dict[str, str] | None = None
    ) -> "SocketClient":
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
            **(headers or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        try:
            async with asyncio.timeout(WAIT_S):
                answer = await _upgraded(reader)
        except BaseException:
            writer.close()
            raise
        assert accept_key(lines["Sec-WebSocket-Key"]) in answer
        return cls(reader, writer)

    def send_raw(self, data: bytes) -> None:
        self.writer.write(data)

    def send_text(self, text: str) -> None:
        self.send_raw(encode_frame(Opcode.TEXT, text.encode(), mask=MASK))

    def send(self, message: dict[str, Any]) -> None:
        self.send_text(json.dumps(message, ensure_ascii=False))

    def say(self, text: str, client_id: str | None = None, **more: Any) -> None:
        self.send({"type": "danmaku", "text": text, "client_id": client_id, **more})

    async def frame(self) -> Message:
        """The next frame of any kind."""
        async with asyncio.timeout(WAIT_S):
            while not self._queue:
                try:
                    data = await self.reader.read(1 << 16)
                except ConnectionError:
                    data = b""
                if not data:
                    self.drop()
                    raise Closed(None)
                self.n_bytes += len(data)
                self._queue = self._frames.feed(data)
        return self._queue.pop(0)

    async def messages(self) -> list[Any]:
        """The messages of the next text frame."""
        while True:
            frame = await self.frame()
            if frame.opcode is Opcode.CLOSE:
                self.drop()
                raise Closed(*decode_close(frame.data))
            if frame.opcode is Opcode.PING:
                self.send_raw(encode_frame(Opcode.PONG, frame.data, mask=MASK))
            elif frame.opcode is Opcode.TEXT:
                found: list[Any] = json.loads(frame.data)
                self.n_frames += 1
                self.received += found
                return found

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read on until a message that is wanted has come, and give it."""
        seen = 0
        while True:
            for message in self.received[seen:]:
                if wanted(message):
                    return message
            seen = len(self.received)
            await self.messages()

    async def until_type(self, kind: str) -> dict[str, Any]:
        return await self.until(lambda message: message["type"] == kind)

    async def until_text(self, text: str) -> dict[str, Any]:
        return await self.until(lambda message: message.get("text") == text)

    async def closed(self) -> int | None:
        """Read until the server closes; the code."""
        try:
            while True:
                await self.messages()
        except Closed as end:
            self.drop()
            return end.code

    async def close(self) -> None:
        self.send_raw(encode_close(CloseCode.NORMAL, mask=MASK))
        self.writer.close()

    def drop(self) -> None:
        """Vanish without a word."""
        self.writer.transport.abort()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so that tells nobody when it becomes so."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(app: Any, ws: type[asyncio.Protocol]) -> AsyncGenerator[int]:
    """A real uvicorn in this loop; gives its port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, ws=ws, lifespan="off", log_config=None, loop="none"
    )
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]  # the test runner's own
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        server.should_exit = True
        async with asyncio.timeout(WAIT_S):
            await task


async def _upgraded(reader: asyncio.StreamReader) -> str:
    """The head of the answer, if it is 101."""
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    status = int(answer.split(" ")[1])
    if status != 101:
        raise Refused(status, json.loads(await reader.read() or b"{}"))
    return answer


def _no_signals() -> Any:
    from contextlib import nullcontext

    return nullcontext()

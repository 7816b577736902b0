"""Coming back to a crowded room: nothing lost, nothing twice; and what a new arrival costs.

The crowd of bench_room.py talks. Meanwhile some viewers cut their connection at chance moments,
without a word, and come back with ``?after=`` their last number, at once or seconds later; at the
end each must have every number between their first and the last, once. Others come in for the first
time; from their connect to the whole snapshot counts. Who stayed away past what the server keeps is
told so by ``gap``, and goes on from a new snapshot.
"""

import asyncio
import contextlib
import json
import random
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.bench_room import (
    PATH,
    Client,
    compile_clients,
    line_of,
    raise_file_limit,
    room_server,
    tell,
)
from benchmarks.common import at_share, goal, middle, say

QUICK: dict[str, Any] = {"viewers": 60, "rate": 40, "seconds": 2, "resumers": 4, "joiners": 2}
STAY_S, AWAY_S, LONG_AWAY_S = (0.3, 2.0), (0.0, 1.5), 7.0
LONG_SHARE = 0.05
"""Of the absences, which last long enough at the full rate for the server to have forgotten."""
CONNECT_S = 30.0


def run(
    *,
    viewers: int = 5000,
    rate: int = 200,
    seconds: int = 20,
    resumers: int = 100,
    joiners: int = 20,
    seed: int = 7,
) -> dict[str, Any]:
    """Measure resuming and joining.

    Args:
        viewers: Sockets of the crowd.
        rate: Danmaku a second.
        seconds: How long they are sent.
        resumers: Viewers who lose their connection again and again.
        joiners: Viewers who keep arriving anew.
        seed: Of the moments.
    """
    raise_file_limit()
    with tempfile.TemporaryDirectory() as folder:
        client = compile_clients(Path(folder))
        room = _Room(client, viewers, rate, seconds)
        say(f"resume: {resumers} come and go among {viewers} viewers at {rate}/s for {seconds} s")
        found = asyncio.run(room.measure(resumers, joiners, random.Random(seed)))
    totals = found["resuming"]
    return {
        **found,
        "goals": [
            goal("numbers lost over resumes", totals["lost"], 0.0),
            goal("numbers doubled over resumes", totals["doubled"], 0.0),
            goal("resumes", totals["resumes"], None),
            goal("numbers left out by a room that said so", totals["sampled"], None),
            goal("resume, connect to all that was missed, 99th", totals["p99_ms"], None, "ms"),
            goal("join, connect to snapshot, 99th", found["joining"]["p99_ms"], None, "ms"),
            goal("snapshot of a newcomer", found["joining"]["snapshot_bytes"], None, "bytes"),
        ],
        "wrong": _wrong(found),
    }


def _wrong(found: dict[str, Any]) -> list[str]:
    resuming, crowd = found["resuming"], found["crowd"]
    lines = [f"{resuming[what]} {what}" for what in ("lost", "doubled", "behind") if resuming[what]]
    counted = ("missing", "wrong", "gaps", "errors", "closed", "snapshots")
    return lines + [f"crowd: {crowd[what]} {what}" for what in counted if crowd[what]]


@dataclass
class _Seen:
    """What one viewer has, over all their connections."""

    last: int = 0
    lost: int = 0
    doubled: int = 0
    sampled: int = 0
    told_gaps: int = 0
    missed_by_gap: int = 0
    taken_ms: list[float] = field(default_factory=list)
    first_bytes: list[int] = field(default_factory=list)

    def take(self, messages: list[dict[str, Any]]) -> None:
        """A frame; what an overloaded room leaves out, and says so, is not lost."""
        is_sampled = any(message.get("code") == "chat.sampled" for message in messages)
        for message in messages:
            kind, seq = message["type"], int(message["seq"])
            if kind in {"presence", "error", "pong"}:
                continue
            if kind == "hello":
                self._greeted(seq, is_gap=bool(message["gap"]))
            elif message.get("code") == "chat.sampled":
                self._went_on(seq, is_sampled=True)
            elif seq <= self.last:
                self.doubled += 1
            else:
                self._went_on(seq - 1, is_sampled=is_sampled)
                self.last = seq

    def _went_on(self, before: int, *, is_sampled: bool) -> None:
        """Everything up to ``before`` should have been here."""
        n_absent = max(0, before - self.last)
        if is_sampled:
            self.sampled += n_absent
        else:
            self.lost += n_absent
        self.last = max(self.last, before)

    def _greeted(self, seq: int, *, is_gap: bool) -> None:
        """A snapshot: the first, or one that says that something was missed."""
        if self.last and is_gap:
            self.told_gaps += 1
            self.missed_by_gap += max(0, seq - self.last)
            self.last = max(self.last, seq)
        elif not self.last:
            self.last = seq


class _Room:
    """A server, its crowd, and those who come and go.

    Args:
        client: Compiled programs.
        viewers: Of the crowd.
        rate: Danmaku a second.
        seconds: How long.
    """

    def __init__(self, client: Client, viewers: int, rate: int, seconds: int) -> None:
        self._client = client
        self._load = (viewers, min(400, viewers), rate, seconds, 0)
        self._url = ""
        self._is_over = asyncio.Event()

    async def measure(self, resumers: int, joiners: int, rng: random.Random) -> dict[str, Any]:
        """Everything, while the crowd talks."""
        with tempfile.TemporaryDirectory() as folder, room_server("room", folder) as (_, port):
            self._url = f"ws://127.0.0.1:{port}{PATH}"
            arguments = [port, PATH, *self._load]
            crowd = self._crowd(arguments)
            try:
                await asyncio.to_thread(line_of, crowd)
                return await self._beside(crowd, resumers, joiners, rng)
            finally:
                crowd.kill()
                crowd.communicate()

    def _crowd(self, arguments: list[Any]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self._client.program, *map(str, arguments), "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def _beside(
        self, crowd: "subprocess.Popen[str]", resumers: int, joiners: int, rng: random.Random
    ) -> dict[str, Any]:
        chances = [random.Random(rng.random()) for _ in range(resumers + joiners)]
        coming = [asyncio.create_task(self._resume(n, chances[n])) for n in range(resumers)]
        joining = [
            asyncio.create_task(self._join(n, chances[resumers + n])) for n in range(joiners)
        ]
        tell(crowd)
        result: dict[str, Any] = json.loads(await asyncio.to_thread(line_of, crowd))
        self._is_over.set()
        joins = [taken for task in joining for taken in await task]
        seen = [await task for task in coming]
        final = _Seen()
        async with self._open("z", None) as socket:
            final.take(json.loads(await socket.recv()))
        return {
            "crowd": result,
            "resuming": _resumed(seen, final.last),
            "joining": {
                "joins": len(joins),
                "p50_ms": middle([taken for taken, _ in joins], 1),
                "p99_ms": at_share([taken for taken, _ in joins], 0.99, 1),
                "snapshot_bytes": max((size for _, size in joins), default=None),
            },
        }

    def _open(self, name: str, after: int | None) -> connect:
        resume = "" if after is None else f"&after={after}"
        url = f"{self._url}?token={name}{resume}"
        return connect(url, compression=None, open_timeout=CONNECT_S, ping_interval=None)

    async def _resume(self, number: int, rng: random.Random) -> _Seen:
        """Come, be cut off, come back, until the crowd is silent; then stay to the end."""
        seen = _Seen()
        while not self._is_over.is_set():
            await self._stay(seen, f"r{number}", rng.uniform(*STAY_S))
            is_long = rng.random() < LONG_SHARE
            await asyncio.sleep(LONG_AWAY_S if is_long else rng.uniform(*AWAY_S))
        await self._stay(seen, f"r{number}", 1.0)
        return seen

    async def _stay(self, seen: _Seen, name: str, seconds: float) -> None:
        """One connection, cut off without a goodbye."""
        started, is_first = time.perf_counter(), not seen.last
        async with self._open(name, seen.last or None) as socket:
            frame = await socket.recv()
            if not is_first:
                seen.taken_ms.append((time.perf_counter() - started) * 1000)
                seen.first_bytes.append(len(frame))
            seen.take(json.loads(frame))
            await _read_for(socket, seen, seconds)
            socket.transport.abort()

    async def _join(self, number: int, rng: random.Random) -> list[tuple[float, int]]:
        """Come as somebody new, again and again: milliseconds and bytes of each snapshot."""
        found: list[tuple[float, int]] = []
        while not self._is_over.is_set():
            started = time.perf_counter()
            async with self._open(f"j{number}-{len(found)}", None) as socket:
                frame = await socket.recv()
                size = len(frame.encode() if isinstance(frame, str) else frame)
                found.append(((time.perf_counter() - started) * 1000, size))
            await asyncio.sleep(rng.uniform(0.2, 1.0))
        return found


async def _read_for(socket: ClientConnection, seen: _Seen, seconds: float) -> None:
    with contextlib.suppress(TimeoutError, WebSocketException):
        async with asyncio.timeout(seconds):
            async for frame in socket:
                seen.take(json.loads(frame))


def _resumed(seen: list[_Seen], last: int) -> dict[str, Any]:
    taken = [each for one in seen for each in one.taken_ms]
    sizes = [each for one in seen for each in one.first_bytes]
    return {
        "viewers": len(seen),
        "resumes": len(taken),
        "lost": sum(one.lost for one in seen),
        "doubled": sum(one.doubled for one in seen),
        "sampled": sum(one.sampled for one in seen),
        "behind": sum(last - one.last for one in seen),
        "snapshots_with_gap": sum(one.told_gaps for one in seen),
        "p50_ms": middle(taken, 1),
        "p99_ms": at_share(taken, 0.99, 1),
        "first_frame_bytes_median": middle(sizes, 0),
        "first_frame_bytes_max": max(sizes, default=None),
    }

"""The demo site of bench_pages.py, with a crowd that talks when it is told to.

``python -m benchmarks.crowded_site FOLDER PORT RTMP_PORT`` serves the seeded site. Each line on its
input, ``ROOM_ID RATE SECONDS``, makes so many people speak in that room, each less than once a
second, by the call that their sockets would make: every danmaku is committed, then sent to all.
"""

import asyncio
import itertools
import json
import sys
from pathlib import Path

from livelore.app import Platform
from livelore.app.server import run, set_up_logs
from livelore.cli.progress import progress
from livelore.demo.run import Demo
from livelore.demo.words import DANMAKU
from livelore.kit.errors import AppError
from livelore.live.chat.model import Person, Standing
from livelore.live.chat.service import Spoken
from livelore.settings import load

TICK_S = 0.01


class Crowd:
    """People who speak in turn.

    Args:
        platform: Where.
        room_id: Which room.
        rate: Danmaku a second.
    """

    def __init__(self, platform: Platform, room_id: str, rate: int) -> None:
        self._chat = platform.live.chat
        self._room_id = room_id
        self._rate = rate
        self._tasks: set[asyncio.Task[None]] = set()
        self._found = {"said": 0, "refused": 0}
        people = (
            Standing(Person(f"crowd{n}", f"同学 {n}", n % 10), may_speak=True)
            for n in range(rate * 2)
        )
        self._people = itertools.cycle(people)

    async def talk(self, seconds: float) -> dict[str, int]:
        """Speak for so long; gives how many were taken and how many refused."""
        loop = asyncio.get_running_loop()
        started, n_said = loop.time(), 0
        while (passed_s := loop.time() - started) < seconds:
            for number in range(n_said, int(passed_s * self._rate)):
                task = loop.create_task(self._say(number))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            n_said = int(passed_s * self._rate)
            await asyncio.sleep(TICK_S)
        await asyncio.gather(*self._tasks)
        return self._found

    async def _say(self, number: int) -> None:
        words = Spoken(f"{DANMAKU[number % len(DANMAKU)]} {number}")
        try:
            await self._chat.speak(next(self._people), self._room_id, words)
        except AppError:
            self._found["refused"] += 1
        else:
            self._found["said"] += 1


async def _listen(platform: Platform) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        room_id, rate, seconds = line.decode().split()
        found = await Crowd(platform, room_id, int(rate)).talk(float(seconds))
        print("CROWD", json.dumps(found), flush=True)


def main() -> None:
    """Serve until told to end."""
    folder, port, rtmp_port = sys.argv[1:]
    flags = {"data_dir": Path(folder), "port": port, "rtmp_port": rtmp_port}
    settings = load({**flags, "log_level": "warning"})
    set_up_logs(settings.log_level)
    listening: list[asyncio.Task[None]] = []

    async def ready(platform: Platform) -> None:
        await Demo(0, 7, lambda: progress("Seeding")).start(platform)
        listening.append(asyncio.create_task(_listen(platform)))

    run(settings, ready)


if __name__ == "__main__":
    main()

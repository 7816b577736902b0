"""Writes rows and compacts until it is killed; prints an id once it is acknowledged."""

import asyncio
import sys
from pathlib import Path

from livelore.adapters.clock_system import SystemClock
from livelore.intelligence.interactions.compact import compact
from livelore.intelligence.interactions.model import Row
from livelore.intelligence.interactions.segments import LogFolder, bad_lines, without_lines
from livelore.intelligence.interactions.writer import LogLimits, LogWriter


async def main(root: Path, run: str) -> None:
    folder = LogFolder(root)
    writer = LogWriter(folder, SystemClock(), LogLimits(segment_bytes=3_000))
    writer.lock()
    for number in folder.segment_numbers():
        bad = bad_lines(folder, number)
        if bad:
            without_lines(folder, number, bad)
    writer.start()

    async def write(worker: int) -> None:
        for n in range(100_000):
            row = Row(f"{run}-{worker}-{n}", "search", 1, n * 40_000_000, n, fields={"query": "数"})
            await writer.append([row, row])
            print(row.id, flush=True)

    async def move() -> None:
        while True:
            await asyncio.to_thread(compact, root)
            await asyncio.sleep(0.01)

    await asyncio.gather(move(), *(write(worker) for worker in range(8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))

"""The demo on a platform that runs: seed, publish the lecture, send in the audience."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import structlog

from livelore.app import Platform
from livelore.demo.catalogue import PASSWORD
from livelore.demo.seed import LECTURER, VIEWER, Seeder, Step
from livelore.live.streams.publisher import Clip, ClipPublisher, PublishRejected

log = structlog.get_logger(__name__)
CLIP = Path(__file__).parent.parent / "demo_media" / "lecture.flv"


class Demo:
    """Brings a freshly started platform to life.

    Args:
        n_viewers: Simulated viewers.
        seed: Of their chances.
        seeding: Shows how far the seeding is, while it lasts.
    """

    def __init__(
        self, n_viewers: int, seed: int, seeding: Callable[[], AbstractContextManager[Step]]
    ) -> None:
        self._seeding = seeding
        self._n_viewers = n_viewers
        self._seed = seed
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, platform: Platform) -> None:
        """Seed, print where to look, then publish and simulate in the background."""
        with self._seeding() as step:
            seeded = await Seeder(platform, self._n_viewers, step).seed()
        lecturer = await platform.identity.user_named(LECTURER)
        if lecturer is not None:
            key = await platform.live.rooms.renew_stream_key(lecturer.id, seeded.room_id)
            self._run(self._publish(platform, key))
        _tell(platform.settings.effective_public_url)
        if seeded.bot_tokens:
            url = f"http://{platform.settings.host}:{platform.settings.port}"
            self._run(self._simulate(url, seeded.room_id, seeded.bot_tokens))

    def _run(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _publish(self, platform: Platform, key: str) -> None:
        """The lecture over real RTMP, round and round."""
        clip = await asyncio.to_thread(Clip.read, CLIP)
        publisher = ClipPublisher(clip, platform.clock)
        try:
            await publisher.run("127.0.0.1", platform.live.streams.rtmp_port, key)
        except PublishRejected as error:
            log.warning("demo_lecture_ended", why=str(error))

    async def _simulate(self, url: str, room_id: str, tokens: list[str]) -> None:
        """The audience, in a process of its own, over real sockets and HTTP."""
        arguments = ("-m", "livelore.cli.main", "simulate", url, room_id, "--seed", str(self._seed))
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=asyncio.subprocess.PIPE
        )
        try:
            if process.stdin is not None:
                process.stdin.write(json.dumps(tokens).encode())
                process.stdin.close()
            await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()


def _tell(url: str) -> None:
    lines = [
        "",
        f"  知播 Livelore demo:  {url}",
        "",
        f"  viewer    {VIEWER:11} {PASSWORD}",
        f"  host      {LECTURER:11} {PASSWORD}",
        f"  operator  operator    {PASSWORD}",
        "",
        "  A paid class is on air. Nothing here costs real money. Ctrl+C ends it.",
        "",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()

"""The AI layer, connected: today the behaviour log."""

from dataclasses import dataclass

from livelore.app.knowledge import Knowledge
from livelore.app.live import Floor, Live
from livelore.intelligence.interactions.jobs import InteractionsJobs
from livelore.intelligence.interactions.segments import LogFolder
from livelore.intelligence.interactions.service import InteractionsService
from livelore.intelligence.interactions.writer import LogWriter


@dataclass(slots=True)
class Intelligence:
    """The AI layer, connected and not yet started."""

    interactions: InteractionsService
    jobs: InteractionsJobs

    async def start(self) -> None:
        """Begin to log."""
        await self.jobs.start()

    async def stop(self) -> None:
        """End; what was acknowledged is on disk."""
        await self.jobs.stop()


def build_intelligence(floor: Floor, knowledge: Knowledge, live: Live) -> Intelligence:
    """The behaviour log, connected and not yet started."""

    async def lesson_of(user_id: str, item_id: str) -> str | None:
        """The lesson of a live session; a free preview uses up no right to a refund."""
        session = await live.rooms.session(item_id)
        if session is None or session.lesson_id is None:
            return None
        access = await knowledge.access.access_to(user_id, session.lesson_id)
        return session.lesson_id if access.entitled else None

    writer = LogWriter(LogFolder(floor.settings.data_dir / "interactions"), floor.clock)
    interactions = InteractionsService(
        floor.database, floor.clock, writer, lesson_of, knowledge.access.note_watched
    )
    jobs = InteractionsJobs(interactions, floor.bus, live.chat.danmaku_since)
    return Intelligence(interactions, jobs)

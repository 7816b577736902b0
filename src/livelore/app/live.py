"""Live interaction, connected: streams, rooms, chat, gifts, studio."""

from dataclasses import dataclass

from livelore.app.knowledge import Knowledge
from livelore.database.engine import Database
from livelore.kit.ids import new_secret
from livelore.kit.times import to_ms
from livelore.knowledge.catalog.schemas import LiveNowOut, MoneyOut
from livelore.knowledge.ledger.model import COIN
from livelore.live.chat.door import RoomDoor
from livelore.live.chat.jobs import ChatJobs
from livelore.live.chat.limits import ChatLimits, HubLimits
from livelore.live.chat.model import Person, RoomRole, RoomState, Standing
from livelore.live.chat.service import ChatService
from livelore.live.gifts.jobs import GiftsJobs
from livelore.live.gifts.service import GiftsService
from livelore.live.gifts.service import Neighbours as GiftNeighbours
from livelore.live.operations.service import OperationsService
from livelore.live.operations.service import Sources as DeskSources
from livelore.live.rooms.api import RoomExtras
from livelore.live.rooms.errors import TicketRequired
from livelore.live.rooms.jobs import RoomsJobs
from livelore.live.rooms.schemas import ChatRulesOut, GiftKindOut, TierOut
from livelore.live.rooms.service import (
    Classes,
    Cutting,
    HomeFeed,
    Playback,
    RoomsService,
    RoomTerms,
    Visitor,
)
from livelore.live.rooms.service.rooms import RoomView
from livelore.live.streams.ingest import IngestHooks
from livelore.live.streams.service import StreamsService
from livelore.live.studio.service import Sources, StudioService
from livelore.ports.bus import Bus
from livelore.ports.clock import Clock
from livelore.settings import Settings
from livelore.trust.audit.service import AuditService
from livelore.trust.identity.service import IdentityService
from livelore.web.caller import Caller
from livelore.web.sockets import SocketPool


@dataclass(frozen=True, slots=True)
class Floor:
    """What everything stands on."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    identity: IdentityService
    secret: bytes


@dataclass(slots=True)
class Live:
    """Live interaction, connected and not yet started."""

    rooms: RoomsService
    classes: Classes
    operations: OperationsService
    playback: Playback
    streams: StreamsService
    chat: ChatService
    gifts: GiftsService
    studio: StudioService
    home: HomeFeed
    door: RoomDoor
    pool: SocketPool
    extras: RoomExtras
    jobs: tuple[RoomsJobs, ChatJobs, GiftsJobs]

    async def start(self) -> None:
        """Begin: rooms mend what a dead process left before encoders may publish."""
        for job in self.jobs:
            await job.start()
        self.studio.start()
        await self.streams.start()

    async def stop(self) -> None:
        """End in the opposite order; open sessions stay open for the next start."""
        await self.streams.stop()
        await self.studio.stop()
        for job in reversed(self.jobs):
            await job.stop()


def node_of(settings: Settings) -> str:
    """This process's lasting name: made once, kept in its data folder."""
    path = settings.data_dir / "node.id"
    if not path.exists():
        path.write_text(new_secret(9), "utf-8")
    return path.read_text("utf-8")


class Standings:
    """What a caller is to a room's chat: entitled, speaking, moderating."""

    def __init__(self, rooms: RoomsService, playback: Playback, identity: IdentityService) -> None:
        self._rooms = rooms
        self._playback = playback
        self._identity = identity

    async def standing_of(self, caller: Caller, room_id: str) -> Standing:
        """Who may read and speak; paid classes are for who may watch them.

        Raises:
            RoomNotFound: There is no such room.
            TicketRequired: The class is paid and the caller holds nothing that opens it.
        """
        view = await self._rooms.view(caller, room_id)
        if not view.access.entitled:
            return await self._previewing(caller, view)
        if caller.user_id is None:
            return Standing()
        person = await self._person(caller.user_id, _role(caller, view))
        return Standing(person, may_speak=True)

    async def _previewing(self, caller: Caller, view: RoomView) -> Standing:
        if view.session is not None and caller.user_id is not None:
            end = await self._playback.preview_end(Visitor(caller, None), view.session)
            if end is not None:
                person = await self._person(caller.user_id, None)
                return Standing(person, may_speak=False, ends_at=end)
        raise TicketRequired(room_id=view.room.id)

    async def _person(self, user_id: str, role: RoomRole | None) -> Person:
        user = await self._identity.user(user_id)
        return Person(user.id, user.display_name, user.avatar, role)

    async def state_of(self, room_id: str) -> RoomState:
        """What a room is doing."""
        view = await self._rooms.view(Caller(), room_id)
        session = view.session
        if session is None:
            return RoomState(view.state)
        return RoomState(view.state, session.id, to_ms(session.started_at))


def _role(caller: Caller, view: RoomView) -> RoomRole | None:
    if view.is_host:
        return "host"
    return "moderator" if view.is_moderator or caller.role == "operator" else None


def build_live(floor: Floor, knowledge: Knowledge) -> Live:
    """Streams, rooms, chat, gifts and studio, connected and not yet started."""
    settings, clock, database = floor.settings, floor.clock, floor.database
    terms = RoomTerms(
        settings.preview_s,
        settings.reconnect_s,
        settings.playback_token_s,
        node_of(settings),
        is_alone=settings.bus_url.startswith("memory:"),
    )
    rooms = RoomsService(database, clock, knowledge.catalog, knowledge.access, terms)
    playback = Playback(database, clock, rooms, floor.identity, floor.secret)
    streams = _streams(floor, rooms, playback)
    standings = Standings(rooms, playback, floor.identity)
    limits = ChatLimits(
        danmaku_max=settings.danmaku_max,
        slow_mode_s=settings.slow_mode_s,
        hub=HubLimits(gap_s=settings.room_gap_ms / 1000),
    )
    chat = ChatService(
        database, floor.bus, clock, standings.standing_of, standings.state_of, limits
    )
    neighbours = GiftNeighbours(rooms, knowledge.ledger, floor.identity, chat)
    gifts = GiftsService(database, clock, neighbours, settings.platform_percent)
    sources = Sources(rooms, chat, gifts, knowledge.orders, knowledge.ledger, streams)
    home = HomeFeed(
        database,
        clock,
        rooms,
        (knowledge.catalog, knowledge.access, floor.identity),
        chat.n_viewers,
        settings.time_zone,
    )
    rooms_jobs = RoomsJobs(rooms, streams, floor.bus, floor.identity)
    floor.identity.on_log_out(rooms_jobs.on_log_out)

    async def decide_anew(user_id: str, _session: str) -> None:
        chat.readmit(user_id)

    floor.identity.on_log_out(decide_anew)
    desk = DeskSources(
        rooms,
        Cutting(database, clock, rooms),
        streams,
        chat,
        knowledge.catalog,
        knowledge.orders,
        knowledge.ledger,
        floor.identity,
        AuditService(database, clock),
    )
    return Live(
        rooms=rooms,
        classes=Classes(database, clock, knowledge.catalog),
        operations=OperationsService(clock, desk, settings.time_zone),
        playback=playback,
        streams=streams,
        chat=chat,
        gifts=gifts,
        studio=StudioService(database, clock, sources, settings.currency),
        home=home,
        door=RoomDoor(chat),
        pool=SocketPool(float(settings.stalled_close_s)),
        extras=_extras(chat, gifts, rooms_jobs),
        jobs=(
            rooms_jobs,
            ChatJobs(chat, floor.bus),
            GiftsJobs(gifts, chat, floor.identity, floor.bus),
        ),
    )


def _streams(floor: Floor, rooms: RoomsService, playback: Playback) -> StreamsService:
    hooks = IngestHooks(
        rooms.authorize_key,
        rooms.session_started,
        rooms.session_interrupted,
        rooms.session_resumed,
        rooms.session_ended,
    )
    settings = floor.settings
    address = (settings.rtmp_host, settings.rtmp_port)
    return StreamsService(floor.clock, hooks, playback.check, address, float(settings.reconnect_s))


def _extras(chat: ChatService, gifts: GiftsService, jobs: RoomsJobs) -> RoomExtras:
    def value(coins: int) -> MoneyOut:
        return MoneyOut(COIN.value_of(coins), COIN.backing or "")

    async def rules(room_id: str) -> ChatRulesOut:
        found = await chat.rules_of(room_id)
        return ChatRulesOut(found.slow_mode_s, chat.limits.danmaku_max)

    async def kinds() -> list[GiftKindOut]:
        return [
            GiftKindOut(kind.id, kind.name_zh, kind.name_en, kind.coins, value(kind.coins))
            for kind in (await gifts.kinds()).values()
        ]

    async def tiers() -> list[TierOut]:
        return [
            TierOut(tier.coins, value(tier.coins), tier.pin_s)
            for tier in (await gifts.tiers()).values()
        ]

    return RoomExtras(chat.n_viewers, rules, kinds, tiers, jobs.end_by_hand)


async def live_now_of(home: HomeFeed, course_ids: list[str]) -> dict[str, LiveNowOut]:
    """The class on air of each of these courses, as the catalogue shows it."""
    found = await home.live_now(course_ids)
    return {
        course_id: LiveNowOut(
            session.room_id, session.lesson_id or "", session.started_at, session.title
        )
        for course_id, session in found.items()
    }

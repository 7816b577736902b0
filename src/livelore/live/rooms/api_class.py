"""Routes of a host's classes, and of the profile that makes an encoder ready for them."""

from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct

from livelore.live.rooms.errors import RoomNotFound
from livelore.live.rooms.obs import Ingest, profile_zip
from livelore.live.rooms.schemas import OwnRoomOut
from livelore.live.rooms.schemas_class import (
    ClassIn,
    ClassPatch,
    ClassTermsOut,
    HostClassesOut,
    HostClassOut,
    lists_of,
    state_of,
)
from livelore.live.rooms.service import Classes, RoomsService
from livelore.live.rooms.service.class_list import HostClass
from livelore.live.rooms.service.classes import ClassPress
from livelore.settings import Settings
from livelore.web.caller import Caller
from livelore.web.idempotency import fingerprint
from livelore.web.paging import clamp_limit, decode_cursor, encode_cursor

_Request = Request[object, object, State]
REPLAYED = "Idempotency-Replayed"


class KeyIn(Struct, forbid_unknown_fields=True):
    """Body of a profile that holds the key which the page has just been given."""

    stream_key: Annotated[str, Meta(max_length=100)]


def _out(found: HostClass, classes: Classes) -> HostClassOut:
    now = classes.now()
    return HostClassOut.of(found, state_of(found, now), now)


@get("/host/classes")
async def list_classes(
    caller: NamedDependency[Caller],
    classes: NamedDependency[Classes],
    rooms: NamedDependency[RoomsService],
    settings: NamedDependency[Settings],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> HostClassesOut:
    """The caller's rooms and classes; the cursor pages through what is over."""
    host_id = caller.require_role("host")
    before = None if cursor is None else str(decode_cursor(cursor, str)[0])
    found = await classes.of_host(host_id, before, clamp_limit(limit))
    last = found.past[-1].session if found.has_more else None
    return HostClassesOut(
        rooms=[OwnRoomOut.of(room) for room in await rooms.rooms_of_host(host_id)],
        **lists_of(found, classes.now()),
        next_cursor=None if last is None else encode_cursor(last.id),
        terms=ClassTermsOut.of(settings, classes.earliest()),
    )


@post("/host/classes", status_code=HTTP_201_CREATED)
async def add_class(
    data: JSONBody[ClassIn],
    caller: NamedDependency[Caller],
    idempotency_key: NamedDependency[str],
    classes: NamedDependency[Classes],
) -> Response[HostClassOut]:
    """Make a class with its room, course and ticket: all of it, or nothing."""
    host_id = caller.require_role("host")
    press = ClassPress(host_id, idempotency_key, fingerprint("POST", "/host/classes", (), data))
    found, is_replay = await classes.add(press, data.to_model())
    headers = {REPLAYED: "true"} if is_replay else {}
    return Response(_out(found, classes), status_code=201, headers=headers)


@get("/host/classes/{lesson_id:str}")
async def show_class(
    lesson_id: FromPath[str],
    caller: NamedDependency[Caller],
    classes: NamedDependency[Classes],
) -> HostClassOut:
    """One of the caller's classes."""
    return _out(await classes.of_lesson(caller.require_role("host"), lesson_id), classes)


@patch("/host/classes/{lesson_id:str}")
async def change_class(
    lesson_id: FromPath[str],
    data: JSONBody[ClassPatch],
    caller: NamedDependency[Caller],
    classes: NamedDependency[Classes],
) -> HostClassOut:
    """Move one's own class, or change what it is called, costs or gives."""
    host_id = caller.require_role("host")
    return _out(await classes.change(host_id, lesson_id, data.to_model()), classes)


def _profile(room_id: str, ingest: Ingest) -> Response[bytes]:
    name = f"livelore-obs-{room_id[-6:]}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(profile_zip(room_id, ingest), media_type="application/zip", headers=headers)


def server_of(request: _Request, settings: Settings) -> str:
    """Where encoders publish, under the name by which the page was reached."""
    return f"rtmp://{request.url.hostname or settings.host}:{settings.rtmp_port}/live"


@get("/rooms/{room_id:str}/obs-profile", media_type="application/zip")
async def obs_profile(
    room_id: FromPath[str],
    request: _Request,
    caller: NamedDependency[Caller],
    rooms: NamedDependency[RoomsService],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """An OBS profile without the key, which only its host ever saw: OBS asks for it."""
    await rooms.may_manage(caller, room_id)
    return _profile(room_id, Ingest(server_of(request, settings)))


@post("/rooms/{room_id:str}/obs-profile", status_code=HTTP_200_OK, media_type="application/zip")
async def obs_profile_with_key(
    room_id: FromPath[str],
    data: JSONBody[KeyIn],
    request: _Request,
    caller: NamedDependency[Caller],
    rooms: NamedDependency[RoomsService],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """An OBS profile that is ready to stream: the page sends the key that it was just given."""
    caller.require_role("host")
    room = await rooms.may_manage(caller, room_id)
    if room.host_id != caller.user_id or not await rooms.owns_key(room_id, data.stream_key):
        raise RoomNotFound(room_id=room_id[:32])
    return _profile(room_id, Ingest(server_of(request, settings), data.stream_key))


routes: list[Any] = [
    list_classes,
    add_class,
    show_class,
    change_class,
    obs_profile,
    obs_profile_with_key,
]

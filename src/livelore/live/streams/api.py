"""Playback routes."""

from typing import Annotated

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from livelore.live.streams.service import HlsFile, StreamsService

FILE_SECONDS = 60

# The user and auth types of a request are not used here.
_Request = Request[object, object, State]
_Token = Annotated[str | None, QueryParameter(max_length=2048)]


@get("/playback/{room_id:str}/live.flv", media_type="video/x-flv")
async def watch_flv(
    room_id: FromPath[str],
    request: _Request,
    streams: NamedDependency[StreamsService],
    token: _Token = None,
) -> Stream:
    """The live picture as HTTP-FLV; goes on until the stream or the right to watch ends."""
    pieces = await streams.watch_flv(room_id, token, request.cookies)
    return Stream(
        pieces,
        media_type="video/x-flv",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@get("/playback/{room_id:str}/hls/index.m3u8", media_type="application/vnd.apple.mpegurl")
async def watch_playlist(
    room_id: FromPath[str],
    request: _Request,
    streams: NamedDependency[StreamsService],
    token: _Token = None,
    msn: Annotated[int | None, QueryParameter(name="_HLS_msn", ge=0)] = None,
    part: Annotated[int | None, QueryParameter(name="_HLS_part", ge=0)] = None,
) -> Response[bytes]:
    """The low-latency HLS playlist; waits for ``_HLS_msn`` and ``_HLS_part``."""
    wanted = (msn, part) if msn is not None else None
    return _response(await streams.playlist(room_id, token, request.cookies, wanted))


@get("/playback/{room_id:str}/hls/{file:str}", media_type="video/mp4")
async def watch_media_file(
    room_id: FromPath[str],
    file: FromPath[str],
    request: _Request,
    streams: NamedDependency[StreamsService],
    token: _Token = None,
) -> Response[bytes]:
    """An init segment, part or segment that the playlist lists."""
    return _response(await streams.media_file(room_id, file, token, request.cookies))


def _response(file: HlsFile) -> Response[bytes]:
    caching = f"private, max-age={FILE_SECONDS}" if file.is_final else "no-store"
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": caching})


routes = [watch_flv, watch_playlist, watch_media_file]

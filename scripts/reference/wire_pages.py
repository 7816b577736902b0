"""Pages about what goes over the wire: HTTP, the room's socket, events."""

import ast
import asyncio
import inspect
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from structlog.testing import capture_logs

from livelore import __version__
from livelore.app import build
from livelore.intelligence.interactions.events import SHAPES
from livelore.live.chat.schemas import ClientMessage, RoomItem
from livelore.settings import Settings
from livelore.web.openapi import PREFIX, complete
from scripts.reference.markdown import code, first_paragraph, page, table
from scripts.reference.source import modules

SOCKET = f"{PREFIX}/rooms/{{room_id}}/ws"
REF = "#/components/schemas/{name}"
Json = dict[str, Any]  # Any: OpenAPI, AsyncAPI and JSON Schema are open formats

DECIDED_INSIDE = {
    "POST /interactions": "anyone",
    "GET /catalog": "anyone",
    "GET /courses/{course_id}": "anyone; drafts: their host",
    "POST /payments/notices/{gateway}": "the gateway, by its signature",
    "GET /rooms/{room_id}/messages": "who may watch the class",
    "DELETE /rooms/{room_id}/messages/{seq}": "host, moderators of the room, operator",
    "POST /rooms/{room_id}/mutes": "host, moderators of the room, operator",
    "PATCH /rooms/{room_id}/chat": "host, moderators of the room, operator",
    "POST /rooms/{room_id}/gifts": "verified adults who may watch the class",
    "POST /rooms/{room_id}/super-chats": "verified adults who may watch the class",
    "DELETE /rooms/{room_id}/super-chats/{gift_id}": "host, moderators of the room, operator",
    "POST /rooms/{room_id}/gifts/{gift_id}/undo": "operator",
    "POST /rooms/{room_id}/end": "host, moderators of the room, operator",
    "GET /rooms/{room_id}/playback": "who may watch the class",
    "POST /rooms/{room_id}/preview": "anyone, once for each class",
    "GET /playback/{room_id}/live.flv": "who has a signed address",
    "GET /playback/{room_id}/hls/index.m3u8": "who has a signed address",
    "GET /playback/{room_id}/hls/{file}": "who has a signed address",
    "GET /rooms/{room_id}/obs-profile": "host, moderators of the room, operator",
    "GET /rooms/{room_id}/studio": "host, moderators of the room, operator",
}
"""Routes whose service decides; of all others the handler says it itself."""


class Site:
    """The application of a site that never starts, and what it shows to Prometheus."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory() as folder, capture_logs():
            platform = build(Settings(data_dir=Path(folder)))
            layers = list(_layers(platform.app))
            asyncio.run(self._look(layers))
            asyncio.run(platform.database.close())
        (self.api,) = [each for each in layers if isinstance(each, Litestar)]

    async def _look(self, layers: list[Any]) -> None:
        shown = [each for each in layers if hasattr(each, "text")]
        self.metrics: bytes | None = await shown[0].text() if shown else None


def _layers(app: Any) -> Iterator[Any]:  # Any: ours and the framework's have no common type
    yield app
    while not isinstance(app, Litestar):
        app = getattr(app, "_app", None) or app.app
        yield app


def openapi(api: Litestar) -> Json:
    """docs/reference/openapi.json."""
    return complete(api.openapi_schema.to_schema())


def _handlers(api: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Method, path below the prefix and handler of every public route."""
    for route in api.routes:
        if route.path.startswith(PREFIX) and isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS" and handler.resolve_include_in_schema():
                    yield method, route.path_format.removeprefix(PREFIX), handler


def api_page(api: Litestar) -> str:
    """docs/reference/api.md."""
    rows = [
        (
            code(f"{method} {path}"),
            _who(method, path, handler),
            "key" if "idempotency_key" in inspect.signature(handler.fn).parameters else "",
            first_paragraph(handler.fn),
        )
        for method, path, handler in _handlers(api)
    ]
    return page(
        "HTTP API",
        f"Below `{PREFIX}`; [openapi.json](openapi.json) has every shape, a running site the same"
        f" at `{PREFIX}/openapi.json`. JSON in and out; money is whole minor units with a currency,"
        " times are ISO 8601 UTC, lists go on at `cursor`, refusals are [problems](errors.md)."
        " *key*: an `Idempotency-Key` of 16–128 characters is required; the same key with the same"
        " body gives the first answer again, with another body a refusal.",
        table(["route", "who may call", "", "does"], sorted(rows, key=_by_path)),
        "The room's socket is in [room-socket.md](room-socket.md).",
    )


def _by_path(row: Sequence[str]) -> list[str]:
    return row[0].split()[::-1]


def _who(method: str, path: str, handler: HTTPRouteHandler) -> str:
    if known := DECIDED_INSIDE.get(f"{method} {path}"):
        return known
    source = ast.parse(textwrap.dedent(inspect.getsource(handler.fn)))
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call)]
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "require_role":
            return ", ".join(ast.literal_eval(argument) for argument in call.args)
    named = {ast.unparse(call.func) for call in calls}
    return "anyone logged in" if named & {"caller.require_user", "_press"} else "anyone"


def undecided_routes(api: Litestar) -> set[str]:
    """Names in `DECIDED_INSIDE` that are no routes."""
    return set(DECIDED_INSIDE) - {f"{m} {path}" for m, path, _ in _handlers(api)}


def room_socket() -> Json:
    """docs/reference/asyncapi.json."""
    (client, *_), schemas = msgspec.json.schema_components([ClientMessage], ref_template=REF)
    items, more = msgspec.json.schema_components(get_args(RoomItem), ref_template=REF)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Livelore room socket",
            "version": __version__,
            "description": inspect.cleandoc(
                """Text frames. The server sends JSON arrays of messages, so that many cost one
                frame; a client sends one JSON object a frame. `?after=SEQ` resumes after a
                message: what was missed comes first, or a `hello` with `gap: true`."""
            ),
        },
        "defaultContentType": "application/json",
        "servers": {"site": {"host": "127.0.0.1:8080", "protocol": "ws"}},
        "channels": {
            "room": {
                "address": SOCKET,
                "parameters": {"room_id": {"description": "The room."}},
                "bindings": {
                    "ws": {
                        "method": "GET",
                        "query": {
                            "type": "object",
                            "properties": {
                                "after": {"type": "integer", "description": "Newest `seq` seen."},
                                "token": {"type": "string", "description": "Bearer token."},
                            },
                        },
                    }
                },
                "messages": {
                    "frame": {"payload": {"type": "array", "items": {"oneOf": list(items)}}},
                    "said": {"payload": client},
                },
            }
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/frame"}],
            },
            "hear": {
                "action": "receive",
                "channel": {"$ref": "#/channels/room"},
                "messages": [{"$ref": "#/channels/room/messages/said"}],
            },
        },
        "components": {"schemas": {**schemas, **more}},
    }


def room_socket_page() -> str:
    """docs/reference/room-socket.md."""
    rows = [
        (code(_tag(each)), ", ".join(map(code, each.__struct_fields__)), first_paragraph(each))
        for each in get_args(RoomItem)
    ]
    return page(
        "The room's socket",
        f"`WS {SOCKET}?after=SEQ&token=TOKEN`; browsers use their cookie instead of `token`."
        " [asyncapi.json](asyncapi.json) has every shape (AsyncAPI 3).",
        "Every text frame of the server is a JSON **array** of messages. `seq` rises by 1 with each"
        " message of the room; `presence`, `error`, `pong` and the notice `chat.sampled` have no"
        " number of their own. `ts` is epoch milliseconds.",
        table(["type", "fields beside `type`, `seq`, `ts`", "meaning"], _without(rows)),
        'A client sends `{"type":"danmaku","text":"…","client_id":"…"}` (also `mode` and `color`)'
        ' or `{"type":"ping"}`. A `client_id` makes a repetition harmless. A refusal comes to its'
        " sender alone as `error` with a [code](errors.md).",
        "Who resumes with `after` gets what was missed first, or a `hello` with `gap: true` when it"
        " is too old. Paid messages are never dropped; of plain danmaku a viewer may get a sample,"
        " never without their own. Who does not read is brought to the newest state, then closed.",
    )


def _without(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    common = {"`seq`", "`ts`"}
    return [
        (kind, ", ".join(each for each in fields.split(", ") if each not in common), words)
        for kind, fields, words in rows
    ]


def _tag(item: Any) -> str:  # Any: a class of RoomItem, whose tag msgspec keeps
    return str(item.__struct_config__.tag)


def published() -> dict[str, type]:
    """By topic: every fact that a domain's ``events.py`` defines for the bus."""
    found: dict[str, type] = {}
    for module in modules():
        if module.__name__.endswith(".events") and not module.__name__.startswith(
            "livelore.intelligence"
        ):
            found |= {_topic(each): each for each in _facts(module)}
    return dict(sorted(found.items()))


def _facts(module: ModuleType) -> list[type]:
    own = [value for value in vars(module).values() if isinstance(value, type)]
    own = [each for each in own if each.__module__ == module.__name__]
    shapes = [each for each in own if is_dataclass(each) or issubclass(each, msgspec.Struct)]
    return [each for each in shapes if not each.__subclasses__()]


def _topic(event: type) -> str:
    return str(getattr(event, "topic", "") or event.__name__)


def events_api() -> Json:
    """docs/reference/events.asyncapi.json."""
    facts = published()
    refs, schemas = msgspec.json.schema_components(facts.values(), ref_template=REF)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Livelore events",
            "version": __version__,
            "description": "Facts on the bus; on NATS each topic is a subject with the prefix"
            " `livelore.`. What comes from the outbox also has `event_id`, the same at each"
            " repetition.",
        },
        "defaultContentType": "application/json",
        "channels": {
            topic: {"address": topic, "messages": {"fact": {"payload": ref}}}
            for topic, ref in zip(facts, refs, strict=True)
        },
        "operations": {
            f"publish_{topic}": {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}
            for topic in facts
        },
        "components": {"schemas": schemas},
    }


def events_page() -> str:
    """docs/reference/events.md."""
    rows = [
        (code(topic), ", ".join(map(code, _fields(fact))), first_paragraph(fact))
        for topic, fact in published().items()
    ]
    logged = [
        (
            code(f"{name} v{version}"),
            who,
            ", ".join(map(code, _fields(shape))),
            first_paragraph(shape),
        )
        for who, shapes in SHAPES.items()
        for (name, version), shape in sorted(shapes.items())
    ]
    return page(
        "Events",
        "Facts that one part tells the others. Those of the outbox are written in the transaction"
        " that made them true and told at least once, with an `event_id` that stays the same;"
        " `chat.danmaku_sent` goes to the bus alone, at most once."
        " [events.asyncapi.json](events.asyncapi.json) has every shape (AsyncAPI 3).",
        table(["topic", "fields", "meaning"], rows),
        "## The behaviour log",
        "What is appended to the log of interactions, by who may say it.",
        table(["type", "from", "fields", "meaning"], logged),
    )


def _fields(shape: Any) -> list[str]:  # Any: a Struct or a dataclass
    names = getattr(shape, "__struct_fields__", None) or shape.__dataclass_fields__
    return [name for name in names if name != "topic"]

"""The built front end: hashed assets for ever, one page for every address."""

import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from livelore.web.asgi import ASGIApp, Receive, Scope, Send

API_PREFIXES = ("/api/", "/healthz", "/metrics")
STATIC = Path(__file__).parent / "static"
_ENCODINGS = ((b"br", ".br"), (b"gzip", ".gz"))
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:;"
    " connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'none'"
)
_SECURITY = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
_NOT_BUILT = (
    b"<!doctype html><meta charset=utf-8><title>Livelore</title><p>The pages are not built yet:"
    b" run <code>make build</code> in the checkout, or install the wheel."
)


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    etag: bytes
    media_type: bytes
    encodings: dict[bytes, bytes]


def _load(path: Path) -> _Asset:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith("text/") or media_type.endswith(("javascript", "json", "svg+xml")):
        media_type += "; charset=utf-8"
    encodings = {
        name: file.read_bytes()
        for name, ending in _ENCODINGS
        if (file := path.with_name(path.name + ending)).is_file()
    }
    etag = b'"%s"' % sha256(body).hexdigest()[:20].encode()
    return _Asset(body, etag, media_type.encode(), encodings)


class Pages:
    """Serves files below ``root``; other paths get ``index.html``; the API goes to ``app``.

    Args:
        app: The API.
        root: The built front end.
    """

    def __init__(self, app: ASGIApp, root: Path = STATIC) -> None:
        self._app = app
        self._root = root.resolve()
        self._assets: dict[str, _Asset] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith(API_PREFIXES):
            await self._app(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 405, b"", [(b"allow", b"GET, HEAD")])
        else:
            await self._serve(scope, send)

    async def _serve(self, scope: Scope, send: Send) -> None:
        path = scope["path"].lstrip("/")
        asset = self._asset(path)
        is_hashed = path.startswith("assets/")
        if asset is None:
            if is_hashed or "." in path.rsplit("/", 1)[-1]:
                await _answer(send, 404, b"Not found", [(b"content-type", b"text/plain")])
                return
            asset = self._asset("index.html") or _Asset(
                _NOT_BUILT, b'"none"', b"text/html; charset=utf-8", {}
            )
        await _send_asset(scope, send, asset, is_hashed=is_hashed)

    def _asset(self, path: str) -> _Asset | None:
        if path in self._assets:
            return self._assets[path]
        file = (self._root / (path or "index.html")).resolve()
        if not file.is_relative_to(self._root) or not file.is_file():
            return None
        asset = _load(file)
        self._assets[path] = asset
        return asset


async def _send_asset(scope: Scope, send: Send, asset: _Asset, *, is_hashed: bool) -> None:
    request = dict(scope["headers"])
    cache = b"public, max-age=31536000, immutable" if is_hashed else b"no-cache"
    headers = [(b"cache-control", cache), (b"etag", asset.etag), (b"vary", b"accept-encoding")]
    headers += [(b"content-type", asset.media_type), *_SECURITY]
    if request.get(b"if-none-match") == asset.etag:
        await _answer(send, 304, b"", headers)
        return
    body = asset.body
    accepted = request.get(b"accept-encoding", b"")
    for name, encoded in asset.encodings.items():
        if name in accepted:
            body = encoded
            headers.append((b"content-encoding", name))
            break
    headers.append((b"content-length", b"%d" % len(body)))
    await _answer(send, 200, b"" if scope["method"] == "HEAD" else body, headers)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})

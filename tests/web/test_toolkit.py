"""Keys, fingerprints, cursors and pages."""

import gzip
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.web.asgi import Receive, Scope, Send
from livelore.web.errors import CursorInvalid, IdempotencyKeyInvalid, IdempotencyKeyMissing
from livelore.web.idempotency import check_key, fingerprint
from livelore.web.pages import Pages
from livelore.web.paging import clamp_limit, decode_cursor, encode_cursor


@pytest.mark.parametrize("key", ["a" * 16, "A-Z_0-9" * 18])
def test_a_key_of_16_to_128_plain_characters_is_taken(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["a" * 15, "a" * 129, "a" * 15 + " ", "钥" * 16, "a" * 20 + "\n"])
def test_any_other_key_is_refused(key: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        check_key(key)


def test_a_missing_key_is_told_apart() -> None:
    for key in (None, ""):
        with pytest.raises(IdempotencyKeyMissing):
            check_key(key)


def test_a_fingerprint_knows_content_and_not_the_order_of_members() -> None:
    one = fingerprint("POST", "/gifts", ("r1",), {"count": 1, "kind": "tea"})
    assert one == fingerprint("POST", "/gifts", ("r1",), {"kind": "tea", "count": 1})
    assert one != fingerprint("POST", "/gifts", ("r2",), {"kind": "tea", "count": 1})
    assert one != fingerprint("POST", "/gifts", ("r1",), {"kind": "tea", "count": 2})


@given(st.text(max_size=50), st.integers(-(2**53), 2**53))
def test_a_cursor_gives_its_position_back(name: str, number: int) -> None:
    assert decode_cursor(encode_cursor(name, number), str, int) == (name, number)


@pytest.mark.parametrize("cursor", ["", "!!", "bm9wZQ", encode_cursor("a"), encode_cursor(1, 2, 3)])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor, int, str)


def test_a_page_has_at_least_one_and_at_most_200_rows() -> None:
    assert [clamp_limit(n) for n in (None, 0, -5, 7, 10**6)] == [50, 50, 1, 7, 200]


async def no_api(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html><title>t</title>")
    (root / "assets" / "app-1a2b.js").write_text("console.log(1)")
    (root / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(b"console.log(1)"))
    (tmp_path / "secret.txt").write_text("secret")
    return root


def get(site: Path, path: str, **kwargs: Any) -> Awaitable[httpx.Response]:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=Pages(no_api, site)), base_url="http://localhost"
    )
    return client.get(path, **kwargs)


@pytest.mark.parametrize("path", ["/", "/rooms/abc", "/wallet"])
async def test_every_address_of_a_page_gives_the_one_page(site: Path, path: str) -> None:
    answer = await get(site, path)
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>t</title>")
    assert answer.headers["cache-control"] == "no-cache"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_hashed_asset_is_kept_for_ever_and_sent_packed(site: Path) -> None:
    answer = await get(site, "/assets/app-1a2b.js", headers={"accept-encoding": "gzip"})
    assert answer.text == "console.log(1)"
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]


async def test_an_unchanged_page_is_not_sent_again(site: Path) -> None:
    etag = (await get(site, "/")).headers["etag"]
    assert (await get(site, "/", headers={"if-none-match": etag})).status_code == 304


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt"]
)
async def test_nothing_outside_of_the_folder_is_served(site: Path, path: str) -> None:
    answer = await get(site, path)
    assert "secret" not in answer.text


async def test_the_api_is_handed_on_and_writes_to_pages_are_refused(site: Path) -> None:
    assert (await get(site, "/api/v1/me")).status_code == 418
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=Pages(no_api, site)), base_url="http://localhost"
    )
    assert (await client.post("/rooms/abc")).status_code == 405

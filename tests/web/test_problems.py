"""Every refusal that the product knows, in the one shape of RFC 9457."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from livelore.app import build
from livelore.kit.errors import AppError
from livelore.web.problems import MEDIA_TYPE, problem_bytes, render_app_error


def _kinds(kind: type[AppError] = AppError) -> Iterator[type[AppError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("livelore."):
            yield each
            yield from _kinds(each)


KINDS = sorted(set(_kinds()), key=lambda kind: (kind.__module__, kind.__name__))


def test_many_are_found() -> None:
    assert callable(build), "with it every domain and its errors are loaded"
    assert len(KINDS) > 60


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_its_shape(kind: type[AppError]) -> None:
    error = kind(detail="数学", retry_after_s=2.5, status="not mine to set")
    problem: dict[str, Any] = json.loads(problem_bytes(error))
    assert problem == {
        "type": "about:blank",
        "title": problem["title"],
        "status": kind.status,
        "code": kind.code,
        "retryable": kind.retryable,
        "detail": "数学",
        "retry_after_s": 2.5,
    }
    assert problem["title"]
    assert 400 <= kind.status < 600
    assert re.fullmatch(r"[a-z]+(\.[a-z0-9_]+)+", kind.code), kind.code
    answer = render_app_error(None, error)  # type: ignore[arg-type]  # not looked at
    assert (answer.status_code, answer.media_type) == (kind.status, MEDIA_TYPE)
    assert json.loads(answer.content) == problem
    assert answer.headers["Retry-After"] == "3"


def test_each_has_a_code_of_its_own_and_a_sentence() -> None:
    codes = [kind.code for kind in KINDS]
    assert sorted(codes) == sorted(set(codes))
    for kind in KINDS:
        assert (kind.__doc__ or "").split("\n", 1)[0].endswith((".", "…", ":")), kind


async def test_a_number_that_no_column_holds_is_the_senders_mistake(
    client: httpx.AsyncClient,
) -> None:
    body = {"username": "lin", "password": "a long enough passphrase", "role": "host"}
    host = {
        "Authorization": f"Bearer {(await client.post('/auth/signup', json=body)).json()['token']}"
    }
    room = await client.post("/rooms", json={"title": "数学"}, headers=host)
    messages = f"/rooms/{room.json()['id']}/messages"
    for number, status in ((2**63 - 1, 200), (2**63, 400), (2**70, 400), (-(2**70), 400)):
        answer = await client.get(f"{messages}?after_seq={number}", headers=host)
        assert answer.status_code == status, (number, answer.text)
    assert answer.json()["code"] == "request.invalid"
    gone = await client.delete(f"{messages}/{2**63}", headers=host)
    assert (gone.status_code, gone.json()["code"]) == (400, "request.invalid")

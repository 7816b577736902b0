"""The API against its own description: whatever is asked by whomever is answered as described."""

import re
import secrets
from collections.abc import Iterator
from typing import Any, TypeAlias

import httpx
import pytest
import schemathesis
import structlog
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Router
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from livelore.app import _routes as routes
from livelore.app.server import set_up_logs
from livelore.kit.errors import AppError
from livelore.web import middleware
from livelore.web.openapi import PREFIX
from livelore.web.problems import FRAMEWORK_CODES, MEDIA_TYPE
from tests.contracts.http_site import HttpSite, http_site, log_in

EXAMPLES_MAX = 25
CHECKS = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
AnyCase: TypeAlias = "Case[Any]"
AnyOperation: TypeAlias = "APIOperation[Any, Any, Any, Any]"
PEOPLE = ("viewer", "host", "operator", "nobody")


def _operations() -> list[tuple[str, str]]:
    """Method and path template of every route, as the routes themselves have them."""
    found = Router(PREFIX, route_handlers=routes()).routes
    return sorted(
        (method, route.path_format)
        for route in found
        for method in route.methods
        if method != "OPTIONS"
    )


OPERATIONS = _operations()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpSite]:
    """One for all operations; limits that a flood would meet are lifted, for this is one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTH_PER_S", "AUTH_BURST", "WRITES_PER_S", "WRITES_BURST"):
            patch.setattr(middleware, name, 1e9)
        set_up_logs("error")
        with http_site(tmp_path_factory.mktemp("http")) as site:
            yield site
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def document(site: HttpSite) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{site.url}{PREFIX}/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def schema(document: dict[str, Any]) -> BaseSchema:
    return schemathesis.openapi.from_dict(document)


def test_the_description_has_every_route_and_no_other(document: dict[str, Any]) -> None:
    described = sorted(
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    )
    assert described == OPERATIONS


def _error_codes() -> set[str]:
    found, waiting = set[str](), [AppError]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code)
        waiting += kind.__subclasses__()
    return found | set(FRAMEWORK_CODES.values())


CODES = _error_codes()


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_every_answer_is_as_described(
    method: str, path: str, site: HttpSite, schema: BaseSchema, document: dict[str, Any]
) -> None:
    operation = schema[path][method]
    described = document["paths"][path][method.lower()]["responses"]

    @settings(
        max_examples=EXAMPLES_MAX,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # what is found is read as it is: shrinking takes minutes
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(case=_cases(operation), who=st.sampled_from(PEOPLE), data=st.data())
    def check(case: AnyCase, who: str, data: st.DataObject) -> None:
        _make_real(case, site, data)
        headers = log_in(site, who) if path.endswith("/logout") else site.people[who]
        answer = case.call(base_url=site.url, headers=headers, timeout=60)
        if answer.status_code < 400:
            assert str(answer.status_code) in described, f"{answer.status_code} is not described"
        else:
            _check_problem(answer)
        case.validate_response(answer, checks=CHECKS)

    check()


def _cases(operation: AnyOperation) -> st.SearchStrategy[AnyCase]:
    return operation.as_strategy(generation_mode=GenerationMode.POSITIVE)


def _make_real(case: AnyCase, site: HttpSite, data: st.DataObject) -> None:
    """Half of the ids and keys are of things that there are: made up ones meet only 404."""
    for parts in (case.path_parameters, case.body):
        if not isinstance(parts, dict):
            continue
        for name in parts:
            if name in site.known and data.draw(st.booleans()):
                parts[name] = site.known[name]
    if data.draw(st.booleans()) or "Idempotency-Key" not in case.headers:
        case.headers.update({"Idempotency-Key": secrets.token_hex(16)})


def _check_problem(answer: Response) -> None:
    """RFC 9457, with a code of ours; what is nobody's mistake is a mistake of ours."""
    assert answer.status_code < 500, answer.content
    assert answer.headers["content-type"] == [MEDIA_TYPE]
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["code"] in CODES


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=str)
def test_every_refusal_before_the_handler_is_a_problem(
    method: str, path: str, site: HttpSite, document: dict[str, Any]
) -> None:
    """A token that proves nothing, a method that is not there, a body that is no JSON."""
    url = site.url + re.sub(r"\{\w+\}", "1", path)
    with httpx.Client(timeout=60) as http:
        unproved = http.request(method, url, headers={"Authorization": "Bearer nonsense"})
        assert problem_of(unproved) == (401, "identity.not_logged_in")
        assert problem_of(http.request("TRACE", url)) == (405, "request.method_not_allowed")
        if "requestBody" in document["paths"][path][method.lower()]:
            headers = {**site.people["operator"], "Content-Type": "application/json"}
            for body in (b"{", b"[]", b"\xff", b'{"nonsense": 1}'):
                broken = http.request(method, url, content=body, headers=headers)
                assert 400 <= problem_of(broken)[0] < 500, body


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal that has the shape of RFC 9457."""
    assert answer.headers["content-type"] == MEDIA_TYPE, answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert {"type", "title", "retryable"} <= set(problem)
    return answer.status_code, problem["code"]

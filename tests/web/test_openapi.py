"""The API's description says what callers have to know: refusals, credentials, keys."""

from typing import Any

import httpx
import pytest

METHODS = {"get", "post", "put", "patch", "delete"}
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


async def test_every_operation_may_answer_with_a_problem(client: httpx.AsyncClient) -> None:
    api = await document(client)
    operations = [each for path in api["paths"].values() for each in path.values()]
    assert len(operations) > 50
    for operation in operations:
        assert "400" not in operation["responses"], "the framework's own shape is never sent"
        content = operation["responses"]["default"]["content"]
        assert list(content) == ["application/problem+json"]
        assert operation["description"]
        assert operation["tags"]


async def test_a_refusal_has_the_shape_that_is_described(client: httpx.AsyncClient) -> None:
    problem = (await document(client))["components"]["schemas"]["Problem"]
    refused = await client.get("/me")
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    assert set(problem["required"]) <= set(body)
    kinds = {"string": str, "integer": int, "boolean": bool}
    for name, schema in problem["properties"].items():
        assert type(body[name]) is kinds[schema["type"]], name


async def test_writes_that_move_money_ask_for_their_key(client: httpx.AsyncClient) -> None:
    """A client that was generated from the document must know that it has to send one."""
    api = await document(client)
    named = {
        f"{method.upper()} {path.removeprefix('/api/v1')}": parameter["required"]
        for path, operations in api["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "Idempotency-Key"
    }
    wanted = {
        "POST /orders",
        "POST /orders/{order_id}/pay",
        "POST /orders/{order_id}/refunds",
        "POST /wallet/topups",
        "POST /wallet/refunds",
        "POST /rooms/{room_id}/gifts",
        "POST /rooms/{room_id}/super-chats",
        "POST /grants",
    }
    assert wanted <= set(named)
    assert all(named.values())


async def test_both_ways_to_prove_oneself_are_described(client: httpx.AsyncClient) -> None:
    api = await document(client)
    schemes = api["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["cookie"]["in"], schemes["cookie"]["name"]) == ("cookie", "livelore_session")
    assert api["security"] == [{"bearer": []}, {"cookie": []}, {}]
    signed = await client.post(
        "/auth/signup", json={"username": "ann", "password": "a long enough passphrase"}
    )
    assert schemes["cookie"]["name"] in signed.cookies
    header = {"Authorization": f"Bearer {signed.json()['token']}"}
    client.cookies.clear()
    assert (await client.get("/me", headers=header)).status_code == 200

"""Sign-up, log-in, log-out, roles, tokens, CSRF and limits, as programs and browsers see them."""

import httpx
import pytest

from livelore.app import Platform

NEW = {"username": "lin", "password": "chalk and board"}


async def test_a_new_viewer_is_logged_in_by_cookie_and_by_token(client: httpx.AsyncClient) -> None:
    answer = await client.post("/auth/signup", json=NEW)
    assert answer.status_code == 201
    assert answer.json()["user"]["role"] == "viewer"
    assert (await client.get("/me")).json()["user"]["username"] == "lin"
    client.cookies.clear()
    assert (await client.get("/me")).status_code == 401
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert (await client.get("/me", headers=bearer)).status_code == 200


async def test_names_differ_by_more_than_letter_case(client: httpx.AsyncClient) -> None:
    await client.post("/auth/signup", json=NEW)
    answer = await client.post("/auth/signup", json=NEW | {"username": "LIN"})
    assert (answer.status_code, answer.json()["code"]) == (409, "identity.username_taken")


@pytest.mark.parametrize("role", ["operator", "moderator", "root"])
async def test_nobody_makes_themselves_an_operator(client: httpx.AsyncClient, role: str) -> None:
    answer = await client.post("/auth/signup", json=NEW | {"role": role})
    assert (answer.status_code, answer.json()["code"]) == (403, "identity.role_not_allowed")


async def test_the_fifth_wrong_password_locks_the_name(client: httpx.AsyncClient) -> None:
    await client.post("/auth/signup", json=NEW)
    wrong = NEW | {"password": "not this one"}
    left = [
        (await client.post("/auth/login", json=wrong)).json().get("tries_left") for _ in range(4)
    ]
    assert left == [4, 3, 2, 1]
    fifth = await client.post("/auth/login", json=wrong)
    assert (fifth.status_code, fifth.json()["code"]) == (429, "identity.locked")
    right = await client.post("/auth/login", json=NEW)
    assert (right.status_code, right.json()["code"]) == (429, "identity.locked")
    assert int(right.headers["retry-after"]) > 800


async def test_an_unknown_name_is_refused_like_a_wrong_password(client: httpx.AsyncClient) -> None:
    answer = await client.post("/auth/login", json=NEW)
    assert (answer.status_code, answer.json()["code"]) == (401, "identity.wrong_password")


async def test_after_log_out_the_token_proves_nothing(client: httpx.AsyncClient) -> None:
    token = (await client.post("/auth/signup", json=NEW)).json()["token"]
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await client.post("/auth/logout", headers=bearer)).status_code == 204
    assert (await client.get("/me", headers=bearer)).status_code == 401


async def test_a_write_with_a_cookie_needs_the_pages_token(client: httpx.AsyncClient) -> None:
    csrf = (await client.post("/auth/signup", json=NEW)).json()["csrf_token"]
    forged = await client.post("/auth/logout")
    assert (forged.status_code, forged.json()["code"]) == (403, "identity.csrf_failed")
    other = csrf[:-1] + ("y" if csrf.endswith("x") else "x")
    wrong = await client.post("/auth/logout", headers={"X-CSRF-Token": other})
    assert wrong.status_code == 403
    right = await client.post("/auth/logout", headers={"X-CSRF-Token": csrf})
    assert right.status_code == 204


async def test_the_session_answers_for_nobody_too(client: httpx.AsyncClient) -> None:
    answer = await client.get("/session")
    assert answer.status_code == 200
    assert answer.json()["user"] is None


async def test_only_an_operator_verifies_adults(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    from livelore.trust.identity.service import NewUser

    signed_in = (await client.post("/auth/signup", json=NEW)).json()
    client.cookies.clear()
    route = f"/operator/users/{signed_in['user']['id']}/adult-verification"
    assert (await client.post(route)).status_code == 401
    own = {"Authorization": f"Bearer {signed_in['token']}"}
    assert (await client.post(route, headers=own)).status_code == 403
    operator = await platform.identity.add_user(NewUser("op", "keeps the books"), "operator")
    token = (await platform.identity.open_session(operator, "bearer")).token
    verified = await client.post(route, headers={"Authorization": f"Bearer {token}"})
    assert verified.status_code == 204
    assert (await client.get("/me", headers=own)).json()["user"]["is_adult_verified"] is True


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": "a", "password": "long enough"}, "identity.username_invalid"),
        ({"username": "a b", "password": "long enough"}, "identity.username_invalid"),
        ({"username": "abc", "password": "short"}, "identity.password_invalid"),
        ({"username": "longname1", "password": "LongName1"}, "identity.password_invalid"),
        ({"username": "abc"}, "request.invalid"),
        ({"username": 5, "password": "long enough"}, "request.invalid"),
        ({"username": "abc", "password": "long enough", "is_admin": True}, "request.invalid"),
    ],
)
async def test_a_bad_sign_up_says_what_is_wrong(
    client: httpx.AsyncClient, body: dict[str, object], code: str
) -> None:
    answer = await client.post("/auth/signup", json=body)
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_flood_of_sign_ups_is_slowed(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/auth/signup", json={"username": "x", "password": "y"})
        for _ in range(25)
    ]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "request.too_many"


async def test_the_api_describes_itself(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert "/api/v1/auth/login" in paths

"""The demo, from the first line it prints to the books it leaves: one process, in this order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from livelore.demo.catalogue import CALCULUS, HOSTS, PASSWORD
from livelore.media import flv
from tests.demo.demo_site import DemoSite


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    demo = DemoSite(tmp_path_factory.mktemp("demo"))
    yield demo.wait_ready()
    demo.end()


@pytest.fixture(scope="module")
def room_id(demo: DemoSite) -> str:
    """The room in which a class is on air."""
    rooms = demo.until(lambda: demo.get("/rooms?live=true")["items"], bool)
    assert len(rooms) == 1
    return str(rooms[0]["room_id"])


def test_it_tells_where_to_look_and_the_page_is_there(demo: DemoSite) -> None:
    assert demo.url in demo.printed
    page = httpx.get(demo.url)
    assert page.status_code == 200
    assert 'id="app"' in page.text
    assert set(demo.logins()) == {"viewer", "host", "operator"}


@pytest.mark.parametrize("role", ["viewer", "host", "operator"])
def test_everybody_printed_can_log_in(role: str, demo: DemoSite) -> None:
    assert demo.get("/me", demo.log_in(role))["user"]["role"] == role


def test_a_class_is_on_air_with_a_picture(demo: DemoSite, room_id: str) -> None:
    host = demo.log_in("host")

    def stream() -> dict[str, Any]:
        return demo.get(f"/rooms/{room_id}/studio", host)["stream"] or {"fps": 0}

    found = demo.until(stream, lambda stream: stream["fps"] > 0)
    assert found["is_publishing"]
    assert found["problem_code"] is None
    assert demo.get(f"/rooms/{room_id}")["title"]


def test_who_holds_a_ticket_watches_and_others_do_not(demo: DemoSite, room_id: str) -> None:
    viewer = demo.log_in("viewer")
    room = demo.get(f"/rooms/{room_id}", viewer)
    assert not room["access"]["entitled"]
    refused = demo.http.get(f"/rooms/{room_id}/playback", headers=viewer)
    assert (refused.status_code, refused.json()["code"]) == (403, "access.ticket_required")
    price = room["product"]["price"]["amount_minor"]
    item = {"product_id": room["product"]["id"], "quantity": 1, "seen_price_minor": price}
    order = demo.post("/orders", viewer, {"items": [item], "refund_rule_accepted": True})
    demo.post(f"/orders/{order['id']}/pay", viewer, {"method": "wechat"})
    demo.until(
        lambda: demo.get(f"/orders/{order['id']}", viewer)["state"],
        lambda state: state in {"paid", "fulfilled"},
    )
    address = demo.get(f"/rooms/{room_id}/playback", viewer)["flv"]
    assert kinds_of_tags(f"{demo.url}{address}", viewer, 200_000) == {flv.VIDEO, flv.AUDIO}


def kinds_of_tags(url: str, headers: dict[str, str], n_bytes: int) -> set[int]:
    """Kinds of the FLV tags in the first bytes of a stream."""
    data = b""
    with httpx.stream("GET", url, headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_bytes():
            data += piece
            if len(data) >= n_bytes:
                break
    assert data[:3] == b"FLV"
    at, kinds = 13, set[int]()
    while at + 11 < len(data):
        kinds.add(data[at])
        at += 15 + int.from_bytes(data[at + 1 : at + 4])
    return kinds - {18}


def test_a_crowd_is_there_and_lively(demo: DemoSite, room_id: str) -> None:
    host = demo.log_in("host")

    def numbers() -> dict[str, Any]:
        found: dict[str, Any] = demo.get(f"/rooms/{room_id}/studio", host)
        return found

    demo.until(numbers, lambda found: found["n_viewers"] >= 40)
    found = demo.until(numbers, lambda found: found["n_danmaku"] >= 10 and found["n_gifts"] >= 1)
    assert found["n_viewers_peak"] >= 40
    assert found["revenue"]["agrees_with_ledger"]
    by_kind = {line["kind"]: line for line in found["revenue"]["lines"]}
    assert by_kind["ticket"]["count"] >= 40
    assert by_kind["gift"]["amount_minor"] > 0
    messages = demo.get(f"/rooms/{room_id}/messages", host)["items"]
    assert {message["type"] for message in messages} >= {"danmaku"}
    assert demo.numbers()["livelore_messages_in_total"] >= found["n_danmaku"]


@pytest.mark.parametrize("number", [0, 7, 49])
def test_a_simulated_viewer_cannot_be_logged_in_by_a_guess(number: int, demo: DemoSite) -> None:
    name = f"sim{number:03d}"
    for guess in (PASSWORD, f"{PASSWORD}-{number}", f"{name}{name}"):
        answer = demo.http.post("/auth/login", json={"username": name, "password": guess})
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.wrong_password")


def test_afterwards_the_books_agree_and_nobody_is_left(demo: DemoSite) -> None:
    """Last of this module: it ends the demo."""
    demo.until(demo.numbers, lambda numbers: numbers["livelore_outbox_waiting"] < 50)
    assert demo.end() == 0
    assert demo.stderr() == ""
    looked = demo.command("doctor", "--money", "--data-dir", str(demo.data_dir))
    assert (looked.returncode, looked.stderr) == (0, ""), looked.stdout
    assert looked.stdout.endswith("All is well.\n")
    assert "every invariant of the ledger and every entitlement holds" in looked.stdout


def catalogue(demo: DemoSite) -> Any:
    """All that is taught, once the class is on air, without ids and times."""
    demo.until(lambda: demo.get("/rooms?live=true")["items"], bool)
    courses = demo.get("/catalog")["items"]
    return [_plain(demo.get(f"/courses/{course['id']}")) for course in courses]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _plain(each)
            for name, each in value.items()
            if name not in {"id", "live"} and not name.endswith(("_id", "_at", "_until", "_ids"))
        }
    return [_plain(each) for each in value] if isinstance(value, list) else value


def test_two_sites_teach_the_same_and_a_second_start_adds_nothing(tmp_path: Path) -> None:
    found: list[Any] = []
    for name in ("first", "second", "first"):
        (tmp_path / name).mkdir(exist_ok=True)
        demo = DemoSite(tmp_path / name, "--viewers", "0").wait_ready()
        try:
            found.append(catalogue(demo))
        finally:
            assert demo.end() == 0
    assert len(found[0]) == sum(len(host.courses) for host in HOSTS)
    assert CALCULUS.course.title in str(found[0])
    assert found[0] == found[1], "two sites"
    assert found[0] == found[2], "a second start"

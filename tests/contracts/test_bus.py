"""What every bus promises; NATS when it is reachable (LIVELORE_TEST_NATS)."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from livelore.adapters.bus_memory import MemoryBus
from livelore.adapters.bus_nats import NatsBus
from livelore.kit.errors import UnavailableError
from livelore.ports.bus import Bus, Handler

NATS_URL = os.environ.get("LIVELORE_TEST_NATS", "nats://127.0.0.1:4222")


def nats_is_reachable() -> bool:
    address = urlsplit(NATS_URL)
    try:
        with socket.create_connection((address.hostname or "", address.port or 4222), timeout=2):
            return True
    except OSError:
        return False


@pytest.fixture(params=["memory", "nats"])
async def any_bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    if request.param == "nats" and not nats_is_reachable():
        pytest.skip("NATS is not reachable (set LIVELORE_TEST_NATS)")
    bus: Bus = MemoryBus() if request.param == "memory" else NatsBus(NATS_URL)
    yield bus
    await bus.close()


async def received(messages: list[bytes], n: int) -> list[bytes]:
    for _ in range(200):
        if len(messages) >= n:
            break
        await asyncio.sleep(0.01)
    return messages


def topic(request: pytest.FixtureRequest) -> str:
    return f"test.{os.getpid()}.{abs(hash(request.node.nodeid))}"


async def test_messages_of_a_topic_arrive_in_order(
    any_bus: Bus, request: pytest.FixtureRequest
) -> None:
    heard: list[bytes] = []

    async def hear(payload: bytes) -> None:
        heard.append(payload)

    await any_bus.subscribe(topic(request), hear)
    sent = [b"%d" % number for number in range(100)]
    for payload in sent:
        await any_bus.publish(topic(request), payload)
    assert await received(heard, 100) == sent


async def test_every_subscriber_hears_and_other_topics_do_not(
    any_bus: Bus, request: pytest.FixtureRequest
) -> None:
    heard: dict[str, list[bytes]] = {"a": [], "b": [], "other": []}

    def ear(name: str) -> Handler:
        async def hear(payload: bytes) -> None:
            heard[name].append(payload)

        return hear

    await any_bus.subscribe(topic(request), ear("a"))
    await any_bus.subscribe(topic(request), ear("b"))
    await any_bus.subscribe(topic(request) + "x", ear("other"))
    await any_bus.publish(topic(request), b"hello")
    await received(heard["a"], 1)
    await received(heard["b"], 1)
    assert heard == {"a": [b"hello"], "b": [b"hello"], "other": []}


async def test_after_close_a_subscription_hears_nothing(
    any_bus: Bus, request: pytest.FixtureRequest
) -> None:
    heard: list[bytes] = []

    async def hear(payload: bytes) -> None:
        heard.append(payload)

    subscription = await any_bus.subscribe(topic(request), hear)
    await any_bus.publish(topic(request), b"first")
    await received(heard, 1)
    await subscription.close()
    await any_bus.publish(topic(request), b"second")
    await asyncio.sleep(0.05)
    assert heard == [b"first"]


async def test_a_bus_that_is_not_there_is_named() -> None:
    bus = NatsBus("nats://127.0.0.1:1")
    with pytest.raises(UnavailableError, match="reason='bus'"):  # its address may hold a password
        await bus.publish("x", b"y")

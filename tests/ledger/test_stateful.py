"""Lives of random acts: the ledger and the reference agree after every step."""

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from livelore.database.engine import Database
from tests.fakes import FakeClock
from tests.ledger.reference import World

LIVES = int(os.environ.get("LIVELORE_TEST_LIVES", "20"))
"""Lives of the stateful test; the long run takes 1,000."""
STEPS = int(os.environ.get("LIVELORE_TEST_STEPS", "25"))

WHO = st.integers(0, 5)
WHICH = st.integers(0, 50)
COINS = st.integers(1, 400)
PRICE = st.integers(1, 5000)


class Lives(RuleBasedStateMachine):
    """Rules are acts; the invariant is the whole comparison."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="livelore-test-"))
        shutil.copyfile(self.template, self.folder / "life.db")
        self.runner = asyncio.Runner()
        self.world = World(Database.open(f"sqlite:///{self.folder / 'life.db'}"), FakeClock())
        self.do(self.world.begin())

    def do(self, act: Coroutine[Any, Any, None]) -> None:
        self.runner.run(act)

    @rule(viewer=WHO, coins=st.integers(1, 1000), price=PRICE)
    def top_up(self, viewer: int, coins: int, price: int) -> None:
        self.do(self.world.top_up(viewer, coins, price))

    @rule(viewer=WHO, host=WHO, coins=COINS)
    def gift(self, viewer: int, host: int, coins: int) -> None:
        self.do(self.world.gift(viewer, host, coins))

    @rule(which=WHICH, coins=COINS)
    def undo(self, which: int, coins: int) -> None:
        self.do(self.world.undo(which, coins))

    @rule(host=WHO, amount=PRICE)
    def order(self, host: int, amount: int) -> None:
        self.do(self.world.order(host, amount))

    @rule(which=WHICH)
    def deliver(self, which: int) -> None:
        self.do(self.world.deliver(which))

    @rule(which=WHICH, amount=PRICE)
    def refund(self, which: int, amount: int) -> None:
        self.do(self.world.refund(which, amount))

    @rule()
    def pay_refunds(self) -> None:
        self.do(self.world.pay_refunds())

    @rule(viewer=WHO, coins=COINS, price=PRICE)
    def give_coins_back(self, viewer: int, coins: int, price: int) -> None:
        self.do(self.world.give_coins_back(viewer, coins, price))

    @rule(days=st.integers(0, 9))
    def settle_after(self, days: int) -> None:
        self.do(self.world.settle_after(days))

    @rule(which=WHICH)
    def repeat(self, which: int) -> None:
        self.do(self.world.repeat(which))

    @rule()
    def checkpoint(self) -> None:
        self.do(self.world.checkpoint())

    @invariant()
    def agrees(self) -> None:
        self.do(self.world.agrees())

    def teardown(self) -> None:
        self.do(self.world.end())
        self.runner.close()
        shutil.rmtree(self.folder)


def test_every_act_of_random_lives_agrees_with_the_reference(sqlite_template: Path) -> None:
    Lives.template = sqlite_template
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


async def random_act(world: World, rng: random.Random) -> None:
    who, which, coins = rng.randint(0, 5), rng.randint(0, 99), rng.randint(1, 400)
    acts: tuple[tuple[int, Callable[[], Coroutine[Any, Any, None]]], ...] = (
        (4, lambda: world.top_up(who, coins, rng.randint(1, 5000))),
        (12, lambda: world.gift(who, which, coins)),
        (5, lambda: world.undo(which, coins)),
        (3, lambda: world.order(who, coins * 7)),
        (3, lambda: world.deliver(which)),
        (4, lambda: world.refund(which, coins * 3)),
        (1, world.pay_refunds),
        (1, lambda: world.give_coins_back(who, coins, rng.randint(1, 5000))),
        (3, lambda: world.settle_after(which % 4)),
        (2, lambda: world.repeat(which)),
        (1, world.checkpoint),
    )
    chosen = rng.choices([act for _, act in acts], [weight for weight, _ in acts])[0]
    await chosen()


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_long_walk_agrees_with_the_reference_on_both_databases(
    db: Database, clock: FakeClock, seed: int
) -> None:
    rng = random.Random(seed)
    world = World(db, clock)
    await world.begin()
    for number in range(160):
        await random_act(world, rng)
        if number % 20 == 19:
            await world.agrees()
    assert world.n_refused > 5
    findings = await world.ledger.nightly_check({1, 2, 3, 6, 7, 8, 9, 10, 11, 15, 16, 22})
    assert findings == []

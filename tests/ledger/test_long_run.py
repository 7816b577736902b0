"""Random operations with a kill at every step of every kind: both sides always sum to the same.

``LIVELORE_TEST_OPERATIONS`` sets how many (default 1,200; 1,000,000 in the long run, PL01). The
reference runs here, the ledger in a process that is killed at named points and started again; what
was asked is then asked again with the same keys.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Client
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.walk import ALONE, Answer, Batch, Step, Walk

OPERATIONS = int(os.environ.get("LIVELORE_TEST_OPERATIONS", "1200"))
KILL_EVERY = 250
"""Operations between two kills in a long run; in a short one each point has its kill still."""
TOGETHER = 128
TRIES_MAX = 30
LOOKS = 10
"""How often all balances and the books are compared."""
BOOKS = {1, 2, 10, 15}
ALL_BOOKS = {1, 2, 3, 6, 7, 8, 9, 10, 11, 15, 16, 22}
TIMES = ("begin", "before act", "after act", "before commit", "after commit", "any moment")
MOVING = (*TIMES, "before transfer", "after transfer")
POINTS: dict[str, tuple[str, ...]] = {
    "topup": (*MOVING, "after outbox"),
    "gift": (*MOVING, "after outbox", "after spend_limit"),
    "undo": MOVING,
    "order": MOVING,
    "deliver": MOVING,
    "refund": MOVING,
    "refund_paid": MOVING,
    "coin_refund": MOVING,
    "settle": (*MOVING, "after outbox", "after settlement"),
    "checkpoint": ("begin", "after checkpoint", "before commit", "after commit", "any moment"),
}
PAIRS = [(kind, point) for kind, points in POINTS.items() for point in points]


class Killed(Exception):
    """The process died before it answered."""


class Keeper:
    """Keeps a ledger process running."""

    def __init__(self, url: str, folder: Path) -> None:
        self._address = str(folder / "walk.sock")
        command = [sys.executable, "-m", "tests.ledger.walk_child", url, self._address]
        self._parent = subprocess.Popen(command)
        while not Path(self._address).exists():
            assert self._parent.poll() is None
            time.sleep(0.05)
        self._pipe: Pipe | None = None

    def ask(self, what: Any) -> Any:  # Any: `walk_child` says what is answered to what
        """Ask the process, a new one if the last has died.

        Raises:
            Killed: It died meanwhile.
        """
        if self._pipe is None:
            self._pipe = Client(self._address, "AF_UNIX")
        try:
            self._pipe.send(what)
            return self._pipe.recv()
        except (EOFError, ConnectionError):
            self._pipe.close()
            self._pipe = None
            raise Killed from None

    def close(self) -> None:
        """End every process."""
        if self._pipe is not None:
            self._pipe.close()
        self._parent.kill()
        self._parent.wait()


class LongRun:
    """A walk, step by step compared with the ledger that does it."""

    def __init__(self, keeper: Keeper, seed: int) -> None:
        self.keeper = keeper
        self.rng = random.Random(seed)
        parties = self.keeper.ask([f"viewer-{n}" for n in range(5)] + ["host-0", "host-1"])
        self.walk = Walk(self.rng, parties[:5], parties[5:])
        self.kills: Counter[str] = Counter()
        self.n_batches = 0

    def do(self, steps: list[Step], die_at: str | None = None, after_s: float = 0.0) -> bool:
        """Have steps done; again if the process dies, and then they were done once.

        Returns:
            Whether it died.
        """
        operations, at = tuple(step.operation for step in steps), steps[0].at
        is_killed = False
        try:
            answers = self.keeper.ask(Batch(operations, at, die_at, after_s))
        except Killed:
            is_killed = True
            answers = self.keeper.ask(Batch(operations, at))
        for step, answer in zip(steps, answers, strict=True):
            step.take(answer)
        if is_killed and len(steps) == 1 and die_at != "any moment":
            assert_known(steps[0], answers[0], die_at)
        self.n_batches += 1
        return is_killed

    def go(self, n_operations: int) -> None:
        """Make so many steps, in batches."""
        steps: list[Step] = []
        for _ in range(n_operations):
            step = self.walk.next()
            if step.operation.kind in ALONE:
                self._flush(steps)
                self._flush([step])
                steps = []
                continue
            steps.append(step)
            if len(steps) == TOGETHER:
                self._flush(steps)
                steps = []
        self._flush(steps)

    def _flush(self, steps: list[Step]) -> None:
        """Every eighth batch is killed at some moment, often while many acts are committed."""
        if steps and self.n_batches % 8 == 7 and len(steps) > 1:
            if self.do(steps, "any moment", self.rng.uniform(0, 0.0006 * len(steps))):
                self.kills["many: any moment"] += 1
        elif steps:
            self.do(steps)

    def kill_at(self, kind: str, point: str) -> None:
        """A step of a kind, and a kill at a point of it; others until one comes to that point.

        Each step that was done before its moment came makes the next moment sooner.
        """
        within_s = 0.003
        for _ in range(TRIES_MAX):
            step = self.walk.make(kind)
            if step is not None:
                if self.do([step], point, self.rng.uniform(0, within_s)):
                    self.kills[f"{kind}: {point}"] += 1
                    return
                within_s *= 0.8
            self.go(10)

    def look(self, numbers: set[int]) -> None:
        """Every balance is the reference's, and the books agree with themselves."""
        books = {key: value for key, value in self.walk.reference.books.items() if value}
        assert self.keeper.ask("balances") == books
        assert self.keeper.ask(numbers) == []


def assert_known(step: Step, answer: Answer, died_at: str | None) -> None:
    """After its commit an operation is known, before it nothing of it is."""
    if step.is_stored:
        assert answer.is_replay == (died_at == "after commit" or step.is_repeat), died_at


@pytest.fixture
def keeper(database_url: str, tmp_path: Path) -> Iterator[Keeper]:
    keeper = Keeper(database_url, tmp_path)
    yield keeper
    keeper.close()


def test_random_operations_with_a_kill_at_each_step_keep_the_sum_at_zero(keeper: Keeper) -> None:
    run = LongRun(keeper, seed=OPERATIONS)
    n_kills = max(len(PAIRS), OPERATIONS // KILL_EVERY)
    look_every = -(-n_kills // LOOKS)
    for number in range(n_kills):
        run.go(OPERATIONS // n_kills)
        run.kill_at(*PAIRS[number % len(PAIRS)])
        if number % look_every == look_every - 1:
            run.look(BOOKS)
            print(f"{run.walk.n_made} operations, {run.kills.total()} kills", flush=True)
    run.look(ALL_BOOKS)
    assert {f"{kind}: {point}" for kind, point in PAIRS} <= set(run.kills)
    print(f"{run.walk.n_made} operations, {run.walk.n_refused} refused, {run.kills.total()} kills")

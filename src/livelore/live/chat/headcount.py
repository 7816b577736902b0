"""How many people are in one room, and when to tell: once in a while, if it changed."""

import asyncio
from collections import Counter
from collections.abc import Callable


class Headcount:
    """People of one room. Several sockets of one user count once, each anonymous one by itself.

    Args:
        gap_s: Shortest time between two changes of the number.
        on_due: Called when viewers have to be told; `is_due` until `tell` is called.

    Attributes:
        n_elsewhere: People in other processes.
        on_here_changed: Called with the number of this process, for the others to know.
        is_due: Whether the number is another than viewers were told.
    """

    def __init__(self, gap_s: float, on_due: Callable[[], None]) -> None:
        self.n_elsewhere = 0
        self.on_here_changed: Callable[[int], None] = lambda _n_here: None
        self.is_due = False
        self._gap_s = gap_s
        self._on_due = on_due
        self._n_sockets_of: Counter[str | None] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._n_told = 0
        self._n_here_told = 0

    @property
    def n_all(self) -> int:
        """People in the room, those in other processes too."""
        return self.n_here + self.n_elsewhere

    @property
    def n_here(self) -> int:
        """People in the room in this process."""
        n_anonymous = self._n_sockets_of[None]
        return len(self._n_sockets_of) - (1 if None in self._n_sockets_of else 0) + n_anonymous

    def n_sockets_of(self, user_id: str) -> int:
        """Open sockets of one user."""
        return self._n_sockets_of.get(user_id, 0)

    def come(self, user_id: str | None) -> None:
        """Count a socket in; None is somebody who is not logged in."""
        self._n_sockets_of[user_id] += 1
        self._changed()

    def go(self, user_id: str | None) -> None:
        """Count a socket out."""
        self._n_sockets_of[user_id] -= 1
        if not self._n_sockets_of[user_id]:
            del self._n_sockets_of[user_id]
        self._changed()

    def set_elsewhere(self, n_viewers: int) -> None:
        """Another process has told how many are there."""
        self.n_elsewhere = n_viewers
        self._changed()

    def _changed(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._gap_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self.n_here != self._n_here_told:
            self._n_here_told = self.n_here
            self.on_here_changed(self.n_here)
        if self.n_all != self._n_told:
            self.is_due = True
            self._on_due()

    def tell(self, seq: int, at_ms: int) -> bytes:
        """The ``presence`` message for everybody, who know the number from now on."""
        self.is_due = False
        self._n_told = self.n_all
        return self.presence(seq, at_ms)

    def presence(self, seq: int, at_ms: int) -> bytes:
        """A ``presence`` message, encoded."""
        fields = (seq, at_ms, self.n_all)
        return b'{"seq":%d,"type":"presence","ts":%d,"n_viewers":%d}' % fields

    def close(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()

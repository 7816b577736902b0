"""What a newcomer sees of a room: the parts of a ``hello``."""

from collections.abc import Iterable, Mapping, Sequence

from livelore.live.chat.model import SHOWN_TYPES, Message, dump
from livelore.live.chat.viewer import Viewer


def hello(head: Mapping[str, object], recent: bytes, pinned: Iterable[Message]) -> bytes:
    """The ``hello``: what is so now, messages of the past as `Recent` gives them, and the top."""
    pinned_json = b",".join(message.encoded for message in pinned)
    return b'%s,"recent":[%s],"pinned":[%s]}' % (dump(head).encode()[:-1], recent, pinned_json)


def you(viewer: Viewer, mutes: Mapping[str, int], at_ms: int) -> dict[str, object]:
    """What the viewer themself may do."""
    until_ms = mutes.get(viewer.user_id or "", 0)
    return {
        "user_id": viewer.user_id,
        "may_speak": viewer.standing.may_speak,
        "muted_until": until_ms if until_ms > at_ms else None,
    }


class Recent:
    """Messages of the past, encoded.

    Kept, because many join at the same moment: after a restart, or when a class begins.

    Args:
        n_max: How many are shown.
    """

    def __init__(self, n_max: int) -> None:
        self._n_max = n_max
        self._seq = -1
        self._encoded = b""

    def forget(self) -> None:
        """One of the messages was deleted."""
        self._seq = -1

    def up_to(self, seq: int, ring: Iterable[Message]) -> bytes:
        """The newest of ``ring``, of those that were sent: up to ``seq``."""
        if self._seq != seq:
            self._seq, self._encoded = seq, self.with_paid(seq, ring, ())
        return self._encoded

    def with_paid(self, seq: int, ring: Iterable[Message], paid: Sequence[Message]) -> bytes:
        """The same, and paid messages that one viewer missed."""
        shown = [m for m in ring if m.type in SHOWN_TYPES and m.seq <= seq]
        by_seq = {m.seq: m for m in paid if m.seq <= seq}
        by_seq.update((m.seq, m) for m in shown[-self._n_max :])
        return b",".join(by_seq[each].encoded for each in sorted(by_seq))

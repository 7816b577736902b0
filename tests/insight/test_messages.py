"""Messages: in order of time, codes for writers, refusals by name."""

import numpy as np
import pytest

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages


def test_messages_are_brought_into_order_of_time() -> None:
    found = Messages.of(["b", "a", "c"], at=[2.0, 1.0, 2.0], users=["x", "y", "x"])
    assert found.texts == ("a", "b", "c")
    assert found.at is not None
    assert found.at.tolist() == [1, 2, 2]
    assert found.users is not None
    assert found.users.tolist() == [1, 0, 0]
    assert found.part(1, 3).texts == ("b", "c")
    assert found.folded.texts() == ["a", "b", "c"]


def test_without_times_the_order_stays() -> None:
    assert Messages.of(["b", "a"]).texts == ("b", "a")
    assert len(Messages.of([])) == 0


def test_refusals() -> None:
    for at in ([1.0], [1.0, np.nan]):
        with pytest.raises(MessagesInvalid, match="at"):
            Messages.of(["a", "b"], at=at)
    with pytest.raises(MessagesInvalid, match="users"):
        Messages.of(["a", "b"], users=["x"])

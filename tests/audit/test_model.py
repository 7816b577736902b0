"""The chain of audited acts: any change, gap or exchange is found by its position."""

from dataclasses import replace

import pytest

from livelore.trust.audit.errors import ReasonInvalid
from livelore.trust.audit.model import Entry, NewEntry, chained, check_reason, first_break
from tests.fakes import START


def chain(n_entries: int) -> list[Entry]:
    made: list[Entry] = []
    for position in range(1, n_entries + 1):
        new = NewEntry("op", "user.locked", "user", f"u{position}", "陈默", "spam")
        before = made[-1].hash if made else ""
        made.append(Entry(position, START, new, chained(before, position, START, new)))
    return made


def test_a_chain_as_it_was_written_has_no_break() -> None:
    assert first_break(chain(4)) is None
    assert first_break([]) is None


@pytest.mark.parametrize("position", [1, 2, 4])
def test_an_altered_reason_is_found_where_it_is(position: int) -> None:
    entries = chain(4)
    entry = entries[position - 1]
    entries[position - 1] = replace(entry, new=replace(entry.new, reason="none"))
    assert first_break(entries) == position


def test_an_entry_taken_out_or_exchanged_is_found() -> None:
    entries = chain(4)
    assert first_break([entries[0], *entries[2:]]) == 2
    assert first_break([entries[1], entries[0], *entries[2:]]) == 1


def test_an_altered_entry_with_a_new_hash_of_its_own_breaks_the_next() -> None:
    entries = chain(3)
    new = replace(entries[1].new, reason="none")
    entries[1] = Entry(2, START, new, chained(entries[0].hash, 2, START, new))
    assert first_break(entries) == 3


def test_a_reason_is_one_line_and_not_empty() -> None:
    assert check_reason("  spam \n twice ") == "spam twice"
    for wrong in ("", " \n ", "x" * 201):
        with pytest.raises(ReasonInvalid):
            check_reason(wrong)

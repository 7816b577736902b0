"""The measures of this part run on their small made sets and find nothing wrong."""

from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import assist_refusal, assist_retrieval, assist_search


@pytest.mark.parametrize("measure", [assist_retrieval, assist_refusal, assist_search])
def test_a_measure_runs_small(measure: ModuleType, tmp_path: Path) -> None:
    table, goals = measure.run(tmp_path, quick=True)
    assert table
    assert goals
    assert all(each["measured"] is not None for each in goals)


def test_made_questions_are_answered_or_refused_as_they_should_be(tmp_path: Path) -> None:
    table, _ = assist_refusal.run(tmp_path, quick=True)
    assert table["made"]["own_refused"] == 0
    assert table["made"]["foreign_refused"] == 100
    assert table["sentences"]["unsupported"] == 0


def test_an_interval_draws_paragraphs_and_not_their_questions() -> None:
    refused = [at < 50 for at in range(100)]
    alone = assist_refusal.interval(refused, [str(at) for at in range(100)])
    in_tens = assist_refusal.interval(refused, [str(at // 10) for at in range(100)])
    assert alone[0] < 50 < alone[1]
    assert in_tens[1] - in_tens[0] > 2 * (alone[1] - alone[0])
    assert assist_refusal.interval([True] * 5, list("abcde")) == [100, 100]


def test_lectures_that_measure_are_not_learnt_from() -> None:
    vids = ["b", "a", "c", "a", "d"]
    learnt_from, measuring = (assist_refusal.lectures_of(vids, half) for half in (0, 1))
    assert learnt_from == {"a", "c"}
    assert measuring == {"b", "d"}

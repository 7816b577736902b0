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

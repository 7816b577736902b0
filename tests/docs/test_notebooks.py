"""Every tutorial notebook runs from top to bottom, and shows what its text promises."""

import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.docs.pages import fingerprint

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))
CHINESE = sorted((ROOT / "docs" / "zh" / "tutorials").glob("*.ipynb"))
SHOWN = {
    "portraits": [
        "from 13 events",
        "4 segments: silhouette",
        "数学爱好者 · 夜间 · 高打赏 / Maths lovers · night · high tips",
        "planted kinds found: ARI 1.000",
        "gmm            ARI",
        "drift of the same: ()",
        "tip_amount: PSI",
        "LogisticPropensity calibration error 0.0",
    ],
    "recommendation": [
        "guaranteed: every training event is before the cut",
        "next_item less popularity 0.5",
        "windows with one host twice: 0",
        "variety 0.3: distance within a list",
        "every reason was checked by taking its event away",
        "is given to 2 students",
        "['music-3', 'music-4'] -> ['music-",
        "the loaded pipeline gives the same lists",
        "# Model card",
    ],
    "assist": [
        "2 files, 5 passages, left out: ()",
        "[1] lecture.vtt, 03:19 199.0",
        "【AI生成】由程序从课程资料中摘取组成，请以原文为准",
        "4 of 4 foreign questions are refused",
        "example    For example, 1000 at 5 % grows to 1050",
        "怎样解释“复利”？  |  复利是指利息也会生利息的计算方法。  |  00:12",
        "refused: 全网最好的课",
        "P = 1000, r = 0.05, n = 12, t = 10: amount A ≈ 1647.009498 (checked a second way)",
        "left out: ('Send money to account 123.',)",
    ],
    "insight": [
        "讲得真清楚，太棒了",
        "lowest minute: 5, from ",
        "three people: None",
        "lost from 299 s on, said at 311 s",
        "highlight 774-796 s, 126 messages: ('哈哈哈'",
        " 12 times by 11  洛必达法则什么时候能用",
        "分部积分       from   566 s",
        "term:洛必达法则, time:1696年, amount:99元",
        "call me: １３８ ００１３ ８０００  ->  contact (phone, 0.97)",
        " 200-400 s  slope · derivative · tangent",
        "'topic_label': '分部积分', 'is_question': False}",
    ],
    "pipeline": [
        "2400 rows of behaviour, 40 contents, 400 messages",
        "300 users in 3 segments",
        "Wrote results/chat_analysis.csv: 400 messages",
        '"row":2402,"column":"timestamp"',
        "planted kind 2: 100 in 'Interact a lot'",
        "1  maths-1     0.458  because you watched “maths-0”",
        "negative   -0.60  asks  没听懂，能再讲一遍吗？",
        "amount A ≈ 1647.009498 (checked a second way)",
        "[1] slides.md, Derivatives: A derivative says how fast",
        "3 answers, 1 of them refusals",
        "of the users keep their segment",
    ],
}
"""What must stand in the outputs, by notebook; one that is not listed must only run."""


def executed(path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # Any: nbformat has no types
    """The notebook after a run in a kernel of this very interpreter."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.create_kernel_manager()
    assert client.km is not None
    assert client.km.kernel_spec is not None
    client.km.kernel_spec.argv[0] = sys.executable
    client.execute()
    return notebook


def output_of(notebook: Any) -> str:
    return "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )


def test_there_are_notebooks() -> None:
    assert {"assist", "insight", "pipeline", "portraits", "recommendation"} <= {
        path.stem for path in NOTEBOOKS
    }


@pytest.mark.filterwarnings("ignore")  # what Jupyter warns of is not ours
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_says(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = output_of(executed(path, monkeypatch))
    for words in SHOWN.get(path.stem, []):
        assert words in shown, shown
    assert "Warning" not in shown


@pytest.mark.parametrize("path", [*NOTEBOOKS, *CHINESE], ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    assert all(not cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("path", CHINESE, ids=lambda path: path.stem)
def test_a_chinese_notebook_runs_the_same_code_and_names_the_english(path: Path) -> None:
    """It is not run again: what it shows is what the English one shows."""
    english = ROOT / "docs" / "tutorials" / path.name
    ours, theirs = (
        nbformat.read(each, as_version=4)  # type: ignore[no-untyped-call]
        for each in (path, english)
    )
    assert ours.metadata["mirrors"] == fingerprint(english)
    assert [cell.cell_type for cell in ours.cells] == [cell.cell_type for cell in theirs.cells]
    for mine, its in zip(ours.cells, theirs.cells, strict=True):
        is_code = mine.cell_type == "code"
        assert (mine.source == its.source) == is_code, mine.source

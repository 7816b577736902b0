"""Code that the docs show is run: against a whole site, with what a reader would have."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from livelore.intelligence.insight.sentiment.larger.opening import reader_of
from tests.docs.pages import DOCS, blocks
from tests.e2e.site import Site
from tests.insight import tiny_models

LIMIT_S = 60.0
RUN = ["tutorials/first-paid-course.md", "how-to/run-on-a-server.md"]
FILES_PAGE = "how-to/recommend-from-files.md"
REPORT_PAGE = "how-to/from-files-to-a-report.md"
DEEP_PAGE = "explanation/deep-models.md"
LARGER_PAGE = "how-to/use-a-larger-model.md"
PICTURE_PAGE = "how-to/watch-the-picture.md"
NLP_PAGE = "how-to/use-your-own-nlp.md"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path, "")  # the file in the data folder, as on a new site
    await site.start()
    yield site
    await site.close()


async def run(site: Site, *command: str, cwd: Path) -> str:
    """Run as a reader of the site's data folder would."""
    return await run_in({**site.environ, "SITE_URL": site.url}, *command, cwd=cwd)


async def run_in(environ: dict[str, str], *command: str, cwd: Path) -> str:
    """Run with the commands of this checkout first in the path; a failure shows what was said."""
    environ = {
        **environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environ,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(LIMIT_S):
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


def script_of(page: str, site: Site) -> str:
    """The page's `sh` blocks as one script, with this site's address instead of the usual one."""
    found = blocks(DOCS / page, "sh")
    assert found, page
    return "\n".join(found).replace("http://127.0.0.1:8080", site.url)


@pytest.mark.parametrize("page", RUN)
async def test_the_commands_of_a_page_work(page: str, site: Site, tmp_path: Path) -> None:
    printed = await run(site, "bash", "-euo", "pipefail", "-c", script_of(page, site), cwd=tmp_path)
    assert "All is well." in printed


async def test_the_program_of_the_api_page_works(site: Site, tmp_path: Path) -> None:
    (program,) = blocks(DOCS / "how-to/use-the-api.md", "python")
    printed = await run(site, sys.executable, "-W", "error", "-c", program, cwd=tmp_path)
    assert printed.splitlines()[1:] == ["0 coins", "rooms.not_found"]


async def test_the_commands_from_files_to_a_report_work(tmp_path: Path) -> None:
    script = "\n".join(blocks(DOCS / REPORT_PAGE, "sh"))
    printed = await run_in(dict(os.environ), "bash", "-euo", "pipefail", "-c", script, cwd=tmp_path)
    assert "600 users in 3 segments" in printed
    assert "3600 rows of behaviour, several a user, are added up" in printed
    assert "because you watched" in printed
    assert '"row":3602,"column":"timestamp"' in printed
    results = {path.name for path in (tmp_path / "results").iterdir()}
    assert {"user_profile.csv", "user_recommendations.csv", "report.html"} <= results
    (program,) = blocks(DOCS / REPORT_PAGE, "python")
    await run_in(dict(os.environ), sys.executable, "-W", "error", "-c", program, cwd=tmp_path)
    lists = (tmp_path / "user_recommendations.csv").read_text("utf-8").splitlines()
    assert len(lists) == 1 + 5 * 600


async def test_the_commands_on_files_work(tmp_path: Path) -> None:
    """No site and no database: a folder with the page's own files."""
    script = "\n".join(blocks(DOCS / FILES_PAGE, "sh"))
    printed = await run_in(dict(os.environ), "bash", "-euo", "pipefail", "-c", script, cwd=tmp_path)
    assert "from 3600 events of 3600 rows" in printed
    assert "Wrote lists of 300 users to lists.csv" in printed
    assert "new-one,1,course-" in printed
    assert "segments: 2;" in printed
    now = (tmp_path / "now.csv").read_text("utf-8").splitlines()
    assert {row.split(",")[2] for row in now[1:]} <= {f"course-{n}" for n in (1, 2, 12, 31)}


async def test_the_program_of_the_deep_page_works(tmp_path: Path) -> None:
    """With a small model in the place of the reader's own."""
    pytest.importorskip("torch")
    pytest.importorskip("onnxruntime")
    (program,) = blocks(DOCS / DEEP_PAGE, "python")
    made = """
import numpy as np
from livelore.intelligence.recommend.data import Interactions
from livelore.intelligence.recommend.deep.sasrec import SASRec

rng = np.random.default_rng(0)
events = Interactions.of(np.repeat(np.arange(40), 8), rng.integers(0, 20, 320), at=np.arange(320))
model = SASRec(epochs=1).fit(events)
"""
    script = f"{made}\n{program}\nprint(served.scores(events.histories).shape)"
    printed = await run_in(dict(os.environ), sys.executable, "-c", script, cwd=tmp_path)
    assert printed.splitlines()[-1] == "(40, 20)"
    assert (tmp_path / "encoder.onnx").stat().st_size > 0


async def test_the_programs_of_the_larger_page_work(tmp_path: Path) -> None:
    """With tiny models in the place of the reader's own."""
    pytest.importorskip("transformers")
    pytest.importorskip("onnxruntime")
    stars = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
    for name, labels in {
        "my-model": tiny_models.LABELS,
        "my-stars": stars,
        "my-two-sides": ("NEGATIVE", "POSITIVE"),
    }.items():
        model = tiny_models.taught(labels, steps=60 if name == "my-model" else 1)
        tiny_models.saved(tmp_path / name, model)
    tiny_models.exported(tmp_path / "my-graph", tiny_models.taught(steps=1))
    (tmp_path / "messages.txt").write_text("\n".join(tiny_models.planted(400, 1)[0]), "utf-8")
    program = "\n".join(blocks(DOCS / LARGER_PAGE, "python"))
    command = (sys.executable, "-W", "error", "-c", f"{program}\nprint(len(reader.read(texts)))")
    printed = await run_in(dict(os.environ), *command, cwd=tmp_path)
    assert printed.splitlines()[0] == "['positive', 'ambiguous']"
    assert printed.splitlines()[-1] == "400"
    sizes = [(tmp_path / "my-graph" / name).stat().st_size for name in ("small.onnx", "model.onnx")]
    assert 0 < sizes[0] < sizes[1]
    assert reader_of(tmp_path / "ours.model").read(["南好人"]).names() == ["positive"]


async def test_the_programs_of_the_picture_page_work(tmp_path: Path) -> None:
    program = "\n".join(blocks(DOCS / PICTURE_PAGE, "python"))
    command = (sys.executable, "-W", "error", "-c", program)
    lines = (await run_in(dict(os.environ), *command, cwd=tmp_path)).splitlines()
    assert any(line.endswith("note: another slide is shown") for line in lines)
    assert any(re.fullmatch(r"black 2\.\d 3\.\d", line) for line in lines)
    first, second = lines[-3:-1]
    assert first.startswith("0.0 ")
    # the cut lies where the slide changed, not where the line begins
    assert re.match(r"51\.\d+ example", second)
    assert lines[-1] == "[]"


async def test_the_programs_of_the_nlp_page_work(tmp_path: Path) -> None:
    program = "\n".join(blocks(DOCS / NLP_PAGE, "python"))
    command = (sys.executable, "-W", "error", "-c", program)
    printed = await run_in(dict(os.environ), *command, cwd=tmp_path)
    lines = printed.splitlines()
    assert lines[0] == "['positive', 'negative']"
    assert "text='Ada Lovelace'" in lines[2]
    assert lines[3] == "['negative', 'positive'] ['person:Ada Lovelace', '']"
    assert lines[-1] == "positive [('Ada Lovelace', 'PERSON'), ('eigenvalue', 'term')]"


def test_no_other_page_has_code_that_is_not_run() -> None:
    """`sh` and `python` blocks are run; what cannot be is a `console` block."""
    shown = {
        str(path.relative_to(DOCS))
        for path in DOCS.rglob("*.md")
        if "zh" not in path.parts and (blocks(path, "sh") or blocks(path, "python"))
    }
    assert shown == {*RUN, "how-to/use-the-api.md", FILES_PAGE, REPORT_PAGE, DEEP_PAGE} | {
        LARGER_PAGE,
        PICTURE_PAGE,
        NLP_PAGE,
    }

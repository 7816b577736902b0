"""The article's samples as this library has them: few lines, run as they stand."""

import ast
import asyncio
import sys
from pathlib import Path

import pytest

from tests.pipeline.made import Folder, read

EXAMPLES = Path(__file__).parents[2] / "examples"
OUTPUTS = {
    "user_profile.py": ("user_profile.csv", "user_cluster", 240),
    "chat_analysis.py": ("chat_analysis.csv", "sentiment", 3),
    "user_recommendations.py": ("user_recommendations.csv", "recommended_content_id", 2_400),
}
NAMES = (*OUTPUTS, "generated_content.py")


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_an_example_has_at_most_five_lines_and_works(name: str, folder: Folder) -> None:
    text = (EXAMPLES / name).read_text("utf-8")
    (documented, *statements) = ast.parse(text).body
    assert isinstance(documented, ast.Expr)
    assert sum((each.end_lineno or 0) - each.lineno + 1 for each in statements) <= 5
    folder.article()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(EXAMPLES / name)), cwd=folder.path
    )
    assert await process.wait() == 0
    if name == "generated_content.py":
        written = (folder.path / "generated_content.txt").read_text("utf-8")
        assert "A = P(1 + r/n)^(nt)" in written
        return
    output, column, n_rows = OUTPUTS[name]
    rows = read(folder.path / output)
    assert len(rows) == n_rows
    assert rows[0][column] != ""

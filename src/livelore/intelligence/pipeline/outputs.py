"""The folder of results: all outputs are whole before the first takes its place."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from livelore.intelligence.pipeline.errors import FolderUnusable
from livelore.intelligence.tables.writing import rejects_path

PROFILE, LISTS, ANALYSIS, GENERATED, REPORT = (
    "user_profile.csv",
    "user_recommendations.csv",
    "chat_analysis.csv",
    "generated_content.txt",
    "report.html",
)
_TABLES = (PROFILE, LISTS, ANALYSIS)


@contextmanager
def draft_folder(target: Path) -> Generator[Path]:
    """A folder to write into; what is in it moves to ``target`` when the block ends well.

    After a failure ``target`` is as it was, and is not there if it was not. Files of rejects of an
    earlier run whose table is written anew without any are taken away.

    Raises:
        FolderUnusable: The target is a file, or cannot be made or written.
    """
    was_there = target.exists()
    try:
        target.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".pipeline-", dir=target))
    except OSError as error:
        what = "it is a file" if target.is_file() else error.strerror or str(error)
        raise FolderUnusable(file=str(target), what=what, mend="name a folder") from error
    try:
        yield draft
        written = sorted(draft.iterdir())
        for path in written:
            path.replace(target / path.name)
        for name in _TABLES:
            stale = rejects_path(target / name)
            if any(path.name == name for path in written) and stale.name not in {
                path.name for path in written
            }:
                stale.unlink(missing_ok=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not was_there and not any(target.iterdir()):
            target.rmdir()

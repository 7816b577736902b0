"""The index of a course: one folder's files, what they say, and how it is found."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence import model_file
from livelore.intelligence.assist.errors import IndexUnreadable, MaterialMissing, MaterialUnreadable
from livelore.intelligence.assist.kinds import kinds_held
from livelore.intelligence.assist.material import Passage, passages_of
from livelore.intelligence.assist.postings import Postings
from livelore.intelligence.assist.reading.files import KINDS, course_files, read_blocks
from livelore.intelligence.assist.shelf import Shelf
from livelore.intelligence.assist.terms import terms_of

LAYOUT = 1
"""Of an index; one of another layout is made anew."""


@dataclass(frozen=True)
class FileReject:
    """A file that was left out: its path in the folder, why, and how that is mended."""

    file: str
    reason: str


@dataclass(frozen=True)
class CourseIndex:
    """What can be asked.

    Attributes:
        root: The folder, as an absolute path.
        marks: Size and time of change of each file that was read, by its path in the folder.
        shelf: The passages.
        postings: Where terms stand.
        held: What each sentence could answer, bits of `kinds.SENTENCES`, int64.
        layout: As `LAYOUT` was when it was made.
    """

    root: str
    marks: dict[str, tuple[int, int]]
    shelf: Shelf
    postings: Postings
    held: NDArray[np.int64]
    layout: int = LAYOUT


@dataclass(frozen=True)
class Built:
    """An index and how it came to be: files read now, kept, gone, left out, of no known kind."""

    index: CourseIndex
    n_read: int
    n_kept: int
    n_gone: int
    n_others: int
    rejects: tuple[FileReject, ...]


def index_of(passages: list[Passage], root: str = "", marks: Any = None) -> CourseIndex:
    """An index of passages that were made already.

    Args:
        passages: Those of one file stand together.
        root: The folder they come from.
        marks: Of its files; see `CourseIndex`.
    """
    shelf = Shelf.of(passages)
    texts = shelf.sentence_texts()
    postings = Postings().fit([terms_of(text) for text in texts], shelf.bounds)
    held = np.array([kinds_held(text) for text in texts], np.int64)
    return CourseIndex(root, marks or {}, shelf, postings, held)


def build(
    folder: Path, known: CourseIndex | None = None, step: Callable[[int, int], None] | None = None
) -> Built:
    """Index a folder; files that are as they were in ``known`` are not read again.

    Args:
        folder: Its hidden files and folders are passed over.
        known: An index of the same folder; of another one: not used.
        step: Told how many files are done, and of how many.

    Raises:
        MaterialMissing: There is no folder, or no file in it could be read.
    """
    if not folder.is_dir():
        what = "it is a file" if folder.exists() else "there is no such folder"
        mend = f"name the folder it is in: {folder.parent}" if folder.exists() else "check the path"
        raise MaterialMissing(folder=str(folder), what=what, mend=mend)
    paths, n_others = course_files(folder)
    root = str(folder.resolve())
    old = _passages_by_source(known) if known is not None and known.root == root else {}
    old_marks = known.marks if known is not None and old else {}
    passages: list[Passage] = []
    marks: dict[str, tuple[int, int]] = {}
    rejects: list[FileReject] = []
    n_kept = 0
    for n_done, path in enumerate(paths, start=1):
        name = path.relative_to(folder).as_posix()
        try:
            mark = _mark(path, root)
            is_known = name in old and old_marks.get(name) == mark
            found = old[name] if is_known else passages_of(name, read_blocks(path))
        except MaterialUnreadable as error:
            fields = error.fields
            rejects.append(FileReject(name, f"{fields['what']}; {fields['mend']}"))
        else:
            passages += found
            marks[name] = mark
            n_kept += is_known
        if step is not None:
            step(n_done, len(paths))
    if not passages:
        what = f"all {len(rejects)} files were left out" if rejects else "it has no file to read"
        mend = f"{rejects[0].file}: {rejects[0].reason}" if rejects else f"put {', '.join(KINDS)}"
        raise MaterialMissing(folder=str(folder), what=what, mend=mend)
    n_gone = len(set(old) - set(marks))
    if n_kept == len(old) == len(marks) and known is not None:
        return Built(known, 0, n_kept, 0, n_others, tuple(rejects))
    index = index_of(passages, root, marks)
    return Built(index, len(marks) - n_kept, n_kept, n_gone, n_others, tuple(rejects))


def _mark(path: Path, root: str) -> tuple[int, int]:
    """Size and time of change; a link must not bring into answers what is not of the course."""
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        raise MaterialUnreadable(what="it is a link out of the folder", mend="copy the file")
    try:
        found = path.stat()
    except OSError as error:
        raise MaterialUnreadable(
            what=f"it cannot be opened: {error.strerror}", mend="check who may read it"
        ) from error
    return found.st_size, found.st_mtime_ns


def _passages_by_source(index: CourseIndex) -> dict[str, list[Passage]]:
    found: dict[str, list[Passage]] = {}
    for row in range(len(index.shelf)):
        passage = index.shelf.passage(row)
        found.setdefault(passage.source, []).append(passage)
    return found


def save(index: CourseIndex, path: Path) -> None:
    """Write an index as one file, whole or not at all."""
    model_file.write(index, path)


def load(path: Path) -> CourseIndex:
    """Read one that `save` wrote.

    Raises:
        IndexUnreadable: It is absent, broken, no index, or of another layout.
    """
    if not path.is_file():
        raise IndexUnreadable(path=str(path), detail="no such file: run `livelore assist index`")
    found = model_file.read(path, "assist", IndexUnreadable)
    if not isinstance(found, CourseIndex) or found.layout != LAYOUT:
        raise IndexUnreadable(path=str(path), detail="another kind or layout: index it again")
    return found

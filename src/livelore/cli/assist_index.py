"""Where `livelore assist` keeps a course's index, and how its commands open it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from livelore.intelligence.assist.course import CourseIndex
    from livelore.intelligence.assist.retrieve import Retriever

DEFAULT = ".livelore-index"
"""In the folder where the command runs, so that `ask` finds what `index` wrote."""

IndexFile = Annotated[
    Path, Parameter(name=["--index", "-i"], help="What `index` wrote, or the folder it is in.")
]


def opened(path: Path) -> "CourseIndex":
    """The index of a file, or of the folder that it is in."""
    from livelore.intelligence.assist.course import load

    return load(path / DEFAULT if path.is_dir() else path)


def retriever_of(path: Path) -> "Retriever":
    """Finds in the same."""
    from livelore.intelligence.assist.retrieve import Retriever

    return Retriever(opened(path))

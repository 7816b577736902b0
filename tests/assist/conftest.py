"""A small course in both languages, in files of every kind."""

from pathlib import Path

import pytest

from livelore.intelligence.assist.course import CourseIndex, build
from livelore.intelligence.assist.retrieve import Retriever
from tests.assist.made import COURSE, pdf_of


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    for name, text in COURSE.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "cells.pdf").write_bytes(
        pdf_of(["Cells are small units of life.", "Mitochondria release energy from sugar."])
    )
    return folder


@pytest.fixture(scope="session")
def index(course: Path) -> CourseIndex:
    return build(course).index


@pytest.fixture(scope="session")
def retriever(index: CourseIndex) -> Retriever:
    return Retriever(index)

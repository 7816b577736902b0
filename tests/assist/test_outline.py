"""An outline has every section once, in order, with the sentence that says most of it."""

from pathlib import Path

import pytest

from livelore.intelligence.assist.course import CourseIndex, build, index_of
from livelore.intelligence.assist.generate.outline import outline
from livelore.intelligence.assist.generate.sheets import notes, section_rows
from livelore.intelligence.assist.material import Block, passages_of
from tests.assist.made import pdf_of
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]
PAGE = """# Simple interest
Good morning to you all. Simple interest is interest on the first sum alone. Any questions?

| year | sum | interest |
|---|---|---|
| 1 | 1050 | 50 |

# Compound interest
Let us go on with it now. Compound interest is interest that is paid on earlier interest as well.
"""
SUBJECTS = (
    "a limit tells where the values of a sequence tend to",
    "a derivative is the slope of the tangent of a curve",
    "an integral is the area under the graph of a function",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> CourseIndex:
    folder = tmp_path_factory.mktemp("course")
    (folder / "a.md").write_text(PAGE, "utf-8")
    (folder / "b.pdf").write_bytes(pdf_of(["Cells are small units of life.", "Sugar has energy."]))
    cues = [f"{n // 3:02}:{n % 3 * 20:02}.000" for n in range(36)]
    lines = [f"{at} --> {at}\n{SUBJECTS[n // 12]}, number {n}." for n, at in enumerate(cues)]
    (folder / "c.vtt").write_text("WEBVTT\n\n" + "\n\n".join(lines), "utf-8")
    return build(folder).index


def test_headings_pages_and_changes_of_words_divide(index: CourseIndex) -> None:
    found = outline(index)
    assert [(each.source, each.title) for each in found[:4]] == [
        ("a.md", "Simple interest"),
        ("a.md", "Compound interest"),
        ("b.pdf", "page 1"),
        ("b.pdf", "page 2"),
    ]
    spoken = [each for each in found if each.source == "c.vtt"]
    assert [each.second for each in spoken] == pytest.approx([0, 240, 480], abs=20)
    assert "limit" in spoken[0].title
    assert "integral" in spoken[2].title


def test_a_section_is_told_by_its_definition_and_not_by_greetings(index: CourseIndex) -> None:
    told = {each.title: [hit.text for hit in each.sentences] for each in outline(index)}
    assert told["Simple interest"] == ["Simple interest is interest on the first sum alone."]
    assert told["Compound interest"] == [
        "Compound interest is interest that is paid on earlier interest as well."
    ]


def test_every_sentence_is_of_the_course_and_cited(index: CourseIndex) -> None:
    for n in (1, 3):
        for each in outline(index, n):
            assert len(each.sentences) == len(each.citations) <= n
            for hit, citation in zip(each.sentences, each.citations, strict=True):
                assert hit.text in citation.text
                assert citation.source == each.source
            at = [(hit.row, hit.sentence) for hit in each.sentences]
            assert at == sorted(at, key=lambda pair: (pair[0], pair[1] or 0))


def test_notes_and_rows_carry_places_and_label(index: CourseIndex) -> None:
    text = notes(outline(index))
    assert text.startswith("# a.md\n\n- **Simple interest** Simple interest is interest")
    assert "\n- **00:00 " in text
    assert text.endswith(
        "[AI-generated] Put together from the course's own words; the source decides"
    )
    rows = section_rows(outline(index, 2))
    assert {row["source"] for row in rows} == {"a.md", "b.pdf", "c.vtt"}
    assert all("AI" in row["label"] for row in rows)


def test_a_course_of_odd_lines_has_an_outline_without_sentences() -> None:
    of = index_of(passages_of("a.txt", [Block("?"), Block("1 2"), Block("a · b · c · d")]))
    (section,) = outline(of)
    assert section.sentences == ()
    assert section_rows([section]) == []


def test_the_command(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "a.md").write_text(PAGE, "utf-8")
    assert cli("assist", "index", "course").status == 0
    assert "- **Compound interest** Compound interest is" in cli("assist", "outline").out
    for name in ("notes.md", "notes.csv", "notes.jsonl"):
        done = cli("assist", "outline", "-o", name)
        assert done.out == f"Wrote 2 sections to {name}\n", done.err
        assert "AI" in (tmp_path / name).read_text("utf-8")
    for options, words in ((("-n", "0"), "-n: 0"), (("-o", "notes.docx"), "notes.docx")):
        done = cli("assist", "outline", *options)
        assert done.status == 2
        assert words in done.line

"""Files of every kind and encoding become passages with places; bad ones are told, not dropped."""

from pathlib import Path

import pytest

from livelore.intelligence.assist.course import build, load, save
from livelore.intelligence.assist.errors import (
    IndexUnreadable,
    MaterialMissing,
    MaterialUnreadable,
)
from livelore.intelligence.assist.material import PASSAGE_LONGEST, Block, passages_of
from livelore.intelligence.assist.reading.decoding import decoded
from livelore.intelligence.assist.reading.files import read_blocks
from livelore.intelligence.assist.reading.markup import (
    html_blocks,
    markdown_blocks,
    text_blocks,
)
from livelore.intelligence.assist.reading.transcript import blocks_of
from livelore.kit.times import clock
from tests.assist.made import pdf_of

CHINESE = "复利是指利息也生利息的计算方法。本金加上利息，一起进入下一期。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_chinese_is_read_in_every_common_encoding(encoding: str) -> None:
    assert decoded(CHINESE.encode(encoding))[0] == CHINESE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp1252"])
def test_english_with_accents_is_read(encoding: str) -> None:
    text = "The café is a naïve example of a short text with few accents."
    assert decoded(text.encode(encoding))[0] == text


@pytest.mark.parametrize("content", [bytes(range(256)) * 20, b"\x00\x01\x02" * 100])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(MaterialUnreadable):
        decoded(content)


def test_wrapped_lines_of_markdown_are_one_sentence() -> None:
    text = (
        "For example, 1000 at 5 %\ngrows to 1050.\n\n复利是指利息\n也生利息。\n\n"
        "- one\n  goes on\n- two\n\n| a | b |\n|---|---|\n| c | d |\n\nbroken  \nby will\n\n"
        "```\nx = 1\ny = 2\n```\n"
    )
    assert [block.text for block in markdown_blocks(text)] == [
        "For example, 1000 at 5 % grows to 1050.",
        "复利是指利息也生利息。",
        "one goes on\ntwo",
        "a · b\nc · d",
        "broken\nby will",
        "x = 1\ny = 2",
    ]


def test_wrapped_lines_of_plain_text_are_joined_and_short_ones_stay() -> None:
    wrapped = "Gradient descent follows the slope of the loss\nfunction until the slope is flat."
    (block,) = text_blocks(wrapped)
    assert block.text == wrapped.replace("\n", " ")
    poem = "床前明月光\n疑是地上霜\n举头望明月\n低头思故乡"
    assert [each.text for each in text_blocks(poem)] == [poem]
    words = (
        "entropy 熵\nderivative 导数\na measure of how much a function changes 变化率的意思\nend"
    )
    (block,) = text_blocks(words)
    assert block.text.startswith("entropy 熵\nderivative 导数\n")
    chinese = "梯度下降沿着损失函数的坡度一步一步往下走直到坡\n度变平为止。学习率太大会越过谷底。"
    assert [each.text for each in text_blocks(chinese)] == [chinese.replace("\n", "")]


def test_markdown_keeps_headings_and_takes_marks_off() -> None:
    text = "---\ntitle: x\n---\n# A\nplain **bold** [link](http://a.b)\n## B\n- item\n"
    text += "```\na = 1\n\nb = 2\n```\n"
    found = list(markdown_blocks(text))
    assert [(each.heading, each.text) for each in found] == [
        ("A", "plain bold link"),
        ("A › B", "item\na = 1\nb = 2"),
    ]


def test_html_hides_scripts_and_keeps_headings() -> None:
    page = "<h1>T</h1><style>p{}</style><p>one &amp; two</p><script>bad()</script><h2>U</h2>three"
    found = list(html_blocks(page))
    assert [(each.heading, each.text) for each in found] == [("T", "one & two"), ("T › U", "three")]


def test_a_page_without_the_end_of_its_head_is_read() -> None:
    page = "<html><head><title>no</title><body><p>seen</p><script>x</script></body>"
    assert [each.text for each in html_blocks(page)] == ["seen"]


@pytest.mark.parametrize(
    "text",
    [" " * 200_000 + "x", "*" * 100_000 + "x", "<" * 100_000, "[" * 100_000, "`" * 100_001 + "x"],
)
@pytest.mark.parametrize("suffix", [".md", ".txt", ".html"])
def test_hostile_runs_of_a_character_end(tmp_path: Path, text: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text(f"words before\n\n{text}\n\nwords after")
    assert build(tmp_path).n_read == 1


def test_rolling_captions_are_said_once_and_in_order() -> None:
    text = (
        "1\n00:00:05,000 --> 00:00:08,000\nsecond line here\n\n"
        "2\n00:00:01,000 --> 00:00:06,000\n<i>first line</i>\n\n"
        "3\n00:00:07,000 --> 00:00:09,000\nsecond line here and more.\n"
    )
    (block,) = blocks_of(text)
    assert block.second == 1.0
    assert block.text == "first line second line here and more."


def test_a_transcript_without_times_is_refused() -> None:
    with pytest.raises(MaterialUnreadable):
        list(blocks_of("WEBVTT\n\njust words"))


@pytest.mark.parametrize(
    ("second", "shown"), [(0, "00:00"), (61.9, "01:01"), (754.5, "12:34"), (3723, "1:02:03")]
)
def test_seconds_as_a_clock(second: float, shown: str) -> None:
    assert clock(second) == shown


def test_sentences_stand_where_they_say() -> None:
    blocks = [Block("一句话。" * 200), Block("word " * 400), Block("尾巴", heading="H")]
    found = passages_of("a", blocks)
    assert all(len(each.text) <= PASSAGE_LONGEST for each in found)
    assert all(each.sentences for each in found)
    said = "".join(each.sentence(at) for each in found for at in range(len(each.sentences)))
    assert said.replace(" ", "") == "".join(b.text for b in blocks).replace(" ", "")
    assert found[-1].place() == "H"


def test_a_heading_of_a_pdf_is_no_part_of_its_sentence(tmp_path: Path) -> None:
    page = (
        "Entropy\nEntropy is a measure of disorder in a system, and it never decre-\n"
        "ases in an isolated one, which is what the second law says of it.\nNext"
    )
    (tmp_path / "a.pdf").write_bytes(pdf_of([page]))
    (block,) = read_blocks(tmp_path / "a.pdf")
    assert block.text.splitlines() == [
        "Entropy",
        "Entropy is a measure of disorder in a system, and it never decreases in an isolated one, "
        "which is what the second law says of it.",
        "Next",
    ]


def test_shapes_become_the_characters_that_people_type(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("⽣⻓是⼀个词。 The ﬁrst eﬀect is con\u00adstant.", "utf-8")
    (block,) = read_blocks(tmp_path / "a.txt")
    assert block.text == "生长是一个词。 The first effect is constant."


def test_a_pdf_has_pages(course: Path) -> None:
    blocks = read_blocks(course / "cells.pdf")
    assert [(each.page, each.text) for each in blocks] == [
        (1, "Cells are small units of life."),
        (2, "Mitochondria release energy from sugar."),
    ]


def test_bad_files_are_told_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(CHINESE, "gbk")
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing")
    (tmp_path / "picture.txt").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "no.vtt").write_text("WEBVTT\n")
    (tmp_path / "other.zip").write_bytes(b"PK")
    (tmp_path / ".hidden.md").write_text("secret")
    built = build(tmp_path)
    assert (built.n_read, built.n_others) == (1, 1)
    assert [each.file for each in built.rejects] == [
        "broken.pdf",
        "empty.md",
        "no.vtt",
        "picture.txt",
    ]
    assert all("; " in each.reason for each in built.rejects)


def test_a_folder_without_material_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MaterialMissing, match="no file"):
        build(tmp_path)
    with pytest.raises(MaterialMissing, match="no such folder"):
        build(tmp_path / "absent")


def test_only_changed_files_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(f"{name} says something about rivers.")
    first = build(tmp_path)
    save(first.index, tmp_path / "i")
    known = load(tmp_path / "i")
    (tmp_path / "b.txt").write_text("now about volcanoes and lava.")
    (tmp_path / "c.txt").unlink()
    read: list[str] = []

    def noted(path: Path) -> list[Block]:
        read.append(path.name)
        return read_blocks(path)

    monkeypatch.setattr("livelore.intelligence.assist.course.read_blocks", noted)
    again = build(tmp_path, known)
    assert read == ["b.txt"]
    assert (again.n_read, again.n_kept, again.n_gone) == (1, 1, 1)
    fresh = build(tmp_path)
    assert again.index.shelf.texts.tolist() == fresh.index.shelf.texts.tolist()
    assert again.index.postings.impacts_.tolist() == fresh.index.postings.impacts_.tolist()
    assert build(tmp_path, again.index).index is again.index


def test_a_saved_index_answers_the_same(tmp_path: Path, course: Path) -> None:
    index = build(course).index
    save(index, tmp_path / "i")
    again = load(tmp_path / "i")
    assert [again.shelf.passage(row) for row in range(len(again.shelf))] == [
        index.shelf.passage(row) for row in range(len(index.shelf))
    ]
    assert [each.name for each in tmp_path.iterdir()] == ["i"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"text"])
def test_a_broken_index_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "i").write_bytes(content)
    with pytest.raises(IndexUnreadable):
        load(tmp_path / "i")

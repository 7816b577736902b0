"""`livelore assist`: index, ask and retrieve on files, and what is said when they are wrong."""

import json
from pathlib import Path

import pytest

from tests.assist.made import COURSE
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]


@pytest.fixture
def indexed(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "course").mkdir()
    for name, text in COURSE.items():
        (tmp_path / "course" / name).write_text(text, "utf-8")
    (tmp_path / "course" / "empty.md").write_bytes(b"")
    done = cli("assist", "index", "course")
    assert done.status == 0, done.err
    assert "4 files read" in done.out
    assert "1 left out (empty.md)" in done.out
    return cli


def test_rejects_are_kept_with_their_reason(indexed: Cli, tmp_path: Path) -> None:
    (line,) = (tmp_path / ".livelore-index.rejects.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line) == {"file": "empty.md", "reason": "it is empty; remove it or fill it"}
    (tmp_path / "course" / "empty.md").unlink()
    again = indexed("assist", "index", "course")
    assert "up to date" in again.out
    assert not (tmp_path / ".livelore-index.rejects.jsonl").exists()


def test_an_answer_names_its_source_and_its_maker(indexed: Cli) -> None:
    done = indexed("assist", "ask", "How does gradient descent update the weights?")
    assert done.status == 0
    assert "[1] nets.vtt, 12:34" in done.out
    assert "[AI-generated]" in done.out


def test_an_answer_as_data(indexed: Cli) -> None:
    said = json.loads(indexed("assist", "ask", "唐朝建立于哪一年？", "--json").out)
    assert said["ai_generated"] is True
    assert said["citations"][0]["source"] == "history.txt"
    assert said["AIGC"]["Label"] == "1"


def test_a_refusal_is_an_answer(indexed: Cli) -> None:
    done = indexed("assist", "ask", "火星上有多少座火山？")
    assert done.status == 0
    assert "没有找到" in done.out


def test_a_formula_needs_no_index(cli: Cli) -> None:
    done = cli("assist", "ask", "What is the formula for calculating compound interest?")
    assert done.status == 0
    assert "A = P(1 + r/n)^(nt)" in done.out


def test_a_sum_may_begin_with_a_minus(cli: Cli) -> None:
    assert cli("assist", "ask", "-5+3").out.startswith("-5+3 = -2\n")
    assert cli("assist", "ask", "-5+3", "--jsn").status == 2


def test_levels(indexed: Cli) -> None:
    done = indexed("assist", "explain", "光合作用", "--level", "beginner")
    assert done.out.splitlines()[0].startswith("光合作用是植物")
    assert indexed("assist", "explain", "x", "--level", "expert").status == 2
    said = json.loads(indexed("assist", "explain", "光合作用", "--json").out)
    assert said["level"] == "beginner"
    assert said["kinds"][0] == "definition"
    assert said["AIGC"]["Label"] == "1"


def test_retrieve_writes_what_the_contract_says(indexed: Cli, tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "question": "叶绿素吸收什么光"}',
        "broken",
        '{"id": 2}',
        '{"id": 3, "question": "?"}',
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(lines), "utf-8-sig")
    done = indexed("assist", "retrieve", "--questions", "q.jsonl", "-k", "2", "-o", "r.jsonl")
    assert done.status == 0, done.err
    assert "2 lines left out" in done.out
    first, second = map(json.loads, (tmp_path / "r.jsonl").read_text("utf-8").splitlines())
    assert first["id"] == "a"
    assert list(first["results"][0]) == ["source", "place", "text", "score"]
    assert "叶绿素" in first["results"][0]["text"]
    assert second == {"id": 3, "results": []}
    rejects = (tmp_path / "r.jsonl.rejects.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(each)["row"] for each in rejects] == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", "什么是熵？"), "assist index"),
        (("index", "absent"), "no such folder"),
        (("index", "."), "it has no file to read"),
        (("index", "page.html"), "it is a file; mend: name the folder it is in: ."),
        (("index", ".", "-o", "no/where"), "no folder"),
        (("retrieve", "--questions", "q", "-o", "r"), "no file"),
        (("retrieve", "--questions", "q", "-o", "r", "-k", "0"), "below 1"),
    ],
)
def test_what_is_wrong_is_one_line(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    if arguments == ("index", "page.html"):
        (tmp_path / "page.html").write_text("<p>words</p>")
    done = cli("assist", *arguments)
    assert done.status == 2
    assert words in done.line


def test_another_file_is_not_written_over(indexed: Cli, tmp_path: Path) -> None:
    (tmp_path / "thesis.md").write_text("years of work")
    done = indexed("assist", "index", "course", "-o", "thesis.md")
    assert done.status == 2
    assert (tmp_path / "thesis.md").read_text() == "years of work"
    assert "no index" in done.line


def test_a_broken_index_is_told_and_made_anew(indexed: Cli, tmp_path: Path) -> None:
    (tmp_path / ".livelore-index").write_bytes(b"PK broken")
    assert indexed("assist", "ask", "什么是熵？").status == 2
    assert indexed("assist", "index", "course").status == 0
    assert indexed("assist", "ask", "唐朝建立于哪一年？").status == 0


def test_the_index_of_another_folder_is_replaced_and_said(indexed: Cli, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("Rivers carry sand.")
    done = indexed("assist", "index", "other")
    assert "it held" in done.out
    assert indexed("assist", "ask", "what do rivers carry?").out.startswith(
        "Rivers carry sand. [1]"
    )


@pytest.mark.parametrize("verb", ["ask", "explain"])
def test_a_million_characters_are_cut_and_that_is_said(indexed: Cli, verb: str) -> None:
    done = indexed("assist", verb, "唐朝建立于哪一年？" * 120_000)
    assert done.status == 0
    assert "618年" in done.out or verb == "explain"
    assert done.line == "only the first 2,000 of 1,080,000 characters are read"


def test_a_link_out_of_the_folder_is_left_out(indexed: Cli, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The secret of the neighbours is amber.", "utf-8")
    (tmp_path / "course" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "course" / "again.txt").symlink_to(tmp_path / "course" / "history.txt")
    done = indexed("assist", "index", "course")
    assert "link.txt" in done.out
    assert "1 files read, 4 unchanged" in done.out
    told = indexed("assist", "ask", "What is the secret of the neighbours?").out
    assert "amber" not in told

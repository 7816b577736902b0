"""`livelore assist ask` with a model: what it writes is checked, what fails is told in one line."""

import json
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.assist.endpoints import answered, completion, server
from tests.assist.test_local_model import needs_transformers, tiny
from tests.cli.conftest import Cli, cli

__all__ = ["cli"]
QUESTION = "导数是什么？"
KEY = "s3cret-key"


@pytest.fixture
def indexed(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "course").mkdir()
    text = "# 导数\n\n导数是函数在一点的瞬时变化率。\n\n# 积分\n\n定积分表示曲线下的面积。"
    (tmp_path / "course" / "maths.md").write_text(text, "utf-8")
    assert cli("assist", "index", "course").status == 0
    return cli


def passage_with(body: dict[str, object], words: str) -> int:
    """Its number in what the model was told."""
    messages = body["messages"]
    assert isinstance(messages, list)
    passages = json.loads(messages[1]["content"])["passages"]
    return next(int(each["number"]) for each in passages if words in each["text"])


def writes(handler: BaseHTTPRequestHandler, body: dict[str, object]) -> None:
    at = passage_with(body, "瞬时")
    answered(handler, completion(f"导数是瞬时变化率[{at}]。导数由莱布尼茨命名[{at}]。"))


def test_a_model_writes_what_the_course_carries(indexed: Cli) -> None:
    seen: list[str | None] = []

    def respond(handler: BaseHTTPRequestHandler, body: dict[str, object]) -> None:
        seen.append(handler.headers["Authorization"])
        writes(handler, body)

    with server(respond) as url:
        options = ("--url", url, "--model", "small", "--key-from", "TEST_KEY")
        done = indexed("assist", "ask", QUESTION, *options, TEST_KEY=KEY)
        said = json.loads(indexed("assist", "ask", QUESTION, *options, "--json", TEST_KEY=KEY).out)
    assert done.status == 0, done.err
    assert done.err == ""
    assert done.out.splitlines() == [
        "导数是瞬时变化率。 [1]",
        "[1] maths.md, 导数",
        "【AI生成】由语言模型根据课程资料撰写，用词均见于所引原文，请核对后使用",
    ]
    assert said["because"] == ""
    assert said["left_out"] == ["导数由莱布尼茨命名。"]
    assert seen == [f"Bearer {KEY}"] * 2
    assert KEY not in done.out + done.err


def hangs(handler: BaseHTTPRequestHandler, _: dict[str, object]) -> None:
    time.sleep(1)


def breaks(handler: BaseHTTPRequestHandler, _: dict[str, object]) -> None:
    answered(handler, b"oops", 500)


def invents(handler: BaseHTTPRequestHandler, _: dict[str, object]) -> None:
    answered(handler, completion("火锅要炒三十分钟[1]。"))


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (hangs, "the model did not answer (small (127.0.0.1): no answer in time)"),
        (breaks, "the model did not answer (small (127.0.0.1): HTTP 500)"),
        (invents, "nothing the model wrote stands in the course"),
    ],
)
def test_a_model_that_fails_leaves_the_courses_own_words(
    indexed: Cli, respond: object, words: str
) -> None:
    with server(respond) as url:  # type: ignore[arg-type]  # one of the three above
        done = indexed(
            *("assist", "ask", QUESTION, "--url", url, "--model", "small", "--timeout-s", "0.3")
        )
    assert done.status == 0
    assert done.out.startswith("导数是函数在一点的瞬时变化率。 [1]\n[1] maths.md, 导数\n")
    assert done.line == f"{words}: these are the course's own words"


@needs_transformers
def test_a_model_of_a_folder_is_asked_too(indexed: Cli, tmp_path: Path) -> None:
    tiny(tmp_path / "tiny", positions=1024)
    done = indexed("assist", "ask", QUESTION, "--model-folder", "tiny", "--timeout-s", "60")
    assert done.status == 0
    assert done.out.startswith("导数是函数在一点的瞬时变化率。 [1]")
    assert "nothing the model wrote stands in the course" in done.err  # its weights are random
    (tmp_path / "bare").mkdir()
    done = indexed("assist", "ask", QUESTION, "--model-folder", "bare")
    assert done.status == 0
    assert done.line.startswith("the model did not answer (bare (local): ")


def test_a_budget_that_is_too_small_asks_nobody(indexed: Cli) -> None:
    asked: list[object] = []
    with server(lambda _, body: asked.append(body)) as url:
        done = indexed(
            *("assist", "ask", QUESTION, "--url", url, "--model", "small", "--budget", "10")
        )
    assert asked == []
    assert done.line.startswith("the budget is too small")


def test_what_the_course_does_not_know_is_not_asked(indexed: Cli) -> None:
    asked: list[object] = []
    with server(lambda _, body: asked.append(body)) as url:
        done = indexed("assist", "ask", "火锅怎么炒？", "--url", url, "--model", "small")
    assert asked == []
    assert done.err == ""
    assert done.out.startswith("课程资料中没有找到")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--url", "http://127.0.0.1:9/v1"), "--url and --model"),
        (("--model", "small"), "--url and --model"),
        (("--url", "http://a/v1", "--model", "m", "--model-folder", "."), "two models"),
        (("--url", "127.0.0.1:9", "--model", "m"), "option: url"),
        (("--url", "http://a/v1", "--model", "m", "--key-from", "ABSENT"), "ABSENT is not set"),
        (("--url", "http://a.example/v1", "--model", "m", "--key-from", "TEST_KEY"), "https"),
        (("--url", "https://a/v1", "--model", "m", "--key-from", "WIDE_KEY"), "no header"),
        (("--url", "http://a/v1", "--model", "m", "--timeout-s", "0"), "--timeout-s: 0"),
        (("--url", "http://a/v1", "--model", "m", "--timeout-s", "nan"), "--timeout-s: nan"),
        (("--url", "http://a/v1", "--model", "m", "--budget", "-1"), "below 0"),
        (("--model-folder", "absent"), "no folder absent"),
    ],
)
def test_wrong_options_are_one_line(indexed: Cli, options: tuple[str, ...], words: str) -> None:
    done = indexed("assist", "ask", QUESTION, *options, TEST_KEY=KEY, WIDE_KEY="密钥")
    assert done.status == 2
    assert words in done.line
    assert KEY not in done.line
    assert "密钥" not in done.line

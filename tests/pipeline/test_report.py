"""The report: whole by itself, in both languages, every chart with its table, nothing unescaped."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from livelore.intelligence.pipeline.report.html import brief, percent
from livelore.intelligence.pipeline.report.words import duration
from tests.cli.conftest import Result
from tests.pipeline.made import Folder

Run = Callable[..., Result]
VOID = {"meta", "input", "br", "img", "link", "hr"}


class Nested(HTMLParser):
    """Fails where a tag is closed that is not the open one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def parsed(page: str) -> Nested:
    parser = Nested()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture
def page(folder: Folder, pipeline: Run, tmp_path: Path) -> str:
    folder.visits()
    folder.add("content_labels.csv", '"<b>x</b>","a&b<i>"')
    assert pipeline().status == 0
    return (tmp_path / "out/report.html").read_text("utf-8")


def test_nothing_is_asked_of_the_network(page: str) -> None:
    found = parsed(page)
    assert "default-src 'none'" in page
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in found.seen}
    for _, attributes in found.seen:
        assert (attributes.get("href") or "#").startswith("#")
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?://|@import|url\(", page)


def test_every_link_of_the_page_leads_somewhere(page: str) -> None:
    ids = [each["id"] for _, each in parsed(page).seen if "id" in each]
    assert len(ids) == len(set(ids))
    links = {each["href"] for _, each in parsed(page).seen if "href" in each}
    assert links
    assert links <= {f"#{each}" for each in ids}


def test_every_chart_has_a_title_and_every_figure_with_charts_says_them_in_a_table(
    page: str,
) -> None:
    charts = re.findall(r'<svg role="img".*?</svg>', page, re.DOTALL)
    assert len(charts) > 10
    assert all(re.search(r"<title>[^<]+</title>", each) for each in charts)
    for each in re.findall(r"<figure>.*?</figure>", page, re.DOTALL):
        assert "<table>" in each or "<svg" not in each


def test_both_languages_say_as_much(page: str) -> None:
    chinese, english = page.count('class="zh"'), page.count('class="en"')
    assert chinese == english > 50
    for text in re.findall(r'<span class="en" lang="en">(.*?)</span>', page):
        named = re.sub(r"[“「].*?[”」]|[\u4e00-\u9fff]+ (?:lovers)", "", text)
        assert not re.search(r"[，。：；]", named), text


@pytest.mark.parametrize(("language", "name"), [("zh", "in-zh"), ("en", "in-en")])
def test_it_opens_in_the_language_of_the_run(
    language: str, name: str, folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    assert pipeline("--language", language).status == 0
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in page
    assert re.search(rf'id="{name}" checked', page)


def test_words_of_files_are_escaped(folder: Folder, pipeline: Run, tmp_path: Path) -> None:
    folder.visits()
    folder.write(
        "content_labels.csv",
        ["content_id,label,title", *(f'{n},a&b<i>,"<script>{n}"' for n in range(40))],
    )
    assert pipeline().status == 0
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "a&amp;b&lt;i&gt;" in page
    parsed(page)


def test_users_without_structure_are_told_to_be_one_segment(
    folder: Folder, pipeline: Run, tmp_path: Path
) -> None:
    folder.article()
    head = "user_id,watch_time,interaction_freq,purchase_amount"
    folder.write("user_behavior.csv", [head, *(f"{n},60,1,5" for n in range(50))])
    result = pipeline()
    assert (result.status, result.err) == (0, "")
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "all users are one segment" in page
    parsed(page)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (percent(0.123), "12.3 %"),
        (percent(0.0), "0.0 %"),
        (percent(0.0001), "&lt;0.1 %"),
        (brief(-0.001), "0.00"),
        (brief(12_345.6), "12,346"),
        (duration(59)[1], "59.0 s"),
        (duration(90)[1], "1.50 min"),
        (duration(3 * 86_400)[0], "3.00 天"),
    ],
)
def test_figures_are_written_for_people(told: str, wanted: str) -> None:
    assert told == wanted

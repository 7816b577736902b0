"""What the docs promise holds: the model is datasette's tests/test_docs.py."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from livelore.live.chat.door import ROUTE
from livelore.settings import PREFIX, Settings, documented, load
from livelore.web.problems import FRAMEWORK_CODES
from scripts.make_reference import REFERENCE, pages
from scripts.reference import wire_pages
from scripts.reference.source import errors, fields_of_errors
from tests.docs.pages import (
    DOCS,
    ROOT,
    ZH,
    blocks,
    fingerprint,
    links,
    mark_of,
    markdown,
    mirror_of,
    written,
)


@pytest.fixture(scope="module")
def reference() -> dict[str, str]:
    return pages()


def test_the_reference_is_what_the_code_says(reference: dict[str, str]) -> None:
    """`make docs` writes it again."""
    stored = {path.name: path.read_text("utf-8") for path in REFERENCE.iterdir()}
    assert sorted(stored) == sorted(reference)
    stale = [name for name, text in reference.items() if stored[name] != text]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_has_words(language: str) -> None:
    words = json.loads((ROOT / f"frontend/src/i18n/{language}.json").read_text("utf-8"))
    codes = {each.code for each in errors()} | set(FRAMEWORK_CODES.values())
    assert sorted(code for code in codes if f"error.{code}" not in words) == []


def test_words_of_refusals_name_fields_that_the_refusal_has() -> None:
    given = fields_of_errors()
    for language in ("zh", "en"):
        words = json.loads((ROOT / f"frontend/src/i18n/{language}.json").read_text("utf-8"))
        for each in errors():
            named = set(re.findall(r"\{(\w+)\}", words[f"error.{each.code}"]))
            assert named <= set(given.get(each.__name__, [])), (language, each.code)


def test_both_languages_say_the_same_things() -> None:
    zh, en = (
        json.loads((ROOT / f"frontend/src/i18n/{name}.json").read_text("utf-8"))
        for name in ("zh", "en")
    )
    assert sorted(set(zh) ^ set(en)) == []
    differing = [key for key in zh if _places(zh[key]) != _places(en[key])]
    assert differing == []
    assert [key for key in zh if not zh[key].strip() or not en[key].strip()] == []


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_example_file_is_the_defaults(tmp_path: Path) -> None:
    example = (REFERENCE / "config.example.toml").read_text("utf-8")
    given = re.sub(r"^#(\w+ = )", r"\1", example, flags=re.MULTILINE)
    (tmp_path / "config.toml").write_text(given, "utf-8")
    loaded = load({"data_dir": tmp_path}, {})
    for entry in documented():
        if entry.name != "data_dir":
            assert getattr(loaded, entry.name) == getattr(Settings(), entry.name), entry.name


def test_every_command_is_documented(reference: dict[str, str]) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "livelore.cli.main", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commands = set(re.findall(r"^│ (\w[\w-]*) ", printed, re.MULTILINE))
    assert {"serve", "demo", "doctor"} <= commands
    assert sorted(c for c in commands if f"## livelore {c}\n" not in reference["cli.md"]) == []


def test_every_command_has_an_example(reference: dict[str, str]) -> None:
    sections = reference["cli.md"].split("\n## livelore ")[1:]
    leaves = [each for each in sections if "```console" in each]
    assert leaves
    assert [each.splitlines()[0] for each in leaves if "Example: `" not in each] == []


def test_every_route_has_a_sentence_and_says_who_may_call_it() -> None:
    rows = (REFERENCE / "api.md").read_text("utf-8").splitlines()
    routes = [[cell.strip() for cell in row.split(" | ")] for row in rows if row.startswith("| `")]
    assert len(routes) > 50
    assert [route for route in routes if not route[1] or not route[3].rstrip("| ")] == []
    assert wire_pages.undecided_routes(wire_pages.Site().api) == set()


def test_references_inside_of_the_documents_lead_somewhere(reference: dict[str, str]) -> None:
    for name in ("openapi.json", "asyncapi.json", "events.asyncapi.json"):
        document = json.loads(reference[name])
        for ref in _refs(document):
            found: Any = document
            for part in ref.removeprefix("#/").split("/"):
                found = found[part]


def _refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in _refs(value)]
    return [ref for value in node for ref in _refs(value)] if isinstance(node, list) else []


def test_the_socket_is_where_the_reference_says() -> None:
    assert ROUTE.fullmatch(wire_pages.SOCKET.replace("{room_id}", "room1"))


def test_every_link_leads_somewhere() -> None:
    broken: list[str] = []
    for path in markdown():
        for link in links(path):
            if re.match(r"[a-z]+:", link) or link.startswith("#"):
                continue
            target = (path.parent / link.split("#")[0]).resolve()
            if not target.exists():
                broken.append(f"{path.relative_to(ROOT)}: {link}")
    assert broken == []


def test_no_page_names_what_does_not_exist(reference: dict[str, str]) -> None:
    """Make targets, commands and their options in blocks that people paste."""
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wrong: list[str] = []
    for path in markdown():
        for line in "\n".join(blocks(path, "sh") + blocks(path, "console")).splitlines():
            for target in re.findall(r"(?:^|&& )make ([a-z][\w-]*)", line):
                wrong += [] if target in targets else [f"{path.name}: make {target}"]
            for called in re.findall(r"(?:^|bin/)livelore ([a-z]+.*)", line.split(" #")[0]):
                wrong += _wrong_call(called, reference["cli.md"], path.name)
    assert wrong == []


_SECTION = re.compile(r"^#+ livelore ([\w -]+)\n(.*?)(?=^#+ livelore|\Z)", re.MULTILINE | re.DOTALL)


def _wrong_call(called: str, cli: str, page: str) -> list[str]:
    words = called.split()
    sections = dict(_SECTION.findall(cli))
    name = " ".join(words[:2]) if " ".join(words[:2]) in sections else words[0]
    if name not in sections:
        return [f"{page}: livelore {name}"]
    options = {word.split("=")[0] for word in words if word.startswith("--")}
    return [f"{page}: livelore {name} {each}" for each in options if each not in sections[name]]


def test_every_page_has_its_chinese_mirror() -> None:
    """A Chinese page names the English that it was made from; this lists what lags behind."""
    lagging = [
        f"{mirror.relative_to(ROOT)} should say <!-- mirrors {fingerprint(path)} -->"
        for path in written()
        for mirror in [mirror_of(path)]
        if not mirror.is_file() or mark_of(mirror) != fingerprint(path)
    ]
    assert lagging == []


def test_no_chinese_page_is_left_over() -> None:
    known = {mirror_of(path) for path in written()} | {ZH / "contributing.md"}
    assert sorted(set(ZH.rglob("*.md")) - known) == []


def test_the_same_code_stands_in_both_languages() -> None:
    for path in written():
        for language in ("sh", "console", "python"):
            assert blocks(path, language) == blocks(mirror_of(path), language), path.name


def test_the_index_names_every_page() -> None:
    named = {(DOCS / link.split("#")[0]).resolve() for link in links(DOCS / "README.md")}
    assert sorted(str(p) for p in written() if p not in named | {DOCS / "README.md"}) == []


def test_files_of_a_deployment_name_settings_that_there_are() -> None:
    known = {f"{PREFIX}{entry.name.upper()}" for entry in documented()}
    programs = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    for path in programs:  # what turns a test or a bench is no setting
        turns = re.findall(rf"{PREFIX}(?:TEST|BENCH)_[A-Z_]*[A-Z]", path.read_text("utf-8"))
        known.update(turns)
    files = [*(ROOT / "deploy").iterdir(), *markdown()]
    named = {
        (path.name, name)
        for path in files
        for name in re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", path.read_text("utf-8"))
    }
    assert sorted(each for each in named if each[1] not in known) == []

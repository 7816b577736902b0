"""The Markdown of the repository, as the tests of the docs read it."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ZH = DOCS / "zh"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_MARK = re.compile(r"<!-- mirrors ([0-9a-f]{12}) -->")


def markdown() -> list[Path]:
    """Every page of the repository that people write or read."""
    found = set(ROOT.glob("*.md"))
    for name in ("docs", "benchmarks", "deploy", "tests", "src"):
        found |= set((ROOT / name).rglob("*.md"))
    return sorted(found)


def written() -> list[Path]:
    """English pages below docs/ that a person wrote: they have a Chinese mirror."""
    skipped = {"zh", "reference", "decisions"}
    return sorted(
        path for path in DOCS.rglob("*.md") if path.relative_to(DOCS).parts[0] not in skipped
    )


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return [body for kind, body in _BLOCK.findall(path.read_text("utf-8")) if kind == language]


def links(path: Path) -> Iterator[str]:
    """Where a page points to, code blocks left out."""
    prose = _BLOCK.sub("", path.read_text("utf-8"))
    for link, picture in _LINK.findall(prose):
        yield link or picture


def fingerprint(path: Path) -> str:
    """What a Chinese page writes down about the English one that it says again."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def mirror_of(path: Path) -> Path:
    """Where the Chinese of an English page belongs."""
    return ZH / path.relative_to(DOCS)


def mark_of(mirror: Path) -> str | None:
    """The English that a Chinese page says that it says again."""
    found = _MARK.search(mirror.read_text("utf-8"))
    return found and found[1]

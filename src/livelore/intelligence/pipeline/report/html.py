"""Pieces of HTML in two languages; whatever comes from a file is escaped."""

from collections.abc import Sequence
from html import escape

Words = tuple[str, str]
"""Chinese and English; plain text unless a function says that it takes HTML."""


def both(words: Words) -> str:
    """Text in both languages; the page shows one."""
    return spans(escape(words[0]), escape(words[1]))


def spans(zh: str, en: str) -> str:
    """The same of HTML."""
    if zh == en:
        return zh
    return f'<span class="zh" lang="zh">{zh}</span><span class="en" lang="en">{en}</span>'


def one(words: Words) -> str:
    """Both in one, for attributes and titles of pictures."""
    return escape(words[0] if words[0] == words[1] else f"{words[0]} / {words[1]}", quote=True)


def count(n: float) -> str:
    """A whole number with separators."""
    return f"{round(n):,}"


def percent(share: float, digits: int = 1) -> str:
    """A share as per cent; what is there and small is never 0."""
    if 0 < share < 10 ** -(digits + 2):
        return f"<{10**-digits:g} %".replace("<", "&lt;")
    return f"{share * 100:.{digits}f} %"


def brief(value: float) -> str:
    """A figure in three digits or so."""
    value = 0.0 if abs(value) < 0.005 else value  # no -0.00
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def table(
    caption: Words,
    heads: Sequence[Words],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int] = (),
) -> str:
    """A table of HTML cells; columns in ``numbers`` stand to the right."""
    cells = [
        "".join(
            f'<td class="n">{cell}</td>' if place in numbers else f"<td>{cell}</td>"
            for place, cell in enumerate(row)
        )
        for row in rows
    ]
    head = "".join(
        f'<th scope="col"{" class=n" if place in numbers else ""}>{both(words)}</th>'
        for place, words in enumerate(heads)
    )
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return (
        f'<div class="scroll"><table><caption>{both(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def as_table(inner: str) -> str:
    """The table that says what a chart says, folded away."""
    words = both(("看数据表", "Show as a table"))
    return f'<details class="alt"><summary>{words}</summary>{inner}</details>'


def section(name: str, title: Words, inner: str, lead: Words | None = None) -> str:
    """A part of the page."""
    told = f'<p class="lead">{both(lead)}</p>' if lead else ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{both(title)}</h2>{told}{inner}</section>'
    )


def tile(figure: str, words: Words, note: Words | None = None) -> str:
    """A figure of HTML, what it is, and what it means."""
    small = f'<span class="note">{both(note)}</span>' if note else ""
    return (
        f'<div class="tile"><dt>{both(words)}</dt><dd><strong>{figure}</strong>{small}</dd></div>'
    )


def tiles(inner: Sequence[str]) -> str:
    """Tiles side by side."""
    return f'<dl class="tiles">{"".join(inner)}</dl>'


def figure(title: Words, chart: str, alternative: str = "", note: Words | None = None) -> str:
    """A chart with its title above and its table below."""
    small = f'<p class="note">{both(note)}</p>' if note else ""
    return (
        f"<figure><figcaption>{both(title)}</figcaption>{chart}{small}"
        f"{as_table(alternative) if alternative else ''}</figure>"
    )


def listed(items: Sequence[Words]) -> str:
    """Sentences as a list."""
    return "<ul>" + "".join(f"<li>{both(each)}</li>" for each in items) + "</ul>"

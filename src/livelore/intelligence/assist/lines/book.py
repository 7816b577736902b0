"""The patterns, by language, occasion and tone; see `grammar` and patterns.toml."""

import tomllib
from functools import cache
from importlib.resources import files

OPENING, BRIDGE, THANKS, QUESTION, CLOSING, SALE = OCCASIONS = (
    "opening",
    "bridge",
    "thanks",
    "question",
    "closing",
    "sale",
)
LANGUAGES = ("zh", "en")
PLAIN, WARM, LIVELY = TONES = ("plain", "warm", "lively")
SLOTS = {
    OPENING: frozenset({"topic", "course", "host", "count", "last"}),
    BRIDGE: frozenset({"done", "next", "why"}),
    THANKS: frozenset({"name", "gift", "count", "words"}),
    QUESTION: frozenset({"name", "question", "count", "place"}),
    CLOSING: frozenset({"topic", "points", "next_at", "next_topic"}),
    SALE: frozenset({"product", "price", "facts", "seats", "until"}),
}
"""What a pattern of an occasion may name; a pattern is used where all of its slots are given."""
NEEDED = {
    OPENING: {"topic"},
    BRIDGE: {"done", "next"},
    THANKS: {"name"},
    QUESTION: {"question"},
    CLOSING: {"topic"},
    SALE: {"product", "price", "facts"},
}


@cache
def book(language: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Patterns of a language by occasion and tone; none where the language is not known."""
    text = files("livelore.intelligence.assist.lines").joinpath("patterns.toml").read_text("utf-8")
    found: dict[str, dict[str, list[str]]] = tomllib.loads(text).get(language, {})
    return {
        occasion: {tone: tuple(patterns) for tone, patterns in tones.items()}
        for occasion, tones in found.items()
    }

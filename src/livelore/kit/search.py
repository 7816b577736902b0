"""Words that are looked for, and the one form in which texts are compared with them."""

import unicodedata

WORDS_MAX = 8
"""Words of one search that count; each costs a pass over what is searched."""


def folded(text: str) -> str:
    """The text in compatible forms, without case, with single blanks (NFKC, case folded)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(query: str) -> tuple[str, ...]:
    """The words of a search, folded, each once; all of them must be found."""
    return tuple(dict.fromkeys(folded(query).split()))[:WORDS_MAX]


def like_pattern(word: str) -> str:
    """For ``LIKE … ESCAPE '!'``: what contains the word, whose own wildcards mean themselves."""
    escaped = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"

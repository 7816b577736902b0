"""What somebody has set for themselves, so that it follows them to another device.

One shape for the wire and the table. Each member may be missing: then the page's own default holds.
Bodies may hold nothing else; what was kept by another version is read without what this one does
not know.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

BYTES_MAX = 8192
"""Of the JSON that is kept: a full list of block words has about 6,000."""

Percent = Annotated[int, Meta(ge=10, le=100)]
Cell = Annotated[int, Meta(ge=0, lt=30)]
BlockWord = Annotated[str, Meta(min_length=1, max_length=30)]


class DanmakuPreferences(Struct, frozen=True, omit_defaults=True):
    """How danmaku are shown.

    Attributes:
        is_on: Whether they fly.
        area: The part of the picture, from its top, that they may cover.
        density: How many at once.
        opacity: Per cent.
        size: Of the usual letters, per cent.
        seconds: One takes to cross the picture.
        is_merged: Whether equal ones become one with a count.
        has_effects: Whether gifts move.
        block_words: Danmaku with one of these are not shown.
        form: Whether they cross the picture or stand in a list.
        is_kept_off: Whether the marked cells stay free of them.
        cells: Marked cells of a board of 6 columns and 5 rows over the picture, row by row.
    """

    is_on: bool | None = None
    area: Annotated[float, Meta(gt=0, le=1)] | None = None
    density: Annotated[int, Meta(ge=1, le=100)] | None = None
    opacity: Percent | None = None
    size: Annotated[int, Meta(ge=50, le=200)] | None = None
    seconds: Annotated[float, Meta(ge=2, le=30)] | None = None
    is_merged: bool | None = None
    has_effects: bool | None = None
    block_words: Annotated[list[BlockWord], Meta(max_length=50)] | None = None
    form: Literal["fly", "list"] | None = None
    is_kept_off: bool | None = None
    cells: Annotated[list[Cell], Meta(max_length=30)] | None = None


class Preferences(Struct, frozen=True, omit_defaults=True):
    """Everything that somebody has set."""

    language: Literal["zh", "en"] | None = None
    theme: Literal["light", "dark", "auto"] | None = None
    danmaku: DanmakuPreferences | None = None


class DanmakuPreferencesIn(
    DanmakuPreferences, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The same in a body."""


class PreferencesIn(Preferences, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that somebody sets."""

    danmaku: DanmakuPreferencesIn | None = None


def preferences_in(body: str) -> Preferences:
    """What was kept as JSON; nothing when this version cannot read it at all."""
    try:
        return msgspec.json.decode(body, type=Preferences)
    except msgspec.ValidationError:
        return Preferences()

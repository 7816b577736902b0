"""Models by name, for the command line and for comparisons; and which suit a size of data."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from livelore.intelligence.recommend.data import Interactions, Items
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer

DENSE_ITEMS_MAX = 15_000
"""Up to here the closed forms on a dense matrix are the best for their cost (DESIGN.md)."""
BLEND = "blend"
"""The name of the blend of the others, chosen on a validation part."""
_PLACE = "livelore.intelligence.recommend."

MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "popularity": ("candidates.popularity", "Popularity", {}),
    "item_knn": ("candidates.neighbours", "ItemKNN", {"k": 100}),
    "user_knn": ("candidates.neighbours", "UserKNN", {}),
    "rp3beta": ("candidates.rp3", "RP3Beta", {"beta": 0.1}),
    "ease": ("candidates.ease", "EASE", {"reg": 800.0, "dropout": 0.0}),
    "dlae": ("candidates.ease", "EASE", {"user_power": 0.5}),
    "gfcf": ("candidates.gfcf", "GFCF", {}),
    "spectral": ("candidates.spectral", "SpectralFilter", {}),
    "ials": ("candidates.factors", "IALS", {}),
    "bpr": ("candidates.factors", "BPR", {}),
    "next_item": (
        "candidates.sequence",
        "Recency",
        {"scorer": ("candidates.sequence", "NextItem", {"past": 2.0, "future": 6.0})}
        | {"half_life": 4.0},
    ),
    "recent_ease": (
        "candidates.sequence",
        "Recency",
        {"scorer": ("candidates.ease", "EASE", {"user_power": 0.5}), "half_life": 5.0},
    ),
    "trending": (
        "candidates.trending",
        "Trending",
        {"scorer": ("candidates.ease", "EASE", {"reg": 200.0, "dropout": 0.0})},
    ),
    "returning": ("candidates.returning", "Returning", {}),
    "lightgcn": ("deep.lightgcn", "LightGCN", {}),
    "sasrec": ("deep.sasrec", "SASRec", {}),
    "two_tower": ("deep.two_tower", "TwoTower", {}),
}
"""By name: module, class, options that differ from its own; a scorer inside as such a triple."""


def model(name: str) -> Scorer:
    """A model that is not fitted.

    Raises:
        OptionInvalid: The name is not known.
    """
    if name not in MODELS:
        raise OptionInvalid(option="models", detail=f"{name} is none of {', '.join(MODELS)}")
    return _made(*MODELS[name])


def _made(module: str, kind: str, options: dict[str, Any]) -> Scorer:
    make: Callable[..., Scorer] = getattr(import_module(_PLACE + module), kind)
    given = {k: _made(*each) if k == "scorer" else each for k, each in options.items()}
    return make(**given)


def suited(interactions: Interactions, items: Items | None = None) -> list[str]:
    """Names of models worth trying for data of this size, the blend last."""
    names = ["popularity", "item_knn", "rp3beta", "gfcf"]
    if interactions.n_items <= DENSE_ITEMS_MAX:
        names += ["ease", "dlae"]
        if interactions.at is not None:
            names += ["next_item", "recent_ease", "trending"]
    names += ["ials"]
    if items is not None and items.hosts is not None:
        names += ["returning"]
    return [*names, BLEND]

"""A model card, written by every fit: what was learnt from what, how well, for whom it is not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from livelore.intelligence.recommend.data import Interactions
from livelore.intelligence.recommend.pipeline import Pipeline, described

SLICES = ((1, 4), (5, 19), (20, 99), (100, None))
"""Users by events in training: how well a model serves newcomers and regulars."""


def facts_of(interactions: Interactions) -> dict[str, Any]:
    """What a model was fitted on."""
    per_user = np.diff(interactions.matrix.indptr)
    per_item = interactions.item_counts
    times = None
    if interactions.at is not None and len(interactions):
        times = [float(interactions.at.min()), float(interactions.at.max())]
    cells = max(1, interactions.n_users * interactions.n_items)
    return {
        "n_users": interactions.n_users,
        "n_items": interactions.n_items,
        "n_events": len(interactions),
        "density": interactions.matrix.nnz / cells,
        "events_per_user_median": float(np.median(per_user)) if len(per_user) else 0.0,
        "items_without_events": int((per_item == 0).sum()),
        "at_s": times,
    }


def sliced(values: Any, interactions: Interactions) -> dict[str, Any]:
    """A measure by how long users' histories are: mean and number of users.

    Args:
        values: Of every user, NaN where not judged, shape (n_users,).
        interactions: The training part.
    """
    lengths = np.diff(interactions.matrix.indptr)
    found = {}
    for low, high in SLICES:
        inside = (lengths >= low) & (lengths <= (high or np.inf)) & ~np.isnan(values)
        name = f"{low}-{high}" if high else f"{low}+"
        mean = float(np.mean(values[inside])) if inside.any() else None
        found[name] = {"n_users": int(inside.sum()), "ndcg": mean}
    return found


def card_of(
    pipeline: Pipeline,
    interactions: Interactions,
    made_at: datetime,
    figures: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything a card says, as plain data."""
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "model": described(pipeline),
        "n_bytes": pipeline.n_bytes,
        "data": facts_of(interactions),
        "figures": dict(figures or {}),
        "limits": [
            "Learnt from what people did, so it repeats what they were shown: popular items gain.",
            "Scores compare within one user and one model, never between.",
            "An item without any event is not given by models that learn from events alone.",
        ],
    }


def in_markdown(card: Mapping[str, Any]) -> str:
    """A card for people.

    Args:
        card: Of `card_of`.
    """
    data = card["data"]
    lines = ["# Model card", "", f"Made {card['made_at']}, {card['n_bytes'] / 1e6:.1f} MB.", ""]
    lines += ["```", card["model"], "```", "", "## Data", ""]
    lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in data.items()]
    if card["figures"]:
        lines += ["", "## Figures", ""]
        lines += [f"- {name.replace('_', ' ')}: {_shown(v)}" for name, v in card["figures"].items()]
    lines += ["", "## Limits", "", *(f"- {each}" for each in card["limits"]), ""]
    return "\n".join(lines)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return " to ".join(_shown(each) for each in value)
    return str(value)

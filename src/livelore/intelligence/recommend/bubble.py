"""How narrow a viewer's world has become: the meter beside the slider of variety."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.data import Histories, Items
from livelore.intelligence.recommend.errors import DataInvalid
from livelore.intelligence.recommend.metrics.lists import Values, checked
from livelore.intelligence.recommend.metrics.variety import intra_list_distance, label_shares


@dataclass(frozen=True)
class Bubble:
    """One value a user; NaN where nothing with a label was shown (or done).

    Attributes:
        breadth: Labels shown, in effect: exp of the entropy of their shares, 1 and up; 5 means as
            varied as five labels in equal shares.
        narrowness: 0 when the list is as broad as the catalogue, 1 when it holds one label only.
        distance: Mean cosine distance between two items of the list, 0 to 1.
        own_breadth: ``breadth`` of what the user did.
        drift: ln(own_breadth / breadth): above 0 the lists are narrower than the user.
        rank: Share of users whose lists are broader, 0 to 1.
        unseen: Labels of the catalogue that the list lacks, number.
    """

    breadth: Values
    narrowness: Values
    distance: Values
    own_breadth: Values
    drift: Values
    rank: Values
    unseen: NDArray[np.int64]


def bubble(items: ArrayLike, histories: Histories, catalogue: Items) -> Bubble:
    """Measure the lists that users were shown.

    Args:
        items: Codes shown (of a page, a day, a month), shape (n_users, k), -1 behind the end.
        histories: What the same users did, row by row.
        catalogue: With labels.

    Raises:
        DataInvalid: Labels are not known, or the users differ.

    Source: Hill 1973 (effective number from entropy); Nguyen et al. 2014, "Exploring the filter
    bubble" (distance of lists over time).
    """
    if catalogue.labels is None:
        raise DataInvalid(column="labels", detail="the meter needs labels of items")
    lists = checked(items, len(catalogue))
    if len(histories) != len(lists):
        detail = f"{len(histories)} histories beside {len(lists)} lists"
        raise DataInvalid(column="histories", detail=detail)
    shown_lists = Histories.of([row[row >= 0] for row in lists], len(catalogue))
    shown = label_shares(shown_lists.matrix, catalogue.labels)
    done = label_shares(histories.matrix, catalogue.labels)
    everything = np.ones((1, len(catalogue)))
    whole = float(effective_number(label_shares(everything, catalogue.labels))[0])
    breadth, own = effective_number(shown), effective_number(done)
    narrowness = np.clip(1 - np.log(breadth) / np.log(whole), 0, 1) if whole > 1 else 0 * breadth
    known = np.sort(breadth[~np.isnan(breadth)])
    broader = len(known) - np.searchsorted(known, breadth, side="right")
    return Bubble(
        breadth,
        narrowness,
        intra_list_distance(lists, catalogue.labels),
        own,
        np.log(own / breadth),
        np.where(np.isnan(breadth), np.nan, broader / max(1, len(known))),
        (shown == 0).sum(axis=1),
    )


def effective_number(shares: Values) -> Values:
    """Exp of the entropy of each row of shares: how many equal parts would be as varied.

    Returns:
        Shape (n_rows,), 1 and up; NaN for a row of zeros.
    """
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    found = np.exp(-(shares * logs).sum(axis=1))
    return np.where(shares.sum(axis=1) > 0, found, np.nan)

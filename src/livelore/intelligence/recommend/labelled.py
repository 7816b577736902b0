"""From a table of items to what the library knows of them, in the order of a catalogue."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.data import Codes, Ids, Items


def items_of(
    item_ids: Ids,
    table_ids: Sequence[object],
    labels: Sequence[Sequence[str] | None] | None,
    texts: Sequence[str] | None = None,
    hosts: Sequence[object] | None = None,
) -> Items:
    """Items by code; one that the table lacks has no labels and no text.

    Args:
        item_ids: The catalogue.
        table_ids: Ids of the table's rows; a repeated one adds to the first.
        labels: Of the rows; a label that is written as a path (``science/maths``) stands for all
            above it too, so that siblings are near each other.
        texts: Of the rows.
        hosts: Ids of the hosts of the rows, None where not known.
    """
    places = {str(each): code for code, each in enumerate(item_ids.tolist())}
    codes = [places.get(str(each), -1) for each in table_ids]
    names: dict[str, int] = {}
    rows, columns = [], []
    for code, listed in zip(codes, labels or (), strict=labels is not None):
        if code < 0:
            continue
        for label in dict.fromkeys(part for each in (listed or ()) for part in ancestry(each)):
            rows.append(code)
            columns.append(names.setdefault(label, len(names)))
    shape = (len(item_ids), len(names))
    ones = np.ones(len(rows), np.float32)
    matrix = sp.csr_matrix((ones, (rows, columns)), shape=shape) if labels is not None else None
    if matrix is not None:
        matrix.data[:] = 1
    known = [""] * len(item_ids)
    for code, text in zip(codes, texts or (), strict=texts is not None):
        if code >= 0:
            known[code] = f"{known[code]} {text}".strip()
    spoken = tuple(known) if texts is not None else None
    owners = None if hosts is None else _host_codes(len(item_ids), codes, hosts)
    return Items(item_ids, matrix, tuple(names), spoken, owners)


def _host_codes(n_items: int, codes: Sequence[int], hosts: Sequence[object]) -> Codes:
    """By item; -1 where the table does not say."""
    found = np.full(n_items, -1, np.int32)
    known: dict[str, int] = {}
    for code, host in zip(codes, hosts, strict=True):
        if code >= 0 and host is not None:
            found[code] = known.setdefault(str(host), len(known))
    return found


def ancestry(label: str) -> list[str]:
    """A label and all above it: ``science``, ``science/maths`` of ``science/maths``."""
    parts = [part.strip() for part in label.split("/") if part.strip()]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]

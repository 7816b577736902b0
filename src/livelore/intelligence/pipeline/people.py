"""Step 2: users of either form of behaviour, their portraits, their rows of the profile."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from livelore.intelligence.pipeline.inputs import (
    CONTENT,
    EXTRA_FEATURES,
    FEATURES,
    TIME,
    Inputs,
    as_read,
    codes_of,
    plain_ids,
)
from livelore.intelligence.portraits.columns import with_segments
from livelore.intelligence.portraits.data import KIND_CODES, Events, UserTable
from livelore.intelligence.portraits.features import Behaviour
from livelore.intelligence.portraits.interests import PREFIX, Interests, ItemLabels
from livelore.intelligence.portraits.levels import interests_text
from livelore.intelligence.portraits.portraits import Assigned, Earlier, Language, Portraits
from livelore.intelligence.portraits.visits import features_of_visits

LABELS_MAX = 60
"""Labels that may be an interest: those most time is spent on."""


@dataclass(frozen=True)
class People:
    """Users by row.

    Attributes:
        ids: A pyarrow array, each once.
        data: The profile without segments: one row a user.
        users: What segments are made of: `FEATURES`, and tips where they are known. Habits and
            interests are in the profile but divide nobody: of a few events they are mostly noise
            (planted segments are found again with an ARI of 1.0 without, of 0.4 to 0.7 with them).
        interests: Text of each user's interests, coded, and the texts; see `interests_text`.
        rows: User of each row of behaviour, shape (n_rows,).
        are_added_up: The file has several rows a user.
        notes: One sentence each.
    """

    ids: Any
    data: Any
    users: UserTable
    rows: NDArray[np.int64]
    are_added_up: bool
    interests: tuple[NDArray[np.int32], tuple[str, ...]] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.users)


def people_of(inputs: Inputs) -> People:
    """The users of a folder."""
    data = inputs.behaviour.data
    names = [name for name in (*FEATURES, *EXTRA_FEATURES) if name in data.column_names]
    found = _added_up(data, names) if inputs.are_events else _as_they_are(data, names)
    if inputs.has_contents_of_users:
        return _with_interests(found, inputs)
    return found


def _as_they_are(data: Any, names: list[str]) -> People:
    ids = plain_ids(data["user_id"])
    values = np.empty((len(ids), len(names)), np.float32)
    for place, name in enumerate(names):
        values[:, place] = data[name].to_numpy()
    users = UserTable(_plain(ids), values, tuple(names))
    return People(ids, as_read(data), users, np.arange(len(ids)), are_added_up=False)


def _added_up(data: Any, names: list[str]) -> People:
    known = [name for name in (CONTENT, TIME) if name in data.column_names]
    at = None
    notes = [f"{len(data)} rows of behaviour, several a user, are added up"]
    if TIME in known and data[TIME].null_count:
        notes.append(f"{data[TIME].null_count} rows have no {TIME}: habits are left out")
    elif TIME in known:
        at = seconds_of(data[TIME])
    given = plain_ids(data["user_id"])
    columns = {name: data[name].to_numpy() for name in names}
    users = features_of_visits(given, columns, at)
    ids = pa.array(users.ids)
    if ids.type != given.type:
        ids = ids.cast(given.type)
    profile: dict[str, Any] = {"user_id": ids}
    for name in users.names:
        profile[name] = pa.array(users.column(name), from_pandas=True)
    rows = codes_of(given, ids)
    told = (*notes, *users.notes)
    values = np.stack([users.column(name) for name in names], axis=1).astype(np.float32)
    single = UserTable(users.ids, values, tuple(names))
    return People(ids, pa.table(profile), single, rows, are_added_up=True, notes=told)


def _with_interests(people: People, inputs: Inputs) -> People:
    """The labels that each user watched more than others did."""
    data, contents = inputs.behaviour.data, inputs.contents.data
    item_ids = plain_ids(contents[CONTENT])
    items = codes_of(data[CONTENT], item_ids)
    watched = np.nan_to_num(data["watch_time"].to_numpy())
    has_times = TIME in data.column_names and not data[TIME].null_count
    at = seconds_of(data[TIME]) if has_times else np.zeros(len(items))
    labels = ItemLabels.of(
        np.arange(len(item_ids)),
        {n: each or () for n, each in enumerate(contents["label"].to_pylist())},
    )
    if not labels.names:
        return people
    events = Events(
        people.rows.astype(np.int32),
        np.full(len(items), KIND_CODES["watch"], np.uint8),
        at,
        people.users.ids,
        items.astype(np.int32),
        np.arange(len(item_ids)),
        None,
        watched,
    )
    interests = Interests(Behaviour(events), labels)
    shares = interests.everybody
    kept = [int(n) for n in np.argsort(-shares)[:LABELS_MAX] if shares[n] > 0]
    if not kept:
        return people
    names = [PREFIX + labels.names[n] for n in kept]
    return replace(people, interests=interests_text(names, interests.values[:, kept]))


def _plain(ids: Any) -> Any:
    return ids.to_numpy(zero_copy_only=False)


def seconds_of(column: Any) -> NDArray[np.float64]:
    """A column of times, none missing, as seconds since 1970."""
    return column.cast(pa.int64()).to_numpy() / 1e6


@dataclass(frozen=True)
class Segmented:
    """Users in segments.

    Attributes:
        portraits: Fitted.
        assigned: Of the users.
        profile: A pyarrow.Table, the content of `user_profile.csv`.
    """

    portraits: Portraits
    assigned: Assigned
    profile: Any


def segmented(
    people: People, earlier: Earlier | None, *, seed: int = 0, language: Language = "en"
) -> Segmented:
    """Learn segments, with the numbers of an earlier run where they are the same."""
    portraits = Portraits(seed=seed)
    assigned = portraits.fit_assign(people.users, earlier)
    if people.interests is not None:
        assigned = replace(assigned, interests=people.interests)
    profile = with_segments(people.data, assigned, language)
    return Segmented(portraits, assigned, profile)

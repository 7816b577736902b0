"""Features from events: right against a slow count, each with sources that add up to it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.portraits.data import KINDS, Events, UserTable
from livelore.intelligence.portraits.errors import DataInvalid, OptionInvalid
from livelore.intelligence.portraits.features import NAMES, PRIOR_EVENTS, Behaviour
from livelore.intelligence.portraits.interests import Interests, ItemLabels
from tests.portraits.planted import MONDAY, students

HOUR_S, DAY_S = 3_600.0, 86_400.0


def few(**more: Any) -> Events:
    columns: dict[str, Any] = {
        "user": ["b", "a", "a", "a", "b"],
        "type": ["watch", "watch", "gift", "purchase", "danmaku"],
        "time": MONDAY + np.array([5 * DAY_S, 0, 600, 23 * HOUR_S, 5 * DAY_S + 60]),
        "item": ["x", "x", "y", None, "x"],
        "amount": [0, 0, 500, 9_900, 0],
        "watch_s": [1_200, 600, 0, 0, 0],
    }
    return Events.of(columns | more)


def of(events: Events, **options: Any) -> dict[str, dict[str, float]]:
    table = Behaviour(events, **options).table
    return {
        str(user): dict(zip(table.names, row.tolist(), strict=True))
        for user, row in zip(table.ids, table.values, strict=True)
    }


def test_each_feature_of_a_known_case() -> None:
    a, b = of(few())["a"], of(few())["b"]
    assert (a["n_events"], a["watch_s"], a["n_sessions"]) == (3, 600, 2)
    assert (a["n_gifts"], a["n_tips"], a["tip_amount"]) == (1, 1, 500)
    assert (a["n_purchases"], a["purchase_amount"]) == (1, 9_900)
    assert (b["n_danmaku"], b["n_sessions"], b["recency_s"]) == (1, 1, 0)
    assert a["recency_s"] == 5 * DAY_S + 60 - 23 * HOUR_S
    everybody = 5 / 5  # the four at or just after midnight, and the one at 23 h
    assert a["night_share"] == pytest.approx((3 + PRIOR_EVENTS * everybody) / (3 + PRIOR_EVENTS))
    assert b["weekend_share"] == pytest.approx((2 + PRIOR_EVENTS * 0.4) / (2 + PRIOR_EVENTS))


def test_local_time_moves_the_night() -> None:
    noon = of(few(), utc_offset_s=12 * HOUR_S)
    assert noon["b"]["night_share"] == pytest.approx(0)


def _turned(column: Any, order: Any) -> Any:
    assert column is not None
    return column[order]


def test_the_order_of_rows_changes_nothing() -> None:
    events, labels, _ = students(60)
    order = np.random.default_rng(1).permutation(len(events))
    mixed = Events(
        events.users[order],
        events.kinds[order],
        events.at[order],
        events.user_ids,
        _turned(events.items, order),
        events.item_ids,
        _turned(events.amounts, order),
        _turned(events.watch_s, order),
    )
    here, there = (Interests(Behaviour(each), labels).table for each in (events, mixed))
    np.testing.assert_allclose(here.values, there.values)


def test_sources_of_every_value_add_up_to_it() -> None:
    events, labels, _ = students(40)
    interests = Interests(Behaviour(events), labels)
    table = interests.table
    for user in range(0, 40, 7):
        for name in table.names:
            sources = interests.sources(user, name)
            assert (events.users[sources.rows] == user).all()
            total = sources.parts.sum() + sources.rest
            assert total == pytest.approx(table.column(name)[user]), name
            assert (np.diff(events.at[sources.rows]) >= 0).all()


def test_every_user_with_five_events_has_three_blocks_with_sources() -> None:
    events, labels, _ = students(60)
    interests = Interests(Behaviour(events), labels)
    assert (np.bincount(events.users) >= 5).all()
    for user in range(60):
        assert any(len(interests.sources(user, name).rows) for name in interests.names)
        assert len(interests.sources(user, "recency_s").rows) == 1
        assert interests.sources(user, "danmaku_per_min").rest >= 0
        for name in ("tip_amount", "purchase_amount", "n_danmaku"):
            value = interests.table.column(name)[user]
            assert (value > 0) == bool(len(interests.sources(user, name).rows))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_counts_and_sums_are_those_of_a_slow_count(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    column = st.lists(st.integers(0, 5), min_size=size, max_size=size)
    users = data.draw(column)
    kinds = [KINDS[kind] for kind in data.draw(column)]
    times = data.draw(st.lists(st.integers(0, 10_000), min_size=size, max_size=size).map(np.array))
    amounts = data.draw(column)
    events = Events.of({"user": users, "type": kinds, "time": times, "amount": amounts})
    found = of(events)
    for user in set(users):
        mine = [n for n in range(size) if users[n] == user]
        own = found[str(user)]
        assert own["n_events"] == len(mine)
        tips = [amounts[n] for n in mine if kinds[n] in {"gift", "super_chat"}]
        assert (own["n_tips"], own["tip_amount"]) == (len(tips), sum(tips))
        gaps = np.diff(sorted(times[mine]), prepend=-np.inf)
        assert own["n_sessions"] == (gaps > 1_800).sum()
        assert own["recency_s"] == max(times) - max(times[mine])


def test_interests_sum_to_one_and_follow_what_was_done() -> None:
    events, labels, truth = students(80)
    interests = Interests(Behaviour(events), labels)
    np.testing.assert_allclose(interests.values.sum(axis=1), 1)
    best = [labels.names[n] for n in interests.values.argmax(axis=1)]
    wanted = [("maths", "programming", "music", "history")[n] for n in truth]
    assert np.mean(np.array(best) == np.array(wanted)) >= 0.95


def test_what_was_done_long_ago_counts_half_after_each_half_life() -> None:
    columns: dict[str, Any] = {
        "user": [1, 1],
        "type": ["purchase", "purchase"],
        "time": [0.0, 20 * DAY_S],
        "item": ["old", "new"],
    }
    events = Events.of(columns)
    assert events.item_ids is not None
    labels = ItemLabels.of(events.item_ids, {"old": "maths", "new": ["music"]})
    found = Interests(Behaviour(events), labels, half_life_s=10 * DAY_S)
    np.testing.assert_allclose(found.everybody, [0.2, 0.8])


def test_a_user_who_did_little_is_like_everybody() -> None:
    events, labels, _ = students(50)
    columns: dict[str, Any] = {"user": [0], "type": ["click"], "time": [MONDAY], "item": [0]}
    one = Events.of(columns, user_ids=[0, 1], item_ids=events.item_ids)
    found = Interests(Behaviour(one), labels)
    np.testing.assert_allclose(found.values[1], found.everybody)
    assert np.isnan(found.table.column("recency_s")[1])


def test_missing_amounts_and_unknown_types_are_told() -> None:
    events = few(amount=[0, 0, np.nan, 1, 0], type=["watch", "watch", "gift", "poke", "x"])
    assert events.notes == (
        "type: poke, x count as other activity",
        "amount: 1 missing values count as 0",
    )
    assert of(events)["a"]["tip_amount"] == 0


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("user", ["a", None, "b", "b", "b"], "an id is missing"),
        ("user", [1.5, 1, 1, 1, 1], "whole numbers or text, not 1.5"),
        ("user", [["a"], ["b"]], "one column"),
        ("time", [1, 2, -3, 4, 5], "negative"),
        ("time", [1, 2, np.nan, 4, 5], "NaN"),
        ("time", ["x"] * 5, "no number"),
        ("time", [1, 2], "2 rows beside 5"),
        ("amount", [0, 0, -5, 0, 0], "-5 is negative"),
        ("watch_s", [0, 0, np.inf, 0, 0], "infinite"),
        ("type", ["watch"], "1 rows beside 5"),
        ("type", [1, 2, 3, 4, 99], "outside"),
        ("item", ["x"], "1 rows beside 5"),
    ],
)
def test_bad_events_are_refused_with_column_and_reason(
    column: str, values: Any, words: str
) -> None:
    with pytest.raises(DataInvalid, match=words) as caught:
        few(**{column: values})
    assert caught.value.fields["column"] == column


def test_unknown_users_columns_and_options_are_refused() -> None:
    with pytest.raises(DataInvalid, match="not a known id"):
        Events.of({"user": [3], "type": ["click"], "time": [0]}, user_ids=[1, 2])
    with pytest.raises(DataInvalid, match="missing; there are"):
        Events.of({"user": [3], "time": [0]})
    behaviour = Behaviour(few())
    for name, user in (("charm", 0), ("watch_s", 9)):
        with pytest.raises(DataInvalid):
            behaviour.sources(user, name)
    with pytest.raises(DataInvalid, match="after now"):
        Behaviour(few(), now=MONDAY)
    with pytest.raises(OptionInvalid, match="utc_offset_s"):
        Behaviour(few(), utc_offset_s=1e6)
    labels = ItemLabels.of(np.array(["x"]), {})
    with pytest.raises(DataInvalid, match="1 items with labels, 2 in all"):
        Interests(behaviour, labels)
    with pytest.raises(OptionInvalid, match="half_life_s"):
        Interests(behaviour, labels, half_life_s=0)


def test_times_may_be_datetimes() -> None:
    times = np.array(["2026-01-05T00:00:00"] * 5, "datetime64[s]")
    assert few(time=times).at.tolist() == [MONDAY] * 5
    times[2] = "NaT"
    with pytest.raises(DataInvalid, match="missing"):
        few(time=times)


def test_a_table_of_users_is_checked() -> None:
    table = UserTable.of(["a", "b"], {"watch_time": np.array([1, np.nan]), "x": [2, 3]})
    assert np.isnan(table.column("watch_time")[1])
    wrongs: list[dict[str, Any]] = [{}, {"x": [1]}, {"x": ["a", "b"]}, {"x": [1, np.inf]}]
    for wrong in wrongs:
        with pytest.raises(DataInvalid):
            UserTable.of(["a", "b"], wrong)
    with pytest.raises(DataInvalid, match="there are"):
        table.column("y")


def test_the_table_has_every_feature_by_name() -> None:
    assert Behaviour(few()).table.names == NAMES

"""Portraits as a whole: names that are right, numbers that last, one file."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from livelore.intelligence.portraits.data import UserTable
from livelore.intelligence.portraits.errors import (
    DataInvalid,
    ModelUnreadable,
    NotFitted,
    OptionInvalid,
)
from livelore.intelligence.portraits.features import Behaviour
from livelore.intelligence.portraits.interests import Interests
from livelore.intelligence.portraits.portraits import METHODS, Portraits
from livelore.intelligence.portraits.saving import load, save
from livelore.intelligence.portraits.stability import kept_share
from livelore.intelligence.portraits.words import LEVELS
from tests.portraits.planted import LABELS, skewed, students

COLUMNS = (
    "danmaku_per_min",
    "tip_amount",
    "purchase_amount",
    "night_share",
    *(f"interest:{label}" for label in LABELS),
)
ENGLISH = {"maths": "Maths", "programming": "Programming", "music": "Music", "history": "History"}


def portrayed(seed: int = 0, n_users: int = 400) -> tuple[UserTable, np.ndarray]:
    events, labels, truth = students(n_users, seed)
    table = Interests(Behaviour(events), labels).table
    values = np.stack([table.column(name) for name in COLUMNS], axis=1)
    return UserTable(table.ids, values, COLUMNS), truth


def plain(seed: int = 0, n_users: int = 1_000) -> tuple[UserTable, np.ndarray]:
    X, truth = skewed(n_users, seed)
    return UserTable(np.arange(n_users), X, ("watch_time", "interaction_freq", "tip_amount")), truth


def test_a_lovers_label_is_right_for_nine_of_ten_users_never_seen() -> None:
    right: list[bool] = []
    for seed in range(5):
        users, truth = portrayed(seed)
        known, others = (
            UserTable(users.ids[half::2], users.values[half::2], users.names) for half in (0, 1)
        )
        codes, texts = Portraits(seed=seed).fit(known).assign(others).segment_names()
        words = [[f"{ENGLISH[label]} lovers" in text for label in LABELS] for text in texts]
        planted = truth[1::2, None] == np.arange(len(LABELS))
        right += (np.array(words)[codes] == planted).all(axis=1).tolist()
    assert np.mean(right) >= 0.9


def test_names_say_it_in_both_languages_and_cite_their_facts() -> None:
    users, truth = portrayed()
    assigned = Portraits().fit_assign(users)
    segment = np.bincount(assigned.segments[truth == 0]).argmax()
    name = assigned.names[int(segment)]
    assert name.zh == "数学爱好者 · 夜间 · 高打赏"
    assert name.en == "Maths lovers · night · high tips"
    assert [fact.feature for fact in name.facts] == ["interest:maths", "night_share", "tip_amount"]
    for fact in name.facts:
        own = users.column(fact.feature)
        assert fact.value == pytest.approx(own[assigned.segments == segment].mean())
        assert fact.everybody == pytest.approx(own.mean())
        assert fact.value > fact.everybody
    assert "night_share" in str(name.facts[1])
    assert len({each.en for each in assigned.names.values()}) == len(assigned.names)


def test_interests_and_levels_of_single_users() -> None:
    users, truth = portrayed()
    assigned = Portraits().fit_assign(users)
    codes, texts = assigned.interests
    first = np.array([text.split("|")[0] for text in texts])[codes]
    assert np.mean(first == np.array(LABELS)[truth]) >= 0.95
    tips_and_purchases = users.column("tip_amount") + users.column("purchase_amount")
    np.testing.assert_array_equal(assigned.spending == 0, tips_and_purchases == 0)
    assert set(assigned.spending) == set(range(len(LEVELS)))
    most = tips_and_purchases.argmax()
    assert LEVELS[assigned.spending[most]] == ("高", "high")


def test_without_a_column_for_it_a_level_is_not_known() -> None:
    users = UserTable.of(range(40), {"x": np.arange(40)})
    assigned = Portraits().fit_assign(users)
    assert set(assigned.spending) == set(assigned.social) == {-1}
    assert assigned.interests[1] == ("",)


def test_a_refit_keeps_the_number_of_nearly_everybody() -> None:
    users, truth = plain()
    first = Portraits(seed=0).fit(users)
    before = first.assign(users).segments
    assert adjusted_rand_score(truth, before) >= 0.95
    assert kept_share(before, Portraits(seed=0).fit_assign(users).segments) == 1
    for seed in (1, 2, 3):
        after = Portraits(seed=seed).fit_assign(users).segments
        assert adjusted_rand_score(before, after) >= 0.95
        assert kept_share(before, after) >= 0.99


def test_numbers_last_when_segments_come_and_go() -> None:
    users, truth = plain()
    first = Portraits().fit(users)
    number_of = {
        kind: int(np.median(first.assign(users).segments[truth == kind])) for kind in range(4)
    }
    left = truth != 2
    fewer = UserTable(users.ids[left], users.values[left], users.names)
    second = Portraits()
    now = second.fit_assign(fewer, like=first).segments
    for kind in (0, 1, 3):
        assert np.mean(now[truth[left] == kind] == number_of[kind]) >= 0.99
    third = Portraits()
    again = third.fit_assign(users, like=second).segments
    assert np.mean(again[truth == 2] == 4) >= 0.99, "a number is never given twice"
    assert (second.next_number_, third.next_number_) == (4, 5)


def test_drift_is_silent_on_like_users_and_loud_on_others() -> None:
    users, _ = plain()
    portraits = Portraits().fit(users)
    assert portraits.drift(plain(seed=9)[0]).alarms == ()
    moved = UserTable(users.ids, users.values * [1, 1, 30], users.names)
    alarms = portraits.drift(moved).alarms
    assert any(alarm.startswith("tip_amount: PSI") for alarm in alarms)
    assert any("moved by" in alarm for alarm in alarms)
    few = UserTable(users.ids[:200], users.values[:200] * 0 + users.values[0], users.names)
    assert any("vanished" in alarm for alarm in portraits.drift(few).alarms)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_makes_portraits_and_comes_back_from_its_file(
    method: str, tmp_path: Path
) -> None:
    users, truth = plain(n_users=500)
    portraits = Portraits(method, k=4)  # type: ignore[arg-type]
    assigned = portraits.fit_assign(users)
    assert adjusted_rand_score(truth, assigned.segments) >= 0.9
    np.testing.assert_array_equal(portraits.assign(users).segments, assigned.segments)
    save(portraits, tmp_path / "model")
    again = load(tmp_path / "model")
    both = again.assign(users)
    np.testing.assert_array_equal(both.segments, assigned.segments)
    np.testing.assert_array_equal(both.probabilities, assigned.probabilities)
    assert both.names == assigned.names
    assert again.choice_ == portraits.choice_
    assert again.drift(users) == portraits.drift(users)


def test_users_without_structure_are_one_segment() -> None:
    users = UserTable.of(range(500), {"watch_time": np.random.default_rng(0).gamma(3, 100, 500)})
    portraits = Portraits().fit(users)
    assert portraits.choice_ is not None
    assert portraits.choice_.k == 1
    assert portraits.names_[0].en == "All users"


@pytest.mark.parametrize("method", [each for each in METHODS if each != "deep"])
def test_one_user_and_equal_users_are_one_segment(method: str) -> None:
    for n_users in (1, 2, 30):
        users = UserTable.of(range(n_users), {"a": [1] * n_users, "b": [np.nan] * n_users})
        portraits = Portraits(method)  # type: ignore[arg-type]
        assigned = portraits.fit_assign(users)
        assert set(assigned.segments) == {0}
        assert portraits.notes_ == ("a is left out: one value only", "b is left out: no value")


def test_columns_are_found_by_name_and_missing_ones_are_told() -> None:
    users, _ = plain()
    portraits = Portraits(k=3).fit(users)
    turned = UserTable(users.ids, users.values[:, ::-1], users.names[::-1])
    np.testing.assert_array_equal(
        portraits.assign(turned).segments, portraits.assign(users).segments
    )
    with pytest.raises(DataInvalid, match="tip_amount"):
        portraits.assign(UserTable(users.ids, users.values[:, :2], users.names[:2]))


def test_wrong_use_is_refused_by_name() -> None:
    users, _ = plain(n_users=5)
    with pytest.raises(NotFitted):
        Portraits().assign(users)
    with pytest.raises(DataInvalid, match="no user"):
        Portraits().fit(UserTable(users.ids[:0], users.values[:0], users.names))
    with pytest.raises(OptionInvalid, match="method"):
        Portraits("magic")  # type: ignore[arg-type]
    for k in (0, -1, 2.5, "many", True):
        with pytest.raises(OptionInvalid, match="'k'"):
            Portraits(k=k)  # type: ignore[arg-type]
    with pytest.raises(OptionInvalid, match="k_max"):
        Portraits(k_max=1)
    with pytest.raises(OptionInvalid, match="n_samples=5"):
        Portraits(k=9).fit(users)


HEAD_OF = '{"format": 1, "root": {"object": "%s", "given": {}, "learnt": {}}}'


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", "head", "newer", "foreign", "other", "of another package"],
)
def test_a_file_that_is_no_model_is_refused(content: object, tmp_path: Path) -> None:
    path = tmp_path / "model"
    heads = {
        "head": "{}",
        "newer": '{"format": 99, "root": 1}',
        "foreign": HEAD_OF % "os:system",
        "other": HEAD_OF % "portraits.saving:save",
        "of another package": HEAD_OF % "recommend.candidates.ease:EASE",
    }
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model.json", heads[str(content)])
    with pytest.raises(ModelUnreadable):
        load(path)
    with pytest.raises(ModelUnreadable):
        load(tmp_path / "absent")

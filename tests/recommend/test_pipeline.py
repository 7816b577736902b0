"""Candidates, what is there now, seats, re-ranking and the file, as one."""

import json
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.returning import Returning
from livelore.intelligence.recommend.candidates.sequence import Recency
from livelore.intelligence.recommend.card import card_of, in_markdown, sliced
from livelore.intelligence.recommend.component import load, save
from livelore.intelligence.recommend.data import Interactions, Items
from livelore.intelligence.recommend.errors import (
    DataInvalid,
    ModelUnreadable,
    NotFitted,
    OptionInvalid,
)
from livelore.intelligence.recommend.pipeline import Now, Pipeline, described, seated
from livelore.intelligence.recommend.rankers.blend import Blend
from livelore.intelligence.recommend.rerankers.diverse import MMR
from livelore.intelligence.recommend.rerankers.popularity import PopularityDiscount
from tests.recommend.made import N_ITEMS, checkerboard, tastes

DATA = checkerboard()
LABELS = sp.csr_matrix(np.eye(4, dtype=np.float32)[np.arange(N_ITEMS) % 4])
CATALOGUE = Items(
    DATA.item_ids, LABELS, ("a", "b", "c", "d"), None, (np.arange(N_ITEMS) % 3).astype("i4")
)
NOW = datetime(2030, 1, 2, tzinfo=UTC)


def fitted(**options: Any) -> Pipeline:
    return Pipeline(EASE(reg=5.0), **options).fit(DATA, CATALOGUE)


def test_an_ended_room_is_gone_in_the_next_request() -> None:
    pipeline = fitted(repeats=True)
    asked = pipeline.histories()
    on_air = np.ones(N_ITEMS, bool)
    ended = int(pipeline.recommend(asked, 1, Now(on_air)).items[0, 0])
    on_air[ended] = False
    found = pipeline.recommend(asked, N_ITEMS, Now(on_air)).items
    assert ended not in found
    assert (found[:, : N_ITEMS - 1] >= 0).all()


def test_the_room_of_a_followed_host_is_first_as_soon_as_it_starts() -> None:
    """Hosts are the colours here: of the even one only room 8 is on air, of the odd one all."""
    pipeline = fitted(repeats=True)
    on_air = np.arange(N_ITEMS) % 2 == 1
    followers = pipeline.histories(np.arange(0, 40, 2))
    before = pipeline.recommend(followers, 1, Now(on_air)).items
    assert (before % 2 == 1).all()
    on_air[8] = True
    first = pipeline.recommend(followers, 1, Now(on_air)).items[:, 0]
    assert (first == 8).mean() >= 0.95


def test_a_new_room_of_a_known_host_is_first_without_anybody_having_been_there() -> None:
    known = tastes(60, 20, seed=8)
    data = Interactions(known.users, known.items, known.weights, known.user_ids, np.arange(21))
    hosts = np.append(np.arange(20), [7]).astype("i4")
    blend = Blend((EASE(reg=5.0), Returning()), (0.2, 1.0))
    pipeline = Pipeline(blend, repeats=True).fit(data, Items(data.item_ids, hosts=hosts))
    followers = pipeline.histories(np.unique(data.users[data.items == 7]))
    on_air = np.arange(21) == 20
    on_air |= np.bincount(followers.items, minlength=21) == 0
    on_air[7] = False
    first = pipeline.recommend(followers, 1, Now(on_air), with_reasons=True)
    assert (first.items == 20).all()
    assert first.reasons is not None
    assert {each[0].item for each in first.reasons} == {7}
    on_air[20] = False
    assert 20 not in pipeline.recommend(followers, 21, Now(on_air)).items
    with pytest.raises(DataInvalid, match="beside a catalogue"):
        Returning().fit(data, Items(data.item_ids, hosts=hosts[:5]))
    with pytest.raises(DataInvalid, match="host of every item"):
        Returning().fit(data)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(-1, 3), min_size=N_ITEMS, max_size=N_ITEMS),
    st.integers(1, 6),
    st.booleans(),
)
def test_no_item_goes_to_more_users_than_it_has_seats(
    seats: list[int], k: int, is_reranked: bool
) -> None:
    pipeline = SEATED[is_reranked]
    asked = pipeline.histories()
    found = pipeline.recommend(asked, k, Now(None, np.array(seats)))
    assert found.items.shape == (len(asked), k)
    given_items = found.items[found.items >= 0]
    counts = np.bincount(given_items, minlength=N_ITEMS)
    limited = np.array(seats) >= 0
    assert (counts[limited] <= np.array(seats)[limited]).all()
    known = asked.matrix.toarray() > 0
    for row, items in enumerate(found.items):
        kept = items[items >= 0]
        assert len(set(kept.tolist())) == len(kept)
        assert not known[row, kept].any()
        assert (items[len(kept) :] == -1).all()
    is_short = (found.items < 0).any(axis=1)
    for row in np.flatnonzero(is_short).tolist():  # short only where every other item is taken
        left = np.setdiff1d(np.flatnonzero(~known[row]), found.items[row])
        assert (limited[left] & (counts[left] == np.array(seats)[left])).all()


SEATED = {
    False: fitted(),
    True: fitted(rerankers=(PopularityDiscount(0.3).fit(DATA.item_counts), MMR(0.5))),
}


def test_seats_go_to_those_who_want_them_most() -> None:
    items = np.array([[0, 1, 2], [0, 2, 1], [0, 1, -1]], np.int32)
    scores = np.array([[0.5, 0.4, 0.3], [0.9, 0.2, 0.1], [0.7, 0.6, -np.inf]], np.float32)
    found, kept = seated(items, scores, np.array([1, 1, -1]), 1)
    assert found[:, 0].tolist() == [2, 0, 1], "who has enough takes no seat more"
    assert kept[:, 0].tolist() == pytest.approx([0.3, 0.9, 0.6])
    found, _ = seated(items, scores, np.array([0, 0, 0]), 2)
    assert (found == -1).all()
    found, kept = seated(items, scores, np.array([-1, -1, -1]), 3)
    assert (found == items).all()
    assert (kept == scores).all()


def test_rerankers_work_on_the_pool_and_in_turn() -> None:
    discount = PopularityDiscount(0.5).fit(DATA.item_counts)
    plain = fitted()
    asked = plain.histories()
    pool, scores = plain.scorer.top(asked, 8)
    chain = fitted(rerankers=(discount, MMR(0.3)), pool=8)
    middle, middle_scores = discount.rerank(pool, scores, 8, asked, CATALOGUE)
    expected, _ = MMR(0.3).rerank(middle, middle_scores, 4, asked, CATALOGUE)
    assert (chain.recommend(asked, 4).items == expected).all()
    roomy = chain.recommend(asked, 4, Now(None, np.full(N_ITEMS, -1))).items
    assert roomy.shape == (40, 4)
    assert (roomy[:, 0] == expected[:, 0]).all()
    few = np.zeros(N_ITEMS, bool)
    few[:3] = True
    given_items = chain.recommend(asked, 4, Now(few)).items
    assert set(np.unique(given_items)) <= {-1, 0, 1, 2}


def test_what_is_known_comes_back_only_where_it_may() -> None:
    known = DATA.matrix.toarray() > 0
    once, again = (fitted(repeats=repeats) for repeats in (False, True))
    rows = np.arange(40)[:, None]
    assert not known[rows, once.recommend(once.histories(), 5).items].any()
    assert known[rows, again.recommend(again.histories(), 5).items].any()


def test_unknown_users_have_an_empty_history_and_get_a_list() -> None:
    data = Interactions.of(["ann", "ann", "bob"], ["x", "y", "x"])
    pipeline = Pipeline(Blend((EASE(), Popularity()), (1.0, 0.1))).fit(data)
    asked = pipeline.histories(np.array(["zoe", "ann", "zoe"]))
    assert np.diff(asked.indptr).tolist() == [0, 2, 0]
    assert asked.users is not None
    assert asked.users.tolist() == [-1, 0, -1]
    found = pipeline.recommend(asked, 2, with_reasons=True)
    assert found.items[[0, 2]].tolist() == [[0, 1], [0, 1]], "what most people like"
    assert found.items[1].tolist() == [-1, -1]
    assert found.reasons is not None
    assert [len(each) for each in found.reasons] == [2, 2, 2]


def test_ids_of_users_are_found_as_number_or_text() -> None:
    pipeline = fitted()
    numbers = pipeline.histories(np.array([3, 99]))
    words = pipeline.histories(np.array(["3", "99"]))
    assert numbers.items.tolist() == words.items.tolist()
    assert len(pipeline.histories(np.array(["03"])).items) == 0


def test_fresh_events_are_folded_in_only_with_the_same_catalogue() -> None:
    pipeline = fitted()
    events = Interactions.of([7, 7], [4, 2], at=[2.0, 1.0], item_ids=DATA.item_ids)
    asked = pipeline.fold_in(events)
    assert asked.items.tolist() == [2, 4]
    assert (pipeline.recommend(asked, 5).items % 2 == 0).all()
    for item_ids in (np.arange(5), np.arange(N_ITEMS) + 1, DATA.item_ids.astype(str)):
        other = Interactions.of([7], [item_ids[1]], item_ids=item_ids)
        with pytest.raises(DataInvalid, match="not the catalogue"):
            pipeline.fold_in(other)


def test_wrong_questions_are_refused() -> None:
    pipeline = fitted()
    asked = pipeline.histories()
    with pytest.raises(OptionInvalid, match="below 1"):
        pipeline.recommend(asked, 0)
    wrong: list[tuple[Any, Any]] = [
        (np.ones(3, bool), None),
        (np.ones(N_ITEMS, np.int64), None),
        (None, np.ones(3, np.int64)),
        (None, np.ones(N_ITEMS)),
    ]
    for available, seats_left in wrong:
        with pytest.raises(DataInvalid):
            pipeline.recommend(asked, 3, Now(available, seats_left))
    small = Interactions.of([1], [1]).histories
    with pytest.raises(DataInvalid, match="not the catalogue"):
        pipeline.recommend(small, 3)
    with pytest.raises(NotFitted):
        Pipeline(EASE()).histories()
    with pytest.raises(NotFitted):
        Pipeline(EASE()).recommend(asked, 3)
    with pytest.raises(OptionInvalid, match="none is given"):
        Pipeline().fit(DATA)


def test_an_outline_names_every_part() -> None:
    pipeline = Pipeline(Recency(Blend((EASE(), Popularity()), (1.0, 0.5)), 7.0), (MMR(0.4),), 50)
    lines = described(pipeline).splitlines()
    assert [line.split("(")[0] for line in lines] == [
        "Pipeline",
        "  Recency",
        "    Blend",
        "      EASE",
        "      Popularity",
        "  MMR",
    ]
    assert "pool=50" in lines[0]
    assert "half_life=7.0" in lines[1]


def test_one_file_holds_all_and_is_swapped_while_another_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.model"
    first = fitted(rerankers=(MMR(0.5),))
    first.card_ = card_of(first, DATA, NOW, {"ndcg": 0.5})
    save(first, path)
    assert [each.name for each in tmp_path.iterdir()] == ["a.model"]
    second = load(path)
    assert second.card_ == first.card_
    assert second.catalogue.label_names == ("a", "b", "c", "d")
    asked = first.histories(np.array([1, 2, 77]))
    expected = first.recommend(asked, 5, with_reasons=True)
    found = second.recommend(second.histories(np.array([1, 2, 77])), 5, with_reasons=True)
    assert (found.items == expected.items).all()
    assert (found.scores == expected.scores).all()
    assert found.reasons == expected.reasons
    loaded: list[Pipeline] = []
    thread = threading.Thread(target=lambda: loaded.append(load(path)))
    thread.start()
    answers = [first.recommend(asked, 5).items for _ in range(5)]
    thread.join()
    assert all((each == expected.items).all() for each in answers)
    assert (loaded[0].recommend(asked, 5).items == expected.items).all()


def test_a_file_of_text_ids_keeps_leading_zeros(tmp_path: Path) -> None:
    data = Interactions.of(["01", "1"], ["007", "7"])
    pipeline = Pipeline(Popularity()).fit(data)
    save(pipeline, tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.item_ids_.tolist() == ["007", "7"]
    assert np.diff(again.histories(np.array(["1", "001"])).indptr).tolist() == [1, 0]


Damage = Callable[[Path], Any]


def _head(change: Callable[[dict[str, Any]], Any]) -> Damage:
    def damage(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        head = change(json.loads(parts["model.json"]))
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (parts | {"model.json": json.dumps(head).encode()}).items():
                archive.writestr(name, content)

    return damage


def _component(name: str) -> Damage:
    return _head(lambda head: head | {"root": head["root"] | {"object": name}})


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: list[Damage] = [
    lambda path: path.unlink(),
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"user,item\n1,2\n"),
    lambda path: path.write_bytes(path.read_bytes()[:300]),
    lambda path: path.write_bytes(path.read_bytes()[:-40]),
    _folder,
    _head(lambda head: head | {"format": 99}),
    _head(lambda head: []),
    _head(lambda head: {}),
    _head(lambda head: head | {"root": None}),
    _head(lambda head: head | {"root": {"object": 5}}),
    _component("recommend.nothing:Here"),
    _component("recommend.errors:NotFitted"),
    _component("recommend.data:np"),
    _component("recommend.candidates.ease:EASE"),
    _component("../../os:system"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_no_model_is_refused(damage: Damage, tmp_path: Path) -> None:
    path = tmp_path / "m"
    save(fitted(), path)
    damage(path)
    with pytest.raises(ModelUnreadable) as error:
        load(path)
    assert error.value.fields["path"] == str(path)
    assert error.value.fields["detail"]


def test_a_card_says_what_was_learnt_from_what() -> None:
    pipeline = fitted()
    card = card_of(pipeline, DATA, NOW, {"ndcg": 0.25, "weights": {"EASE": 1.0}, "range": [0, 1]})
    assert card["made_at"] == "2030-01-02T00:00:00+00:00"
    assert card["data"] == {
        "n_users": 40,
        "n_items": 24,
        "n_events": 240,
        "density": 0.25,
        "events_per_user_median": 6.0,
        "items_without_events": 0,
        "at_s": [0.0, 239.0],
    }
    assert card["n_bytes"] > 24 * 24 * 4
    json.dumps(card)
    text = in_markdown(card)
    for words in ("# Model card", "Pipeline(", "n users: 40", "ndcg: 0.2500", "EASE 1.0000"):
        assert words in text
    empty = card_of(pipeline, Interactions.of([], []), NOW)
    assert "## Figures" not in in_markdown(empty)
    found = sliced(np.array([0.5] * 39 + [np.nan]), DATA)
    assert found["5-19"] == {"n_users": 39, "ndcg": 0.5}
    assert found["100+"] == {"n_users": 0, "ndcg": None}

"""Order found from histories, the walk over concepts, and nothing before what it needs."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.candidates.concepts import (
    ConceptGraph,
    Links,
    concept_links,
    kept_in_order,
    prerequisites,
    wilson_low,
)
from livelore.intelligence.recommend.component import load, save
from livelore.intelligence.recommend.data import Histories, Interactions, Items
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid

CHAINS = ((0, 1, 2, 3), (4, 5, 6), (7, 8), (9, 10, 11))
TRUE = {(a, b) for chain in CHAINS for a, b in pairwise(chain)}
N_COURSES = 20


def taken(seed: int, n_users: int = 600, noise: float = 0.15) -> Interactions:
    """Users take two chains mixed with free courses; sometimes two neighbours are swapped."""
    rng = np.random.default_rng(seed)
    users: list[int] = []
    courses: list[int] = []
    for user in range(n_users):
        queues = [list(CHAINS[n]) for n in rng.permutation(len(CHAINS))[:2]]
        queues.append(rng.permutation(np.arange(12, N_COURSES))[:3].tolist())
        order: list[int] = []
        while any(queues):
            queue = queues[rng.integers(len(queues))]
            if queue:
                order.append(queue.pop(0))
        for n in range(len(order) - 1):
            if rng.random() < noise:
                order[n], order[n + 1] = order[n + 1], order[n]
        users += [user] * len(order)
        courses += order
    at = np.arange(len(users), dtype=float)
    shuffled = rng.permutation(len(users))
    return Interactions.of(
        np.array(users)[shuffled],
        np.array(courses)[shuffled],
        at=at[shuffled],
        item_ids=np.arange(N_COURSES),
    )


def catalogue() -> Items:
    labels = np.zeros((N_COURSES, len(CHAINS) + 1), np.float32)
    for n, chain in enumerate(CHAINS):
        labels[list(chain), n] = 1
    labels[12:, -1] = 1
    names = tuple(f"concept:{n}" for n in range(len(CHAINS) + 1))
    return Items(np.arange(N_COURSES), sp.csr_matrix(labels), names)


def f1(links: Links) -> float:
    found = set(zip(links.before.tolist(), links.after.tolist(), strict=True))
    return 2 * len(found & TRUE) / (len(found) + len(TRUE))


@pytest.mark.parametrize("seed", range(3))
def test_planted_prerequisites_are_found(seed: int) -> None:
    assert f1(prerequisites(taken(seed))) >= 0.8


def test_no_order_gives_no_links() -> None:
    rng = np.random.default_rng(1)
    courses = np.concatenate([rng.permutation(8) for _ in range(300)])
    assert len(prerequisites(Interactions.of(np.repeat(np.arange(300), 8), courses))) == 0
    together = Interactions.of(np.repeat(np.arange(300), 8), courses, at=np.zeros(2400))
    assert len(prerequisites(together)) == 0


def test_wilson_by_hand() -> None:
    np.testing.assert_allclose(wilson_low([8, 0, 0], [10, 10, 0]), [0.4902, 0, 0], atol=1e-4)


def test_a_walk_finds_what_shares_a_concept() -> None:
    model = ConceptGraph().fit(taken(1), catalogue())
    scores = model.scores(Histories.of([[4], [4, 12], []], N_COURSES))
    assert set(np.flatnonzero(scores[0])) == {4, 5, 6}
    assert set(np.flatnonzero(scores[1])) == {4, 5, 6, *range(12, N_COURSES)}
    assert (scores[2] == 0).all()
    np.testing.assert_allclose(scores[0].sum(), 2, atol=1e-5)  # one a step: nothing is lost


def test_a_second_step_reaches_what_is_two_concepts_away() -> None:
    labels = sp.csr_matrix(np.array([[1, 0], [1, 1], [0, 1]], np.float32))
    seen = Interactions.of([0], [0], item_ids=np.arange(3))
    items = Items(np.arange(3), labels)
    one = ConceptGraph(n_steps=1).fit(seen, items).scores(Histories.of([[0]], 3))
    two = ConceptGraph(n_steps=2).fit(seen, items).scores(Histories.of([[0]], 3))
    assert one[0, 2] == 0
    assert 0 < two[0, 2] < two[0, 1]


def test_links_lead_on_to_the_next_course() -> None:
    events = taken(2)
    model = ConceptGraph(links=True).fit(events, catalogue())
    histories = Histories.of([[chain[0]] for chain in CHAINS], N_COURSES)
    assert model.top(histories, 1)[0].ravel().tolist() == [chain[1] for chain in CHAINS]


def test_nothing_is_allowed_before_its_prerequisites() -> None:
    links = Links.of([0, 1, 4], [1, 2, 2], 6)
    allowed = links.allowed(Histories.of([[], [0], [0, 1], [1, 4, 4]], 6))
    assert np.flatnonzero(~allowed[0]).tolist() == [1, 2]
    assert np.flatnonzero(~allowed[1]).tolist() == [2]
    assert np.flatnonzero(~allowed[2]).tolist() == [2]
    assert np.flatnonzero(~allowed[3]).tolist() == [1]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_kept_lists_never_break_the_order(data: st.DataObject) -> None:
    places = st.tuples(st.integers(0, 6), st.integers(1, 7)).filter(lambda pair: pair[0] < pair[1])
    pairs = sorted(data.draw(st.sets(places, max_size=8)))
    links = Links.of([a for a, _ in pairs], [b for _, b in pairs], 8)
    history = data.draw(st.lists(st.integers(0, 7), max_size=3))
    given_list = data.draw(st.permutations(range(8)))
    histories = Histories.of([history], 8)
    kept = kept_in_order([given_list], links, histories)[0].tolist()
    had = set(history)
    for item in kept:
        assert {a for a, b in pairs if b == item} <= had
        had.add(item)
    allowed = links.allowed(histories)[0]
    assert all(item in kept for item in given_list if allowed[item])


def test_concepts_follow_the_order_of_their_courses() -> None:
    links = Links.of([0, 1], [1, 2], 3)
    teaches = sp.csr_matrix(np.array([[1, 0], [0, 1], [0, 1]], np.float32))
    found: Any = concept_links(teaches, links).toarray()
    np.testing.assert_array_equal(found > 0, [[False, True], [False, False]])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=6), min_size=1, max_size=20),
    st.integers(1, 4),
)
def test_estimated_links_never_run_in_a_circle(orders: list[list[int]], gap: int) -> None:
    users = np.repeat(np.arange(len(orders)), [len(each) for each in orders])
    events = Interactions.of(users, np.concatenate(orders), item_ids=np.arange(6))
    links = prerequisites(events, users_min=1, sureness_min=0.5, gap_max=gap)
    assert not links.has_circle


def test_bad_links_are_refused() -> None:
    for before, after in (([0, 1], [1, 0]), ([0], [7]), ([-1], [0]), ([0, 1], [1]), ([2], [2])):
        with pytest.raises(DataInvalid):
            Links.of(before, after, 3)
    bad: list[dict[str, Any]] = [
        {"sureness_min": 0.4},
        {"gap_max": 0},
        {"users_min": 0},
        {"covered_min": 1.5},
    ]
    for options in bad:
        with pytest.raises(OptionInvalid):
            prerequisites(taken(1, 5), **options)


@pytest.mark.parametrize(
    "options",
    [{"n_steps": 0}, {"restart": 0.0}, {"forward": 1.0}, {"weights": {"concept": -1.0}}],
)
def test_bad_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionInvalid):
        ConceptGraph(**options).fit(taken(1, 5), catalogue())


def test_items_are_needed_and_must_say_something() -> None:
    for items in (None, Items(np.arange(3)), Items(np.arange(N_COURSES))):
        with pytest.raises(DataInvalid):
            ConceptGraph().fit(taken(1, 5), items)


def test_a_saved_graph_answers_the_same(tmp_path: Path) -> None:
    fitted = ConceptGraph(links=True).fit(taken(3, 100), catalogue())
    save(fitted, tmp_path / "model")
    histories = Histories.of([[0], [4, 9]], N_COURSES)
    np.testing.assert_array_equal(
        load(tmp_path / "model").scores(histories), fitted.scores(histories)
    )

"""Every re-ranker gives a part of what it got, in another order; each does what it is for."""

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.component import load, save
from livelore.intelligence.recommend.data import Histories, Items
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid
from livelore.intelligence.recommend.metrics.exposure import average_popularity
from livelore.intelligence.recommend.metrics.variety import intra_list_distance, miscalibration
from livelore.intelligence.recommend.rerankers.diverse import DPP, MMR, Slider
from livelore.intelligence.recommend.rerankers.fairness import ExposureFloor
from livelore.intelligence.recommend.rerankers.hit_rates import HitRates
from livelore.intelligence.recommend.rerankers.labelled import Calibrated, XQuAD
from livelore.intelligence.recommend.rerankers.popularity import PopularityDiscount
from livelore.intelligence.recommend.rerankers.reranker import Chain, Reranker
from livelore.intelligence.recommend.rerankers.spread import Spread

N_ITEMS, N_LABELS, N_HOSTS = 40, 5, 6
COUNTS = np.arange(N_ITEMS)[::-1]
ALL: list[Reranker] = [
    MMR(0.5),
    MMR(0.5, resort=True),
    DPP(0.5),
    Slider(0.6),
    Calibrated(0.3),
    XQuAD(0.3),
    Calibrated(0.3, resort=True),
    XQuAD(0.3, resort=True),
    PopularityDiscount(0.5).fit(COUNTS),
    Spread(3, 1),
    Spread(4, 2, by="label"),
    ExposureFloor((3, 0, 0, 0, 2, 2)),
    Chain((PopularityDiscount(0.3).fit(COUNTS), Slider(0.5), Spread(2, 1)), spare=3),
]
UNCHANGED: list[Reranker] = [
    MMR(1.0),
    Slider(0.0),
    Calibrated(1.0),
    XQuAD(1.0),
    PopularityDiscount(0.0).fit(COUNTS),
    Spread(2, 2),
    ExposureFloor(),
]


@dataclass(frozen=True)
class Case:
    items: Any
    scores: Any
    histories: Histories
    catalogue: Items

    def rerank(self, reranker: Reranker, k: int) -> tuple[Any, Any]:
        return reranker.rerank(self.items, self.scores, k, self.histories, self.catalogue)


def case(seed: int, n_users: int = 6, n_pool: int = 20, *, full: bool = False) -> Case:
    """Pools of any length, also empty; items without labels and users without a history."""
    rng = np.random.default_rng(seed)
    items = np.full((n_users, n_pool), -1, np.int32)
    scores = np.full((n_users, n_pool), -np.inf, np.float32)
    for user in range(n_users):
        n = n_pool if full else int(rng.integers(0, n_pool + 1))
        items[user, :n] = rng.permutation(N_ITEMS)[:n]
        scores[user, :n] = -np.sort(-rng.normal(size=n) * rng.choice([0, 1, 100]))
    labels = (rng.random((N_ITEMS, N_LABELS)) < 0.3) * rng.random((N_ITEMS, N_LABELS))
    lists = [rng.integers(0, N_ITEMS, rng.integers(0, 6)) for _ in range(n_users)]
    hosts = rng.integers(0, N_HOSTS, N_ITEMS).astype(np.int32)
    ids = np.arange(N_ITEMS)
    catalogue = Items(ids, labels=sp.csr_matrix(labels.astype(np.float32)), hosts=hosts)
    return Case(items, scores, Histories.of(lists, N_ITEMS), catalogue)


@pytest.mark.parametrize("reranker", ALL, ids=lambda each: each.name)
@given(st.integers(0, 10**6), st.integers(1, 25))
@settings(max_examples=25, deadline=None)
def test_lists_are_made_of_the_pool_and_nothing_stands_twice(
    reranker: Reranker, seed: int, k: int
) -> None:
    given_ = case(seed)
    items, scores = given_.rerank(reranker, k)
    assert items.shape == scores.shape == (6, k)
    for user in range(6):
        n = int((given_.items[user] >= 0).sum())
        of = dict(zip(given_.items[user, :n].tolist(), given_.scores[user, :n], strict=True))
        length = min(k, n)
        mine = items[user, :length].tolist()
        assert len(set(mine)) == length
        assert set(mine) <= set(of)
        assert [of[item] for item in mine] == scores[user, :length].tolist()
        assert (items[user, length:] == -1).all()
        assert np.isneginf(scores[user, length:]).all()


@pytest.mark.parametrize("reranker", UNCHANGED, ids=lambda each: each.name)
@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_without_strength_a_list_stays(reranker: Reranker, seed: int) -> None:
    given_ = case(seed)
    items, _ = given_.rerank(reranker, 7)
    np.testing.assert_array_equal(items, given_.items[:, :7])


@given(st.integers(0, 10**6), st.lists(st.floats(0, 1), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_distance_never_falls_when_the_slider_rises(seed: int, settings_: list[float]) -> None:
    given_ = case(seed)
    before = np.full(6, -np.inf)
    for variety in sorted(settings_):
        items, _ = given_.rerank(Slider(variety), 6)
        found = np.nan_to_num(intra_list_distance(items, given_.catalogue.labels))
        assert (found >= before - 1e-9).all()
        before = found


def test_the_slider_buys_more_distance_than_mmr_for_the_same_score() -> None:
    given_ = case(1, n_users=200, full=True)
    rates = HitRates().rates(given_.items, given_.scores, given_.histories)
    worth = 1 / np.log2(np.arange(2, 10))

    def figures(reranker: Reranker) -> tuple[float, float]:
        items, _ = given_.rerank(reranker, 8)
        where = (items[:, :, None] == given_.items[:, None]).argmax(axis=2)
        dcg = (np.take_along_axis(rates, where, axis=1) @ worth).mean()
        return float(dcg), float(intra_list_distance(items, given_.catalogue.labels).mean())

    dcg, distance = figures(MMR(0.7))
    for variety in np.linspace(0.05, 1, 40):
        ours_dcg, ours = figures(Slider(float(variety)))
        if ours >= distance:
            assert ours_dcg > dcg
            return
    pytest.fail("the slider never reached the distance of MMR")


@pytest.mark.parametrize("reranker", [MMR(0.3), DPP(0.3)], ids=lambda each: each.name)
def test_diverse_lists_are_more_diverse(reranker: Reranker) -> None:
    given_ = case(2, n_users=100, full=True)
    items, _ = given_.rerank(reranker, 6)
    labels = given_.catalogue.labels
    plain = intra_list_distance(given_.items[:, :6], labels).mean()
    assert intra_list_distance(items, labels).mean() > plain + 0.05


@pytest.mark.parametrize("kind", [MMR, Calibrated, XQuAD], ids=lambda each: each.__name__)
def test_resorting_keeps_the_choice_and_the_order_of_the_pool(kind: Any) -> None:
    given_ = case(10)
    plain, _ = given_.rerank(kind(0.2), 6)
    items, scores = given_.rerank(kind(0.2, resort=True), 6)
    np.testing.assert_array_equal(np.sort(items, axis=1), np.sort(plain, axis=1))
    assert (scores[:, 1:] <= scores[:, :-1]).all()


def test_mmr_by_hand() -> None:
    labels = sp.csr_matrix(np.array([[1, 0], [1, 0], [0, 1]], np.float32))
    catalogue = Items(np.arange(3), labels=labels)
    histories = Histories.of([[]], 3)
    # second place: .5 · .9 - .5 · 1 for the twin, .5 · 0 - 0 for the other
    items, _ = MMR(0.5).rerank([[0, 1, 2]], [[10, 9, 0]], 2, histories, catalogue)
    assert items.tolist() == [[0, 2]]
    items, _ = MMR(0.6).rerank([[0, 1, 2]], [[10, 9, 0]], 2, histories, catalogue)
    assert items.tolist() == [[0, 1]]


def test_dpp_takes_the_largest_volume() -> None:
    rng = np.random.default_rng(3)
    labels = rng.random((8, 12))
    unit = labels / np.linalg.norm(labels, axis=1, keepdims=True)
    catalogue = Items(np.arange(8), labels=sp.csr_matrix(labels))
    items, _ = DPP(0.0).rerank([np.arange(8)], [np.zeros(8)], 3, Histories.of([[]], 8), catalogue)
    chosen = [0]  # all start alike: the first
    while len(chosen) < 3:
        rest = [each for each in range(8) if each not in chosen]
        volumes = [np.linalg.det(unit[[*chosen, each]] @ unit[[*chosen, each]].T) for each in rest]
        chosen.append(rest[int(np.argmax(volumes))])
    assert items[0].tolist() == chosen


def test_calibrated_lists_mirror_the_history() -> None:
    given_ = case(4, n_users=100, full=True)
    labels = given_.catalogue.labels
    plain = miscalibration(given_.items[:, :6], given_.histories, labels)
    for reranker in (Calibrated(0.1), XQuAD(0.1)):
        items, _ = given_.rerank(reranker, 6)
        found = miscalibration(items, given_.histories, labels)
        assert np.nanmean(found) < 0.6 * np.nanmean(plain)


def test_calibrated_by_hand() -> None:
    labels = sp.csr_matrix(np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]], np.float32))
    catalogue = Items(np.arange(5), labels=labels)
    histories = Histories.of([[0, 3]], 5)
    items, _ = Calibrated(0.1).rerank([[1, 2, 4]], [[3, 2, 1]], 2, histories, catalogue)
    assert items.tolist() == [[1, 4]]


def test_a_popularity_discount_lowers_popularity() -> None:
    given_ = case(5, n_users=100, full=True)
    items, _ = given_.rerank(PopularityDiscount(1.0).fit(COUNTS), 6)
    plain = average_popularity(given_.items[:, :6], COUNTS)
    assert average_popularity(items, COUNTS) < plain - 3
    with pytest.raises(NotFitted):
        given_.rerank(PopularityDiscount(), 6)
    with pytest.raises(DataInvalid):
        given_.rerank(PopularityDiscount().fit([1, 2]), 6)


def has_law(hosts: Any, window: int, n_max: int) -> bool:
    return all(
        np.bincount(hosts[begin : begin + window]).max() <= n_max
        for begin in range(max(1, len(hosts) - window + 1))
    )


@given(
    st.lists(st.integers(0, 3), min_size=3, max_size=9),
    st.integers(2, 4),
    st.integers(1, 2),
    st.integers(2, 7),
)
@settings(max_examples=150, deadline=None)
def test_spreading_keeps_the_law_and_gives_up_items_only_when_no_order_would_do(
    hosts: list[int], window: int, n_max: int, k: int
) -> None:
    k = min(k, len(hosts))
    n = len(hosts)
    catalogue = Items(np.arange(n), hosts=np.array(hosts, np.int32))
    spread = Spread(window, n_max)
    items, _ = spread.rerank([np.arange(n)], [-np.arange(n)], k, Histories.of([[]], n), catalogue)
    n_broken = spread.broken(items, catalogue)
    found = np.array(hosts)[items[0]]
    assert (n_broken == 0) == has_law(found, window, n_max)
    orders = permutations(range(k))
    possible = any(has_law(np.array(hosts)[list(order)], window, n_max) for order in orders)
    if possible and window == 2:  # there the look-ahead is exact
        assert n_broken == 0
        assert set(items[0].tolist()) == set(range(k))


def test_spreading_draws_on_the_pool_where_a_list_cannot_be_arranged() -> None:
    hosts = np.array([0, 0, 0, 0, 1, 2], np.int32)
    catalogue = Items(np.arange(6), hosts=hosts)
    items, _ = Spread(2, 1).rerank(
        [np.arange(6)], [-np.arange(6)], 4, Histories.of([[]], 6), catalogue
    )
    assert items.tolist() == [[0, 4, 1, 5]]
    alone = Spread(2, 1)
    items, _ = alone.rerank([np.arange(4)], [-np.arange(4)], 4, Histories.of([[]], 6), catalogue)
    assert items.tolist() == [[0, 1, 2, 3]]
    assert alone.broken(items, catalogue) == 3


def test_an_arrangement_is_found_by_looking_ahead() -> None:
    """First come, first served would give B C A A A."""
    hosts = np.array([1, 2, 0, 0, 0], np.int32)
    catalogue = Items(np.arange(5), hosts=hosts)
    items, _ = Spread(2, 1).rerank(
        [np.arange(5)], [-np.arange(5)], 5, Histories.of([[]], 5), catalogue
    )
    assert items.tolist() == [[2, 0, 3, 1, 4]]


@given(st.integers(0, 10**6), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_a_guarantee_is_kept_as_far_as_the_pools_reach(seed: int, owed: int) -> None:
    given_ = case(seed)
    budget = (owed, owed, 0, 0, 0, 0)
    floor = ExposureFloor(budget, places_max=8)
    items, _, bill = floor.report(
        given_.items, given_.scores, 5, given_.histories, given_.catalogue
    )
    np.testing.assert_array_equal(items, given_.rerank(floor, 5)[0])
    hosts = given_.catalogue.hosts
    assert hosts is not None
    if not owed:
        assert len(bill.hosts) == 0
        return
    for place, host in enumerate(bill.hosts):
        shown = (hosts[items[items >= 0]] == host).sum()
        assert bill.given[place] == shown >= bill.before[place]
        assert bill.still_owed[place] == max(0, owed - shown)
        in_pools = (hosts[given_.items[given_.items >= 0]] == host).sum()
        assert shown >= min(owed, bill.before[place])
        assert shown <= in_pools
    assert bill.cost >= -1e-9


def test_a_guarantee_is_given_where_it_costs_least_and_the_bill_is_printed() -> None:
    hosts = np.array([0, 0, 0, 1], np.int32)
    catalogue = Items(np.arange(4), hosts=hosts)
    histories = Histories.of([[], [], []], 4)
    rates = HitRates()
    rates.scores_ = rates.rates_ = np.array([[0, 1]], np.float32)
    rates.edges_ = np.empty(0)
    lists = [[0, 1, 3], [0, 1, 3], [0, 1, 2]]
    scores = [[0.9, 0.8, 0.1], [0.9, 0.8, 0.7], [0.9, 0.8, 0.5]]
    floor = ExposureFloor((0, 2), rates=rates)
    items, _, bill = floor.report(lists, scores, 2, histories, catalogue)
    assert items.tolist() == [[0, 3], [0, 3], [0, 1]]
    assert (bill.before.tolist(), bill.given.tolist()) == ([0], [2])
    second = 1 / np.log2(3)
    full, less = 3 * (0.9 + 0.8 * second), (0.7 + 0.1) * second
    assert bill.cost == pytest.approx(1 - (full - (1.6 * second - less)) / full)
    assert "1 hosts were owed 2 impressions: had 0, given 2, still owed 0" in str(bill)
    items, _, bill = ExposureFloor((0, 1), rates=rates).report(
        lists, scores, 2, histories, catalogue
    )
    assert items.tolist() == [[0, 1], [0, 3], [0, 1]]
    assert bill.still_owed.tolist() == [0]


def test_hit_rates_rise_with_the_score_and_keep_the_total() -> None:
    rng = np.random.default_rng(6)
    scores = -np.sort(-rng.random((600, 30)), axis=1).astype(np.float32)
    items = np.array([rng.permutation(50)[:30] for _ in range(600)], np.int32)
    busy = np.repeat([0.2, 1.0], 300)[:, None]
    hit = rng.random((600, 30)) < busy * scores**2
    held_out = Histories.of([items[user][hit[user]] for user in range(600)], 50)
    histories = Histories.of([[0] * (5 if user < 300 else 40) for user in range(600)], 50)
    rates = HitRates().fit(items, scores, histories, held_out)
    assert rates.rates_ is not None
    assert (np.diff(rates.rates_) >= 0).all()
    found = rates.rates(items, scores, histories)
    assert found.mean() == pytest.approx(hit.mean(), abs=0.01)
    assert np.abs(found - busy * scores**2).mean() < 0.05
    alike = HitRates(n_groups=1).fit(items, scores, histories, held_out)
    np.testing.assert_allclose(
        alike.rates(items[:1], scores[:1], histories.part(0, 1)),
        alike.rates(items[:1], scores[:1], histories.part(599, 600)),
    )
    with pytest.raises(DataInvalid):
        HitRates().fit(items[:1] * 0 - 1, scores[:1], histories.part(0, 1), held_out.part(0, 1))
    with pytest.raises(OptionInvalid):
        HitRates(n_groups=0).fit(items, scores, histories, held_out)


def test_bad_pools_and_options_are_refused_by_name() -> None:
    good = case(7)
    labels = Items(np.arange(N_ITEMS))
    needy: list[Reranker] = [
        MMR(),
        DPP(),
        Slider(),
        Calibrated(),
        XQuAD(),
        Spread(),
        ExposureFloor(),
    ]
    for reranker in needy:
        with pytest.raises(DataInvalid):
            reranker.rerank(good.items, good.scores, 5, good.histories, labels)
    wrong: list[Reranker] = [
        MMR(1.5),
        MMR(float("nan")),
        DPP(1.0),
        Slider(-0.1),
        Slider(price=0),
        Calibrated(2),
        Calibrated(smoothing=0),
        XQuAD(-1),
        Spread(1),
        Spread(3, 0),
        Spread(by="colour"),
        PopularityDiscount(-1).fit(COUNTS),
        ExposureFloor((-1,)),
        ExposureFloor(places_max=0),
        Chain(),
        Chain((MMR(7.0),)),
    ]
    for reranker in wrong:
        with pytest.raises(OptionInvalid):
            good.rerank(reranker, 5)
    with pytest.raises(OptionInvalid):
        good.rerank(MMR(), 0)
    with pytest.raises(DataInvalid):
        MMR().rerank(good.items, good.scores[:, :3], 5, good.histories, good.catalogue)
    with pytest.raises(DataInvalid):
        MMR().rerank([[1, 1]], [[2, 1]], 5, Histories.of([[]], N_ITEMS), good.catalogue)
    with pytest.raises(DataInvalid):
        MMR().rerank([[1, 2]], [[np.nan, 1]], 5, Histories.of([[]], N_ITEMS), good.catalogue)


@pytest.mark.parametrize("reranker", ALL, ids=lambda each: each.name)
def test_a_saved_reranker_is_the_same(reranker: Reranker, tmp_path: Path) -> None:
    given_ = case(8)
    save(reranker, tmp_path / "model")
    again = load(tmp_path / "model")
    assert repr(again) == repr(reranker)
    np.testing.assert_array_equal(given_.rerank(again, 6)[0], given_.rerank(reranker, 6)[0])


@pytest.mark.parametrize("reranker", ALL, ids=lambda each: each.name)
def test_nobody_and_nothing_are_answered(reranker: Reranker) -> None:
    given_ = case(9)
    none = np.empty((0, 20), np.int32)
    empty = Histories.of([], N_ITEMS)
    items, _ = reranker.rerank(none, none.astype(float), 4, empty, given_.catalogue)
    assert items.shape == (0, 4)
    no_pool = np.empty((6, 0), np.int32)
    items, scores = reranker.rerank(
        no_pool, no_pool.astype(float), 4, given_.histories, given_.catalogue
    )
    assert (items == -1).all()
    assert np.isneginf(scores).all()


@pytest.mark.parametrize("relevance", [0.2, 0.5, 0.8])
def test_calibrated_lists_are_those_of_the_definition(relevance: float) -> None:
    given_ = case(11, n_users=5, full=True)
    labels, histories = given_.catalogue.labels, given_.histories
    items, _ = given_.rerank(Calibrated(relevance), 5)
    for user in range(5):
        scores = given_.scores[user]
        width = scores[0] - scores[-1]
        gains = (scores - scores[-1]) / width if width > 0 else np.ones(20)
        mine = histories.part(user, user + 1)
        chosen: list[int] = []
        for _ in range(5):
            worth: dict[int, float] = {}
            for place, item in enumerate(given_.items[user].tolist()):
                if item in chosen:
                    continue
                far = miscalibration([[*chosen, item]], mine, labels)[0]
                far = 0.0 if not len(mine.items) else far
                if np.isnan(far):  # no label at all so far: nothing of the history is met
                    far = np.log(1 / 0.01)
                worth[item] = relevance * gains[place] - (1 - relevance) * far
            chosen.append(max(worth, key=worth.__getitem__))
        assert items[user].tolist() == chosen

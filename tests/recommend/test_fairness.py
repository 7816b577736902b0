"""Gaps between groups, checked by hand and by the bootstrap's own theory."""

import numpy as np
import pytest

from livelore.intelligence.recommend.errors import DataInvalid
from livelore.intelligence.recommend.fairness import group_report


def test_gap_and_losses_are_those_counted_by_hand() -> None:
    before = [0.4, 0.6, 0.2, 0.2, np.nan]
    after = [0.4, 0.4, 0.1, 0.2, 0.9]
    report = group_report(
        before, ["m", "m", "f", "f", "f"], after, rng=np.random.default_rng(0), resamples=50
    )
    assert report.groups == ("f", "m")
    assert report.n_users == (2, 2)
    assert report.before == pytest.approx((0.2, 0.5))
    assert report.after == pytest.approx((0.15, 0.4))
    assert report.gap_before.value == pytest.approx(0.3)
    assert report.gap_after.value == pytest.approx(0.25)
    assert report.gap_change.value == pytest.approx(-0.05)
    assert [each.value for each in report.loss] == pytest.approx([0.25, 0.2])
    assert "gap before: 0.3000" in str(report)


def test_the_interval_is_as_wide_as_theory_says() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=4000)
    report = group_report(values, np.arange(4000) % 2, rng=rng, resamples=500)
    width = report.gap_before.high - report.gap_before.low
    assert width == pytest.approx(2 * 1.96 * np.sqrt(2 / 2000), rel=0.15)


def test_what_both_have_in_common_cancels_from_the_change() -> None:
    rng = np.random.default_rng(2)
    before = rng.random(500)
    report = group_report(before, np.arange(500) % 2, before - 0.1, rng=rng, resamples=200)
    change = report.gap_change
    assert (change.low, change.high) == pytest.approx((0, 0), abs=1e-12)


def test_refusals() -> None:
    rng = np.random.default_rng(0)
    for before, groups in (([0.1, 0.2], ["a", "a"]), ([0.1, 0.2], ["a"]), ([], [])):
        with pytest.raises(DataInvalid):
            group_report(before, groups, rng=rng)

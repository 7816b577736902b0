"""The section on segments: sizes, names with their facts, what each is like."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelore.intelligence.pipeline.report.charts import Bar, bars, diverging, legend
from livelore.intelligence.pipeline.report.html import (
    Words,
    both,
    count,
    figure,
    percent,
    section,
    table,
)
from livelore.intelligence.pipeline.report.words import feature_name, feature_value
from livelore.intelligence.portraits.naming import Fact, Name
from livelore.intelligence.portraits.words import NOISE

if TYPE_CHECKING:
    from livelore.intelligence.pipeline.run import Results

SPREADS = 2.0
"""Where the bars of a profile end: twice the spread of everybody."""
SHOWN = 12
"""Segments and features that are drawn; the table has all."""


@dataclass(frozen=True)
class Segment:
    """One segment as the report tells it.

    Attributes:
        number: As in ``user_cluster``.
        name: In both languages, with its facts.
        n: Users.
        share: Of all.
        effects: Scaled mean less everybody's, by feature, in spreads.
        means: In their own units, by feature.
        typical: The same of the scaled means: a few who pay very much do not move them, so that
            they are above everybody's exactly where the effect is above 0.
        everybody: Typical of all users.
    """

    number: int
    name: Name
    n: int
    share: float
    effects: dict[str, float]
    means: dict[str, float]
    typical: dict[str, float]
    everybody: dict[str, float]

    @property
    def words(self) -> Words:
        """Its name."""
        return self.name.zh, self.name.en


def segments_of(results: "Results") -> list[Segment]:
    """All of a run, the largest first."""
    users, assigned = results.people.users, results.segmented.assigned
    kept, scaler = results.segmented.portraits.snapshot_, results.segmented.portraits.scaler_
    numbers, counts = np.unique(assigned.segments, return_counts=True)
    found = []
    for number, n in zip(numbers.tolist(), counts.tolist(), strict=True):
        rows = assigned.segments == number
        effects, typical, everybody = {}, {}, {}
        if kept is not None and scaler is not None and number >= 0 and len(kept.names):
            used = kept.shares > 0
            middle = np.average(kept.centres[used], axis=0, weights=kept.shares[used])
            own = kept.centres[number]
            effects = dict(zip(kept.names, (own - middle).tolist(), strict=True))
            both_typical = scaler.inverse_transform(np.stack([own, middle]))
            typical, everybody = (
                dict(zip(kept.names, each.tolist(), strict=True)) for each in both_typical
            )
        means = {
            name: float(np.nanmean(users.values[rows, place], dtype=np.float64))
            for place, name in enumerate(users.names)
            if not np.isnan(users.values[rows, place]).all()
        }
        name = assigned.names.get(number, Name(*NOISE))
        share = n / max(1, len(users))
        found.append(Segment(number, name, n, share, effects, means, typical, everybody))
    return sorted(found, key=lambda each: -each.n)


def segments_section(results: "Results", segments: list[Segment]) -> str:
    """The whole section."""
    if len(segments) == 1:
        lead = (
            "在这些数据里没有找到能在另一半用户中重现的分法：全体用户是一个群体，勉强切分只会误导。",
            "No division was found that other users of the same data show again: all users are one "
            "segment. Cutting them up anyway would mislead.",
        )
    else:
        lead = (
            "按行为把用户分成群体；编号在下一次运行时保持不变，名称由下面可以核对的事实组成。",
            "Users divided by what they do. Numbers stay the same in the next run; names are made "
            "of the facts below.",
        )
    inner = _sizes(segments)
    if len(segments) > 1:
        inner += _profiles(segments)
    return section("segments", ("用户群体", "Segments"), inner, lead)


def _label(segment: Segment) -> str:
    return f'<b class="number">{segment.number}</b> {both(segment.words)}'


def _sizes(segments: list[Segment]) -> str:
    drawn = [
        Bar(
            _label(each),
            (
                f"{each.name.zh}：{count(each.n)} 人",
                f"{each.name.en}: {count(each.n)} users",
            ),
            each.share,
            f"{percent(each.share)}<small>{count(each.n)}</small>",
        )
        for each in segments[:SHOWN]
    ]
    names = list(segments[0].means)
    rows = [
        [
            str(each.number),
            both(each.words),
            count(each.n),
            *(
                both(feature_value(name, each.means[name])) if name in each.means else "–"
                for name in names
            ),
        ]
        for each in segments
    ]
    heads: list[Words] = [("编号", "No."), ("名称", "Name"), ("人数", "Users")]
    heads += [feature_name(name) for name in names]
    caption = ("各群体的人数与各项平均值", "Users and mean of each feature, by segment")
    numbers = [0, *range(2, len(heads))]
    return figure(
        ("各群体有多少人", "How many users each segment has"),
        bars(drawn, 1.0),
        table(caption, heads, rows, numbers),
    )


def _profiles(segments: list[Segment]) -> str:
    """Small multiples: what sets each segment apart from everybody."""
    sizes: dict[str, float] = {}
    for each in segments:
        for name, effect in each.effects.items():
            sizes[name] = max(sizes.get(name, 0.0), abs(effect))
    largest = sorted(sizes, key=lambda name: -sizes[name])[:SHOWN]
    names = [name for name in sizes if name in largest]
    panels = "".join(_panel(each, names) for each in segments[:SHOWN])
    kinds = legend(
        [
            ("more", ("高于全体", "more than everybody")),
            ("less", ("低于全体", "less than everybody")),
        ]
    )
    note = (
        f"条形到边为 {SPREADS:g} 个离散度；数字是典型值，少数极大的值不会把它拉高。",
        f"A bar to the edge is {SPREADS:g} spreads; figures are typical values, which a few "
        "very large ones do not move.",
    )
    return (
        f'<figure class="wide"><figcaption>{both(("每个群体的特点", "What each segment is like"))}'
        f'</figcaption>{kinds}<div class="panels{_by_two(segments)}">{panels}</div>'
        f'<p class="note">{both(note)}</p></figure>'
    )


def _by_two(segments: list[Segment]) -> str:
    return " by-two" if len(segments) in {2, 4} else ""


def _panel(segment: Segment, names: list[str]) -> str:
    drawn = []
    for name in names:
        effect = segment.effects.get(name, 0.0)
        zh, en = feature_name(name)
        value = feature_value(name, segment.typical[name])
        title = (f"{zh}：{effect:+.1f} 个离散度", f"{en}: {effect:+.1f} spreads")
        drawn.append(Bar(both((zh, en)), title, effect, both(value)))
    facts = "".join(f"<li>{_fact(segment, fact)}</li>" for fact in segment.name.facts)
    told = f"<ul>{facts}</ul>" if facts else ""
    return (
        f'<article class="panel"><h3>{_label(segment)}</h3>'
        f'<p class="note">{percent(segment.share)} · {count(segment.n)} '
        f"{both(('人', 'users'))}</p>{told}{diverging(drawn, SPREADS)}</article>"
    )


def _fact(segment: Segment, fact: Fact) -> str:
    own = feature_value(fact.feature, segment.typical[fact.feature])
    everybody = feature_value(fact.feature, segment.everybody[fact.feature])
    return both(
        (
            f"{fact.words[0]}：{own[0]}（全体 {everybody[0]}）",
            f"{fact.words[1]}: {own[1]} (all: {everybody[1]})",
        )
    )

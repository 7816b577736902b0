"""The section on recommendations: what is given, to how many, why, and how well it foretells."""

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from livelore.intelligence.pipeline.lists import Recommended
from livelore.intelligence.pipeline.report.charts import Bar, bars
from livelore.intelligence.pipeline.report.html import (
    Words,
    both,
    count,
    figure,
    percent,
    section,
    table,
    tile,
    tiles,
)
from livelore.intelligence.pipeline.report.segments import Segment
from livelore.intelligence.pipeline.taste import Validation

if TYPE_CHECKING:
    from livelore.intelligence.pipeline.run import Results

TOP = 10
SAMPLES = 3
SAMPLE_PLACES = 4
LEADS: dict[str, Words] = {
    "taste": (
        "每位用户一份清单：由自己看过什么和所在群体看什么相加而成，理由是其中最大的一项。",
        "A list for every user: the sum of what they watched themselves and what their segment "
        "watches; the reason given is the largest term of that sum.",
    ),
    "chat": (
        "行为数据没有内容编号，学不到个人口味：清单来自群体，以及群体在哪些内容下发言。",
        "Behaviour names no contents, so there is no taste to learn from: lists come from segments "
        "and from what their users write in.",
    ),
    "nothing": (
        "行为与弹幕都没有内容编号：既无口味也无热度可学。清单按目录顺序、每类轮流取一，人人相同。",
        "Neither behaviour nor chat names contents: there is no taste and no popularity to learn "
        "from. Lists follow the catalogue, one of each label in turn, the same for everybody.",
    ),
}


def lists_section(results: "Results", segments: list[Segment]) -> str:
    """The whole section."""
    found = results.found
    inner = _figures(results) + _most_given(results)
    if found.mixture is not None and found.mixture.validation is not None:
        inner += _foretold(found.mixture.validation)
    elif found.mixture is not None:
        words = (
            "有两条以上观看记录的用户太少，无法在留出的数据上检验。",
            "Too few users have two or more views to check the lists on held-out data.",
        )
        inner += f'<p class="callout">{both(words)}</p>'
    inner += _samples(found, segments)
    return section("lists", ("个性化推荐", "Recommendations"), inner, LEADS[found.source])


def _figures(results: "Results") -> str:
    found, figures = results.found, results.figures
    shown = [
        tile(
            count(len(results.people)),
            ("份清单", "lists"),
            (f"每份最多 {found.k} 项", f"of up to {found.k} contents"),
        ),
        tile(
            percent(figures.coverage),
            ("目录覆盖", "of the catalogue given"),
            ("至少出现在一份清单中", "stands in at least one list"),
        ),
    ]
    if found.source == "taste":
        shown.append(
            tile(
                percent(found.taste_share),
                ("来自本人口味", "from own taste"),
                ("其余来自所在群体", "the rest from the segment"),
            )
        )
    if figures.distance is not None:
        shown.append(
            tile(
                f"{figures.distance:.2f}",
                ("清单内差异", "variety in a list"),
                ("0 全是同类，1 各不相同", "0: all of one label, 1: all different"),
            )
        )
    return tiles(shown)


def _most_given(results: "Results") -> str:
    found, given = results.found, results.figures.given
    order = [int(n) for n in np.argsort(-given, kind="stable")[:TOP] if given[n] > 0]
    if not order:
        return ""
    n_users = max(1, len(results.people))
    drawn, rows = [], []
    for code in order:
        title, labels = found.catalogue.titles[code], _labels(found, code)
        share = float(given[code]) / n_users
        chip = f'<small class="label">{escape(" · ".join(labels))}</small>' if labels else ""
        drawn.append(
            Bar(
                f"{escape(title)} {chip}",
                (f"{title}：{percent(share)} 的清单", f"{title}: {percent(share)} of lists"),
                share,
                percent(share),
            )
        )
        rows.append([escape(title), escape(", ".join(labels)), count(given[code]), percent(share)])
    heads: list[Words] = [
        ("内容", "Content"),
        ("标签", "Labels"),
        ("清单数", "Lists"),
        ("占比", "Share"),
    ]
    gini = results.figures.gini
    note = (
        f"曝光的基尼系数 {gini:.2f}：0 为平均分配，1 为全部归于一项。",
        f"Gini coefficient of exposure {gini:.2f}: 0 is all alike, 1 is everything to one.",
    )
    caption = ("被推荐最多的内容", "Contents recommended most")
    return figure(
        ("被推荐最多的内容（占清单的比例）", "Contents recommended most (share of lists)"),
        bars(drawn),
        table(caption, heads, rows, (2, 3)),
        note,
    )


def _labels(found: Recommended, code: int) -> list[str]:
    labels: Any = found.catalogue.items.labels
    if labels is None:
        return []
    return [found.catalogue.items.label_names[n] for n in labels[[code]].indices]


def _foretold(validation: Validation) -> str:
    ours, recall = validation.ndcg, validation.recall
    drawn = [
        Bar(
            both(("本报告的清单", "These lists")),
            ("本报告的清单", "These lists"),
            recall.mean,
            percent(recall.mean),
            recall.low,
            recall.high,
        ),
        Bar(
            both(("人人同一份热门榜", "One list of what is popular")),
            ("热门榜", "Popular"),
            validation.popular_recall,
            percent(validation.popular_recall),
            colour=6,
        ),
    ]
    held: Words = ("随机", "random") if not validation.is_by_time else ("最新", "newest")
    note = (
        f"先藏起{held[0]}的十分之一记录，再看清单前 {validation.k} 项说中多少："
        f"{count(validation.n_users)} 位未参与调参的用户，{count(validation.n_events)} 条记录，"
        f"横线为 95% 区间。nDCG@{validation.k} {ours.mean:.3f}"
        f"（{ours.low:.3f}–{ours.high:.3f}），热门榜 {validation.popular_ndcg:.3f}。",
        f"The {held[1]} tenth of views was hidden; how much of it the first {validation.k} places "
        f"name, for {count(validation.n_users)} users who did not choose the weights, "
        f"{count(validation.n_events)} views; the whisker is the 95 % interval. "
        f"nDCG@{validation.k} {ours.mean:.3f} ({ours.low:.3f} to {ours.high:.3f}), "
        f"popular {validation.popular_ndcg:.3f}.",
    )
    top = max(recall.high, validation.popular_recall) * 1.05
    rows = [
        [both(("本报告的清单", "These lists")), percent(recall.mean), f"{ours.mean:.3f}"],
        [
            both(("热门榜", "Popular")),
            percent(validation.popular_recall),
            f"{validation.popular_ndcg:.3f}",
        ],
    ]
    k = validation.k
    heads: list[Words] = [
        ("清单", "List"),
        (f"召回@{k}", f"Recall@{k}"),
        (f"nDCG@{k}", f"nDCG@{k}"),
    ]
    caption = ("留出数据上的检验", "Check on held-out views")
    return figure(
        ("用户接下来看的，清单说中多少", "How much of what users watched next was in the list"),
        bars(drawn, top),
        table(caption, heads, rows, (1, 2)),
        note,
    )


def _samples(found: Recommended, segments: list[Segment]) -> str:
    """The list of one user of each of the largest segments, with its reasons."""
    cards = []
    for segment in segments[:SAMPLES]:
        row = int(np.flatnonzero(found.numbers == segment.number)[0])
        users = np.flatnonzero(found.rows == row)
        typical = users[int(np.argmax((found.lists.causes[users] >= 0).sum(axis=1)))]
        places = []
        for code, cause in zip(
            found.lists.items[typical][:SAMPLE_PLACES],
            found.lists.causes[typical][:SAMPLE_PLACES],
            strict=True,
        ):
            if code >= 0:
                title = escape(found.catalogue.titles[int(code)])
                why = both(_why(found, int(cause), segment))
                places.append(f"<li><b>{title}</b><small>{why}</small></li>")
        cards.append(
            f'<article class="panel"><h3><b class="number">{segment.number}</b> '
            f'{both(segment.words)}</h3><ol class="list">{"".join(places)}</ol></article>'
        )
    words = (
        "例：各群体中一位用户的清单与理由",
        "Examples: the list of one user of each segment, and why",
    )
    return (
        f'<figure class="wide"><figcaption>{both(words)}</figcaption>'
        f'<div class="panels">{"".join(cards)}</div></figure>'
    )


def _why(found: Recommended, cause: int, segment: Segment) -> Words:
    if cause >= 0:
        title = found.catalogue.titles[cause]
        return f"因为看过「{title}」", f"because of “{title}”"
    if found.source == "nothing":
        return "按目录顺序，每类轮流", "in the order of the catalogue, labels in turn"
    return "同群体常看", "popular in the segment"

"""The page: head, headline figures, sections, colophon."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from livelore import __version__
from livelore.intelligence.pipeline.report.html import (
    Words,
    both,
    count,
    one,
    percent,
    section,
    tile,
    tiles,
)
from livelore.intelligence.pipeline.report.lists import lists_section
from livelore.intelligence.pipeline.report.method import (
    answers_section,
    data_section,
    method_section,
)
from livelore.intelligence.pipeline.report.segments import Segment, segments_of, segments_section
from livelore.intelligence.pipeline.report.talk import talk_section

if TYPE_CHECKING:
    from livelore.intelligence.pipeline.run import Results

STYLE = Path(__file__).with_name("style.css")
TITLE: Words = ("受众报告", "Audience report")
NAMES: dict[str, Words] = {
    "headline": ("要点", "In short"),
    "segments": ("群体", "Segments"),
    "lists": ("推荐", "Recommendations"),
    "chat": ("弹幕", "Chat"),
    "answers": ("生成", "Generated"),
    "method": ("方法", "Method"),
    "data": ("数据", "Data"),
}
_MARK = (
    '<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">'
    '<path class="seed" d="M4 2h14a12 12 0 0 1 12 12v14a2 2 0 0 1-2 2H14A12 12 0 0 1 2 18V4'
    'a2 2 0 0 1 2-2z"/><path class="play" d="M12.5 10.2v11.6L22 16z"/></svg>'
)


def page_of(results: "Results") -> str:
    """The whole page as HTML; nothing in it asks the network for anything."""
    segments = segments_of(results)
    body = {
        "headline": _headline(results, segments),
        "segments": segments_section(results, segments),
        "lists": lists_section(results, segments),
        "chat": talk_section(results),
        "answers": answers_section(results),
        "method": method_section(results),
        "data": data_section(results),
    }
    links = "".join(
        f'<a href="#{name}">{both(NAMES[name])}</a>' for name, inner in body.items() if inner
    )
    language = results.options.language
    style = STYLE.read_text("utf-8")
    return f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{one(TITLE)} · Livelore 知播</title>
<style>
{style}</style>
</head>
<body>
<header>
<div class="brand">{_MARK}<span>知播 Livelore</span></div>
<fieldset class="switch"><legend class="hidden">语言 / Language</legend>
{_switch("zh", "中文", is_on=language == "zh")}{_switch("en", "English", is_on=language == "en")}
</fieldset>
<div class="title"><h1>{both(TITLE)}</h1><p>{both(_about(results))}</p></div>
<nav aria-label="{one(("目录", "Contents"))}">{links}</nav>
</header>
<main>
{"".join(body.values())}
</main>
<footer><p>{both(_made(results))}</p></footer>
</body>
</html>
"""


def _switch(name: str, words: str, *, is_on: bool) -> str:
    checked = " checked" if is_on else ""
    return (
        f'<input type="radio" name="language" id="in-{name}"{checked}>'
        f'<label for="in-{name}" lang="{name}">{words}</label>'
    )


def _about(results: "Results") -> Words:
    n_users, n_chat = count(len(results.people)), count(len(results.inputs.chat))
    n_contents = count(int(results.found.catalogue.allowed.sum()))
    return (
        f"{n_users} 位用户 · {n_contents} 项内容 · {n_chat} 条弹幕",
        f"{n_users} users · {n_contents} contents · {n_chat} chat messages",
    )


def _headline(results: "Results", segments: list[Segment]) -> str:
    """What a person who reads nothing else should know."""
    shown = [
        tile(
            count(len(segments)),
            ("个群体", "segments" if len(segments) > 1 else "segment"),
            (f"共 {count(len(results.people))} 位用户", f"of {count(len(results.people))} users"),
        )
    ]
    shown.append(
        tile(
            percent(results.figures.coverage, 0),
            ("目录得到推荐", "of contents recommended"),
            ("至少出现在一份清单中", "in at least one list"),
        )
    )
    mixture = results.found.mixture
    if mixture is not None and mixture.validation is not None:
        check = mixture.validation
        shown.append(
            tile(
                percent(check.recall.mean, 0),
                ("的后续观看被说中", "of next views named"),
                (
                    f"热门榜为 {percent(check.popular_recall, 0)}",
                    f"popular list: {percent(check.popular_recall, 0)}",
                ),
            )
        )
    shown += _heard(results)
    told = "".join(f"<li>{both(each)}</li>" for each in _sentences(results, segments))
    return section("headline", NAMES["headline"], f'{tiles(shown)}<ul class="told">{told}</ul>')


def _heard(results: "Results") -> list[str]:
    if results.chat is None:
        return []
    shown = []
    scores = results.chat.columns["sentiment_score"].to_numpy(zero_copy_only=False)
    if len(scores):
        shown.append(
            tile(
                f"{scores.mean():+.2f}",
                ("平均情绪", "mean mood"),
                ("−1 消极，+1 积极", "−1 negative, +1 positive"),
            )
        )
    asked = results.chat.columns["is_question"].to_numpy(zero_copy_only=False)
    shown.append(
        tile(
            count(float(asked.sum())),
            ("条提问", "questions"),
            (f"占 {percent(float(asked.mean()))}", f"{percent(float(asked.mean()))} of messages"),
        )
    )
    return shown


def _sentences(results: "Results", segments: list[Segment]) -> list[Words]:
    first = segments[0]
    told: list[Words] = []
    if len(segments) > 1:
        told.append(
            (
                f"最大的群体是「{first.name.zh}」，占 {percent(first.share)}。",
                f"The largest segment is “{first.name.en}”, {percent(first.share)} of users.",
            )
        )
        told += _payers(segments)
    else:
        told.append(("用户没有明显的分群。", "Users fall into no clear segments."))
    mixture = results.found.mixture
    if mixture is not None and mixture.validation is not None:
        check = mixture.validation
        is_better = check.recall.low > check.popular_recall
        told.append(
            (
                "个性化清单比同一份热门榜说中更多后续观看。"
                if is_better
                else "个性化清单是否胜过热门榜，数据还不足以断定。",
                "Personal lists name more of the next views than one popular list does."
                if is_better
                else "Whether personal lists beat one popular list cannot be told from these data.",
            )
        )
    if results.found.source != "taste":
        told.append(
            (
                "行为数据没有内容编号，推荐只来自群体和热度。",
                "Behaviour names no contents: lists come from segment and popularity only.",
            )
        )
    if results.chat is not None and results.chat.topics:
        top = results.chat.topics[0]
        told.append(
            (
                f"谈得最多的是「{top.label}」，{count(top.n)} 条。",
                f"“{top.label}” is talked about most: {count(top.n)} messages.",
            )
        )
    return told


def _payers(segments: list[Segment]) -> list[Words]:
    """Which segment brings how much of the money, where any is paid."""
    sums = {each.number: each.n * each.means.get("purchase_amount", 0.0) for each in segments}
    total = sum(sums.values())
    if total <= 0:
        return []
    best = max(segments, key=lambda each: sums[each.number])
    share = sums[best.number] / total
    return [
        (
            f"「{best.name.zh}」以 {percent(best.share)} 的人数带来 {percent(share)} 的消费。",
            f"“{best.name.en}” brings {percent(share)} of purchases with {percent(best.share)} "
            "of users.",
        )
    ]


def _made(results: "Results") -> Words:
    made = results.options.made_at
    zh = f"{made.astimezone(UTC):%Y-%m-%d %H:%M} UTC，" if isinstance(made, datetime) else ""
    en = f"{made.astimezone(UTC):%Y-%m-%d %H:%M} UTC, " if isinstance(made, datetime) else ""
    seed = results.options.seed
    return (
        f"{zh}由 Livelore {__version__} 生成，随机种子 {seed}。",
        f"{en}made by Livelore {__version__}, seed {seed}.",
    )

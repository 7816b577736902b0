"""What features and labels are called, in Chinese and English: rules as data.

A feature not listed is called by its own name. Units and definitions are in `features`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Block = Literal["interest", "habit", "spending", "social", "watching", "other"]
BLOCKS: tuple[Block, ...] = ("interest", "habit", "spending", "social", "watching", "other")
"""In the order in which a name mentions them: 数学爱好者 · 夜间 · 高打赏."""
Pair = tuple[str, str]
"""Chinese and English."""


@dataclass(frozen=True)
class FeatureWords:
    """How a feature is spoken of.

    Attributes:
        block: What part of a portrait it belongs to.
        high: Of users who have much more of it than others; None: not worth a word.
        low: Of users who have much less.
    """

    block: Block
    high: Pair | None
    low: Pair | None = None


FEATURES: Mapping[str, FeatureWords] = {
    "night_share": FeatureWords("habit", ("夜间", "night"), ("白天", "daytime")),
    "weekend_share": FeatureWords("habit", ("周末", "weekend"), ("平日", "weekdays")),
    "recency_s": FeatureWords("habit", ("久未到访", "long away"), ("近期活跃", "recently active")),
    "tip_amount": FeatureWords("spending", ("高打赏", "high tips"), ("低打赏", "low tips")),
    "n_tips": FeatureWords("spending", ("常打赏", "frequent tips"), ("少打赏", "few tips")),
    "purchase_amount": FeatureWords(
        "spending", ("高消费", "big buyers"), ("低消费", "small buyers")
    ),
    "n_purchases": FeatureWords(
        "spending", ("常购买", "frequent buyers"), ("少购买", "few purchases")
    ),
    "interaction_freq": FeatureWords("social", ("高互动", "interact a lot"), ("少互动", "quiet")),
    "danmaku_per_min": FeatureWords("social", ("弹幕活跃", "chatty"), ("安静", "quiet")),
    "n_danmaku": FeatureWords("social", ("弹幕活跃", "chatty"), ("少弹幕", "few danmaku")),
    "n_questions": FeatureWords("social", ("爱提问", "ask questions"), ("少提问", "few questions")),
    "n_gifts": FeatureWords("spending", ("爱送礼", "send gifts"), ("少送礼", "few gifts")),
    "co_streams": FeatureWords("social", ("爱连麦", "join on air"), None),
    "watch_s": FeatureWords("watching", ("看得多", "watch a lot"), ("看得少", "watch little")),
    "watch_time": FeatureWords("watching", ("看得多", "watch a lot"), ("看得少", "watch little")),
    "n_sessions": FeatureWords("watching", ("常来", "come often"), ("少来", "come rarely")),
    "n_events": FeatureWords("watching", ("活跃", "active"), ("不活跃", "inactive")),
}
INTEREST: Pair = ("{}爱好者", "{} lovers")
TYPICAL: Pair = ("普通用户", "Typical users")
EVERYBODY: Pair = ("全体用户", "All users")
NOISE: Pair = ("未归类", "No segment")
OTHER_HIGH: Pair = ("{}高", "high {}")
OTHER_LOW: Pair = ("{}低", "low {}")
LEVELS: tuple[Pair, ...] = (("无", "none"), ("低", "low"), ("中", "medium"), ("高", "high"))
UNKNOWN: Pair = ("未知", "unknown")

LABELS: Mapping[str, Pair] = {
    "maths": ("数学", "Maths"),
    "programming": ("编程", "Programming"),
    "english": ("英语", "English"),
    "music": ("音乐", "Music"),
    "physics": ("物理", "Physics"),
    "history": ("历史", "History"),
    "art": ("艺术", "Art"),
    "science": ("科学", "Science"),
    "education": ("教育", "Education"),
    "entertainment": ("娱乐", "Entertainment"),
    "technology": ("科技", "Technology"),
}
"""By English word; the Chinese word finds the same pair. Others keep their own name in both."""
_BY_WORD = {word.lower(): pair for key, pair in LABELS.items() for word in (key, *pair)}


def label_words(label: str) -> Pair:
    """A label in both languages."""
    return _BY_WORD.get(label.lower(), (label, label[:1].upper() + label[1:]))


def feature_words(name: str, interest_prefix: str = "interest:") -> FeatureWords:
    """How a column is spoken of, also one that nobody has listed."""
    if name.startswith(interest_prefix):
        zh, en = label_words(name.removeprefix(interest_prefix))
        return FeatureWords("interest", (INTEREST[0].format(zh), INTEREST[1].format(en)))
    if name in FEATURES:
        return FEATURES[name]
    return FeatureWords(
        "other",
        (OTHER_HIGH[0].format(name), OTHER_HIGH[1].format(name)),
        (OTHER_LOW[0].format(name), OTHER_LOW[1].format(name)),
    )

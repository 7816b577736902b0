"""What features are called in the report, and how their values are written."""

from livelore.intelligence.pipeline.report.html import Words, brief, percent
from livelore.intelligence.portraits.interests import PREFIX
from livelore.intelligence.portraits.words import label_words

FEATURES: dict[str, Words] = {
    "watch_time": ("观看时长", "Watch time"),
    "interaction_freq": ("每分钟互动", "Interactions per min"),
    "purchase_amount": ("消费金额", "Purchases"),
    "tip_amount": ("打赏金额", "Tips"),
    "n_events": ("行为次数", "Events"),
    "n_sessions": ("到访次数", "Visits"),
    "recency_s": ("距上次到访", "Since last visit"),
    "night_share": ("夜间占比", "At night"),
    "weekend_share": ("周末占比", "At weekends"),
}
_SECONDS = ("watch_time", "recency_s")
_SHARES = ("night_share", "weekend_share")
_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0


def feature_name(name: str) -> Words:
    """A feature for people."""
    if name.startswith(PREFIX):
        zh, en = label_words(name.removeprefix(PREFIX))
        return f"{zh}占比", f"Share of {en}"
    return FEATURES.get(name, (name, name))


def feature_value(name: str, value: float) -> Words:
    """A value with its unit."""
    if name in _SECONDS:
        return duration(value)
    if name in _SHARES or name.startswith(PREFIX):
        told = percent(value, 0).replace("&lt;", "<")
        return told, told
    return brief(value), brief(value)


def duration(seconds: float) -> Words:
    """Seconds in the unit that suits them."""
    for size, zh, en in ((_DAY, "天", "d"), (_HOUR, "小时", "h"), (_MINUTE, "分钟", "min")):
        if seconds >= size * (2 if size == _DAY else 1):
            return f"{brief(seconds / size)} {zh}", f"{brief(seconds / size)} {en}"
    return f"{brief(seconds)} 秒", f"{brief(seconds)} s"

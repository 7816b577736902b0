# patterns and tables read better whole
"""Dates of the Gregorian calendar, as questions give them."""

import re
from datetime import date, timedelta

_DATE = re.compile(r"(\d{4})\s*[-/年.]\s*(\d{1,2})\s*[-/月.]\s*(\d{1,2})\s*日?")
_BETWEEN = re.compile(
    r"(?:多少天|几天|相[差隔距]|how many days|days between|days from)", re.IGNORECASE
)
_WEEKDAY = re.compile(
    r"星期几|周几|礼拜几|(?:what|which) (?:day|weekday)|day of the week", re.IGNORECASE
)
_MOVED = re.compile(
    r"(?P<n>\d{1,6})\s*(?:天|日|days?)\s*(?P<way>之?后|以后|之?前|以前|after|before|from|later)"
    r"|(?P<way2>之?后|以后|之?前|以前)的?第?\s*(?P<n2>\d{1,6})\s*(?:天|日)",
    re.IGNORECASE,
)
_BACK = ("前", "之前", "以前", "before")
_DAYS = (
    ("星期一", "Monday"),
    ("星期二", "Tuesday"),
    ("星期三", "Wednesday"),
    ("星期四", "Thursday"),
    ("星期五", "Friday"),
    ("星期六", "Saturday"),
    ("星期日", "Sunday"),
)


def dated(question: str, language: str) -> str | None:
    """The answer to a question on dates; None when it is none, or a date does not exist."""
    try:
        dates = [date(int(y), int(m), int(d)) for y, m, d in _DATE.findall(question)]
        return _answered(question, dates, 0 if language == "zh" else 1)
    except (ValueError, OverflowError):
        return None


def _answered(question: str, dates: list[date], at: int) -> str | None:
    if len(dates) == 2 and _BETWEEN.search(question):
        n = abs((dates[1] - dates[0]).days)
        return (
            f"{dates[0]} 到 {dates[1]} 相差 {n} 天",
            f"{n} days lie between {dates[0]} and {dates[1]}",
        )[at]
    if len(dates) != 1:
        return None
    rest = _DATE.sub(" ", question)
    moved = _MOVED.search(rest)
    day = dates[0]
    if moved:
        back = (moved["way"] or moved["way2"]).lower() in _BACK
        day += timedelta(int(moved["n"] or moved["n2"]) * (-1 if back else 1))
    elif not _WEEKDAY.search(question):
        return None
    name = _DAYS[day.weekday()][at]
    return f"{day}，{name}" if at == 0 else f"{day}, {name}"

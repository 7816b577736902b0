"""What courses are about: stable codes with their names, so that each page speaks its language."""

from livelore.kit.search import folded

SUBJECTS: dict[str, tuple[str, str]] = {
    "math": ("数学", "Mathematics"),
    "science": ("科学", "Science"),
    "programming": ("编程", "Programming"),
    "languages": ("语言", "Languages"),
    "exams": ("考试", "Exams"),
    "history": ("历史", "History"),
    "art": ("艺术", "Art"),
    "music": ("音乐", "Music"),
    "business": ("商业", "Business"),
    "health": ("健康", "Health"),
    "fitness": ("健身", "Fitness"),
    "cooking": ("烹饪", "Cooking"),
    "travel": ("旅行", "Travel"),
    "life": ("生活", "Everyday life"),
    "other": ("其他", "Other"),
}
"""Code → name in Chinese, in English. Codes are never renamed; pages take the names from here."""


def subjects_with(word: str) -> frozenset[str]:
    """Codes of the subjects in whose code or names a folded word is."""
    return frozenset(
        code
        for code, names in SUBJECTS.items()
        if any(word in folded(name) for name in (code, *names))
    )

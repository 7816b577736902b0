"""What people write as the label of a feeling, as sides."""

from collections.abc import Sequence

from livelore.intelligence.insight.errors import ExamplesInvalid

NEGATIVE = ("negative", "neg", "-1", "-", "bad", "消极", "负面", "负向", "差评")
AMBIGUOUS = ("ambiguous", "neutral", "neither", "mixed", "0", "模糊", "中性", "中立")
POSITIVE = ("positive", "pos", "1", "+1", "+", "good", "积极", "正面", "正向", "好评")
SIDES = {
    **dict.fromkeys(NEGATIVE, -1),
    **dict.fromkeys(AMBIGUOUS, 0),
    **dict.fromkeys(POSITIVE, 1),
}
_NUMBERS = {"0": -1, "1": 1}
"""Of files that know two numbers alone: bad and good."""


def sides_of(labels: Sequence[str]) -> list[int | None]:
    """-1, 0 or 1 of each label; None of one that means none of them.

    A file whose only labels are 0 and 1 says negative and positive with them.

    Raises:
        ExamplesInvalid: The labels are 0, 1 and 2, which some write for stars and some for sides.
    """
    bare = [_bare(each) for each in labels]
    known = set(bare)
    if known == {"0", "1", "2"}:
        detail = "labels 0, 1, 2 have no one meaning: write negative, ambiguous, positive"
        raise ExamplesInvalid(detail=detail)
    table = _NUMBERS if known and known <= set(_NUMBERS) else SIDES
    return [table.get(each) for each in bare]


def _bare(label: str) -> str:
    found = label.strip().lower()
    return (
        found.removesuffix(".0") if found.replace("-", "").replace(".", "").isdecimal() else found
    )

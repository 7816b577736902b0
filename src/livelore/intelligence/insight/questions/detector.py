"""Which messages are questions, in one pass over their characters."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.questions.cues import (
    A_NOT_A,
    CUES,
    ENOUGH,
    MARK,
    MARK_SHORT,
    SHOUTED,
)
from livelore.intelligence.insight.questions.phrases import Phrases, matched
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.hashed import is_of_word

NOT = (ord("不"), ord("没"))
STEEPNESS = 2.0
"""Of the curve from a sum of weights to a share; a sum of `ENOUGH` gives one half."""


@cache
def _cues() -> Phrases:
    return Phrases.of(CUES)


@dataclass(frozen=True)
class QuestionDetector:
    """Tells questions by cue phrases and marks; rhetorical ways of asking speak against.

    Attributes:
        phrases: What is looked for.
    """

    phrases: Phrases = field(default_factory=_cues)

    def scores(self, messages: Messages) -> NDArray[np.float32]:
        """How surely each is a question, from 0 to 1, shape (n_messages,); a half is enough."""
        return self.scores_of(messages.folded)

    def scores_of(self, texts: Codepoints) -> NDArray[np.float32]:
        """The same of folded texts."""
        sums = np.empty(len(texts), np.float32)
        _judge(texts.codes, texts.bounds, self.phrases.tables, sums)
        return np.asarray(1 / (1 + np.exp(STEEPNESS * (ENOUGH - sums))), np.float32)

    def are_questions(self, messages: Messages) -> NDArray[np.bool_]:
        """Whether each is one."""
        return self.scores(messages) >= np.float32(0.5)


@compiled
def _is_mark(code: Any) -> bool:
    return code in (33, 63)  # ! ?


@compiled
def _ends_sentence(codes: Any, at: int, end: int) -> bool:
    code = codes[at]
    if code == 46:  # a full stop, but not that of 3.14
        return at + 1 == end or codes[at + 1] == 32
    is_last = at + 1 == end or not _is_mark(codes[at + 1])
    return code in (0x3002, 59) or (_is_mark(code) and is_last)


@compiled
def _marks(codes: Any, begin: int, end: int) -> Any:
    """What a sentence's marks and its A-not-A add; much below 0 if it is nothing else."""
    n_words, n_characters, has_mark, is_shouted, is_inside = 0, 0, False, False, False
    added = np.float32(0)
    for at in range(begin, end):
        code = codes[at]
        is_letter = is_of_word(code)
        n_words += is_letter and not is_inside
        is_inside = is_letter
        is_chinese = 0x3040 <= code <= 0x9FFF
        n_characters += is_chinese
        has_mark = has_mark or code == 63
        is_shouted = is_shouted or code == 33
        # 播不播, 讲没讲
        if is_chinese and at + 2 < end and codes[at + 2] == code and codes[at + 1] in NOT:
            added = np.float32(A_NOT_A)
    if n_words + n_characters == 0:
        return np.float32(-9)
    if has_mark:
        is_long = n_characters >= 4 or n_words >= 3 or n_characters + 2 * n_words >= 5
        added += np.float32(MARK if is_long else MARK_SHORT)
        if is_shouted:
            added += np.float32(SHOUTED)
    return added


@compiled
def _judge(codes: Any, bounds: Any, tables: Any, sums: Any) -> None:
    """Each text's sum: that of its most asking sentence."""
    for text in range(len(bounds) - 1):
        begin, end = bounds[text], bounds[text + 1]
        best = np.float32(-9)
        first = begin
        for at in range(begin, end):
            if at + 1 == end or _ends_sentence(codes, at, end):
                added = _marks(codes, first, at + 1)
                if added > -9:
                    best = max(best, added + matched(codes, first, at + 1, tables))
                first = at + 1
        sums[text] = best

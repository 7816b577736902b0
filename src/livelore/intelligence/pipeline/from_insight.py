"""A chat read by `insight.chain`, told as the report shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from livelore.intelligence.insight import highlights
from livelore.intelligence.insight.chain.parts import Parts
from livelore.intelligence.insight.chain.whole import Step, read_whole
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.pipeline.protocols import ChatFindings, Highlight

METHOD = (
    (
        "消息的情绪：小模型按字词判断，一方比其余加起来还可能时才下结论，否则算模糊。",
        "Feelings: a small model of words; a side is named only where it is likelier than all "
        "else together, the rest is ambiguous.",
    ),
    (
        "情绪曲线：每段都有足够多的人发言；带子是均值的 90% 区间，按人而不是按条计算。",
        "Mood: in each stretch enough people spoke; the band is the 90 % interval of the mean, by "
        "people and not by messages.",
    ),
    (
        "话题：短时间内频繁出现的词；提问按句式识别，问同一件事的合并。",
        "Topics: terms that come up often within a short time. Questions are found by their "
        "form, and those that ask the same are merged.",
    ),
    (
        "房管提示：规则与模型指出可疑的消息，只作参考，由人决定。",
        "Moderation: rules and a model point at messages; whether one is held back is for a "
        "person to decide.",
    ),
)


@dataclass(frozen=True)
class InsightReader:
    """A `ChatReader` of the parts of `insight`.

    Args:
        parts: What reads.
    """

    parts: Parts

    def read(self, messages: Messages, step: Step) -> ChatFindings:
        """See `ChatReader.read`."""
        columns, found = read_whole(messages, self.parts, step)
        return ChatFindings(
            columns,
            found.mood,
            found.topics,
            found.questions,
            found.names,
            _moments(found.highlights),
            found.minded,
            METHOD,
        )


def _moments(found: Sequence[highlights.Highlight]) -> tuple[Highlight, ...]:
    told = []
    for each in found:
        texts = "、".join(each.texts), ", ".join(each.texts)
        words = (f"消息骤增：{texts[0]}", f"many at once: {texts[1]}")
        told.append(Highlight(each.peak_at, words, each.n_messages))
    return tuple(told)

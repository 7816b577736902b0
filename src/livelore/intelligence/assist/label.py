"""The label that everything made by a program carries: seen by people, and as data.

Source: Measures for labelling AI-generated content (人工智能生成合成内容标识办法, in force since
2025-09-01): a visible label, and metadata with content attribute, provider and content number.
"""

import hashlib
from dataclasses import dataclass

VISIBLE: dict[str, dict[str, str]] = {
    "quoted": {
        "zh": "【AI生成】由程序从课程资料中摘取组成，请以原文为准",
        "en": "[AI-generated] Put together from the course's own words; the source decides",
    },
    "computed": {
        "zh": "【AI生成】由程序计算得出",
        "en": "[AI-generated] Computed by a program",
    },
    "written": {
        "zh": "【AI生成】由语言模型根据课程资料撰写，用词均见于所引原文，请核对后使用",
        "en": "[AI-generated] Written by a language model from its sources; check before use",
    },
    "made": {
        "zh": "【AI生成】由程序按固定句式生成，请核对后使用",
        "en": "[AI-generated] Made by a program from fixed phrases; check before use",
    },
}
"""By what the text is and its language."""
PROVIDER = "livelore"


@dataclass(frozen=True)
class Label:
    """Of one text.

    Attributes:
        visible: For people, in the language of the text.
        metadata: For programs: ``AIGC``, as GB 45438-2025 names its fields.
    """

    visible: str
    metadata: dict[str, dict[str, str]]


def label(text: str, language: str, provider: str = PROVIDER, origin: str = "quoted") -> Label:
    """The label of a text; the same text gets the same number.

    Args:
        text: What was made.
        language: ``zh`` or ``en``.
        provider: Name or code of who offers the service.
        origin: One of `VISIBLE`: quoted from the course, computed, written by a language model, or
            made of phrases.
    """
    number = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    fields = {
        "Label": "1",  # 1: made by AI, for certain
        "ContentProducer": provider,
        "ProduceID": number,
        "ReservedCode1": "",
        "ContentPropagator": provider,
        "PropagateID": number,
        "ReservedCode2": "",
    }
    return Label(VISIBLE[origin][language], {"AIGC": fields})

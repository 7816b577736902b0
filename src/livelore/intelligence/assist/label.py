"""The label that everything made by a program carries: seen by people, and as data.

Source: Measures for labelling AI-generated content (人工智能生成合成内容标识办法, in force since
2025-09-01): a visible label, and metadata with content attribute, provider and content number.
"""

import hashlib
from dataclasses import dataclass

VISIBLE = {
    "zh": "【AI生成】本回答由程序从课程资料中摘取组成，请以原文为准",
    "en": "[AI-generated] Composed by a program from the course's own material; the source decides",
}
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


def label(text: str, language: str, provider: str = PROVIDER) -> Label:
    """The label of a text; the same text gets the same number.

    Args:
        text: What was made.
        language: ``zh`` or ``en``.
        provider: Name or code of who offers the service.
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
    return Label(VISIBLE[language], {"AIGC": fields})

"""What a sale must not say: superlatives, promises of success, of money, of cure.

After article 9 of the Advertising Law of the PRC (no 国家级, 最高级, 最佳 and the like), article 16
(no cure, no rate of success), article 24 (no promise of passing an examination, of a degree or of
an effect of teaching) and article 25 (no promise of return, no "without risk").
"""

import re
from dataclasses import dataclass

from livelore.intelligence.text.codepoints import folded_text

SUPERLATIVE, RESULT, RETURN, CURE = "superlative", "result", "return", "cure"
_GOODS = "课|教|老师|讲师|名师|平台|价|选择|品牌|机构|内容|产品|系列|体系|团队|服务|方案|性价比"
_ENGLISH_GOODS = "course|class|lesson|teacher|tutor|coach|platform|price|choice|way to|deal"
_RULES = (
    (
        SUPERLATIVE,
        rf"最(?:好|佳|强|优|牛|棒|权威|先进|专业|便宜|低|优惠|划算|火|全|靠谱|受欢迎)的?(?=.{{0,4}}(?:{_GOODS}))"
        r"|(?:全网|全国|全球|世界|业内|行业|销量|国内)(?:最.|第一|唯一|首家|首选|领先)"
        r"|国家级|世界级|顶级|顶尖|极致|独一无二|史无前例|绝无仅有|首屈一指|无与伦比|第一品牌"
        rf"|唯一的?(?=.{{0,4}}(?:{_GOODS}))",
    ),
    (
        RESULT,
        r"包(?:过|会|教会|学会|通过|上岸|就业|拿证)|保(?:过|录|证(?:通过|上岸|提分|学会|拿证|录取|就业))"
        r"|(?:100|百分之?百|百分百)\s*%?.{0,3}(?:通过|上岸|学会|提分|有效|录取|就业)"
        r"|一次过|不过退款|必过|速成|命题人|考试中心",
    ),
    (RETURN, r"稳赚|保本|躺赚|零风险|无风险|包赚|日入过|月入过|翻倍收益|年化.{0,6}保证|财务自由"),
    (CURE, r"根治|治愈|包治|药到病除|无副作用|疗效"),
    (
        SUPERLATIVE,
        rf"\bthe (?:best|only|most effective)\b(?=.{{0,20}}\b(?:{_ENGLISH_GOODS}))"
        r"|\bno\.? ?1\b|\bnumber one\b|\bworld[- ]class\b|\bunrivalled\b|\bunbeatable\b"
        r"|\bcheapest\b|\blowest price\b",
    ),
    (
        RESULT,
        r"\bguarante\w*\b|\b100 ?% (?:pass|success|effective)|\byou will (?:pass|succeed)\b"
        r"|\bcan(?:'t|not) fail\b",
    ),
    (RETURN, r"\brisk[- ]free\b|\bget rich\b|\bpassive income\b|\bdouble your money\b"),
    (CURE, r"\bcures?\b|\bheals?\b|\bno side effects\b"),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _RULES)


@dataclass(frozen=True)
class Claim:
    """Something that must not be said.

    Attributes:
        kind: ``superlative``, ``result``, ``return`` or ``cure``.
        words: As they stand in the folded text.
    """

    kind: str
    words: str


def forbidden(text: str) -> list[Claim]:
    """Claims in a text that a sale must not make; width, case and hidden characters do not help."""
    folded = folded_text(text)
    squeezed = re.sub(r"(?<=[\u3400-\u9fff])[\s·.*_-]+(?=[\u3400-\u9fff])", "", folded)
    return [
        Claim(kind, match.group())
        for kind, pattern in _COMPILED
        for match in pattern.finditer(squeezed)
    ]

"""What a topic is not about: words that every talk is full of, in Chinese and in English."""

from functools import lru_cache

import rjieba

DULL = (
    "的了吗呢吧啊呀哦哈嘛么是我你他她它们这那就都也还在有没不很太真好要会能去来个和跟与到说看想上下又再吃才把被给让一二三"
    "什怎谁几哪多为因所以如果但而且或啥咋请求老师知道懂对得"
)
"""Characters with which no topic begins or ends."""
_CHINESE = """
已经 现在 时候 感觉 觉得 直接 开始 可以 可能 应该 其实 真的 不是 没有 就是 还是 但是 这么 那么
怎么 什么 为什么 这个 那个 这样 那样 今天 明天 昨天 一个 一下 一点 有点 看到 知道 出来 起来
进来 过来 下来 时间 东西 事情 问题 意思 大家 兄弟 兄弟们 朋友 家人 家人们 老师 同学 主播 卧槽
我去 我靠 牛逼 牛批 厉害 哈哈 哈哈哈 嘿嘿 呜呜 好家伙 谢谢 感谢 多谢 辛苦 离谱 绝了 可惜 有人
没人 一起 一样 一定 肯定 突然 终于 继续 以前 以后 最后 必须 需要 希望 喜欢 认真 简单 容易 估计
居然 竟然 果然 算了 好吧 行吧 收到 来了 打卡 签到 晚上 早上 下午 上午 你好 您好 再见 拜拜 记得
发现 说话 只能 不能 不会 不要 别人 自己 全部 有没有 是不是 能不能 会不会
"""
_ENGLISH = """
the and you for that this with are was not but have has how what why when who can will just like
its it's from they his her hello nice good great wow cool hey yeah okay all one out about get got
would there their your been don't i'm can't too very much more please thanks lol yes now let our
going really right actually thing things something want know think say said look see way because
well also then here over into than these those them some little could should take make put come
where which does doing did done were being other only even back again first two three gonna still
talk talked talking always never every around through kind basically maybe might need same four
five ones any no nor last next least him had she hers himself myself yourself itself whose whom
each both few such own off down under between during before after until while since against
without within upon among per via etc having must shall may cannot couldn't wouldn't shouldn't
doesn't didn't isn't aren't wasn't weren't won't haven't hasn't hadn't i've i'll i'd you're you've
you'll he's she's that's there's what's who's we're we've let's they're dont doesnt didnt cant
wont isnt thats whats youre ive thank thankyou thx ty tysm love loved loves man men guy guys sir
bro dude mate bruh haha hahaha lmao omg yay yep nope nah ok ugh hmm hmmm damn shit fuck fucking
wtf pls plz sorry best better amazing awesome excellent perfect wonderful brilliant beautiful
super people person someone somebody anyone anybody everyone everybody nobody anything everything
nothing time times year years day days today tomorrow yesterday lot lots bit many most less watch
watching watched looking looks seeing seen made making makes goes went gone comes came getting
gets gives give gave given told tell says saying means mean meant trying try tried wants wanted
needs needed knows knew known thought guess feel feels felt seem seems help helps helped helpful
understand understood work works worked use used using find found believe keep part point whole
long big old new bad ever already almost quite enough though although however else instead yet
once usually often sometimes together life world real true sure https http www com org html an as
at be by do go he if in is it me my of oh on or so to up us we im hi ya id ur
"""
DULL_WORDS = (*_ENGLISH.split(), *_CHINESE.split())
"""Words that make no topic, and with which no label begins or ends."""
_ALL = frozenset(DULL_WORDS)
_LETTERS = frozenset(DULL)
_FUNCTIONS = frozenset(
    ("r", "rr", "rz", "d", "p", "c", "u", "uj", "ul", "uv", "ud", "uz", "ug", "y", "e", "o")
)
"""Parts of speech: pronouns, adverbs, prepositions, conjunctions, particles, cries."""


@lru_cache(maxsize=1 << 16)
def is_dull(word: str) -> bool:
    """Whether a word of either language says nothing of what is talked about.

    Args:
        word: Folded.
    """
    if word in _ALL:
        return True
    if word.isascii():
        return len(word) < 2 and not word.isdigit()
    if len(word) == 1:
        return word in _LETTERS or _tag(word) in _FUNCTIONS or _tag(word) == "zg"
    return _tag(word) in _FUNCTIONS


def _tag(word: str) -> str:
    found = rjieba.tag(word.encode("utf-8", "replace").decode())  # lone surrogates
    return str(found[0][1]) if len(found) == 1 else ""

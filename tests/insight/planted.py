"""Rooms in which a topic comes up among fillers, with the label that a reader would give it.

Nothing here was taken from anywhere. Lines of a topic say its label in different forms, so that
neither the most frequent run of characters nor the longest is right.
"""

import numpy as np

from livelore.intelligence.insight.messages import Messages

FILLERS = {
    "zh": (
        *(
            "老师好",
            "哈哈哈哈",
            "666",
            "来了来了",
            "晚上好",
            "谢谢老师",
            "真的好",
            "可以的",
            "卧槽",
            "已经懂了",
        ),
        *("牛逼", "感觉还行", "直接看", "@小红 你好", "打卡", "好家伙"),
    ),
    "en": (
        *(
            "thank you",
            "love this",
            "lol",
            "hello everyone",
            "great video man",
            "thanks sir",
            "nice",
        ),
        *(
            "help me please",
            "I love you guys",
            "@night_owl42 yes",
            "so good",
            "hahaha",
            "same here",
        ),
    ),
}
TOPICS = {
    "zh": {
        "洛必达法则": (
            "洛必达法则好难",
            "这里用洛必达法则吗",
            "为啥能用洛必达法则",
            "洛必达法则！",
            "又是洛必达法则",
        ),
        "特征向量": (
            "特征向量怎么求",
            "求完特征向量呢",
            "特征向量是什么意思",
            "特征向量要归一化吗",
            "两个特征向量正交",
        ),
        "加里奥": (
            "这加里奥有啥用",
            "加里奥没大招",
            "别选加里奥了",
            "加里奥支援好快",
            "加里奥嘲讽到三个",
        ),
        "作业": (
            "作业几号交",
            "作业在哪里交啊",
            "今天的作业好多",
            "没写作业怎么办",
            "请问作业能补交吗",
        ),
        "第三题": ("第三题选什么", "第三题没看懂", "求讲第三题", "第三题答案错了吧", "第三题是B"),
        "EDG": ("恭喜EDG", "EDG！", "EDG必胜", "edg这波赢了", "支持EDG的扣1"),
        "我们是冠军": (
            "我们是冠军",
            "我们是冠军！！！",
            "我们是冠军",
            "《我们是冠军》",
            "我们是冠军",
        ),
        "声音": ("声音太小了", "听不到声音", "是我没声音还是都没声音", "声音卡", "声音有点小"),
    },
    "en": {
        "organic chemistry": (
            *(
                "organic chemistry is hard",
                "I failed organic chemistry",
                "is organic chemistry worse",
            ),
            *("why do I need organic chemistry", "organic chemistry tomorrow"),
        ),
        "Sapolsky": (
            *("Sapolsky is amazing", "thank you Sapolsky", "sapolsky again", "who is Sapolsky"),
            "love Sapolsky so much",
        ),
        "homework": (
            *("when is the homework due", "where do I hand in homework?", "homework is too long"),
            *("did anyone do the homework", "no homework please"),
        ),
        "PepeHands": (
            *(
                "PepeHands",
                "too real PepeHands",
                "PepeHands I miss him",
                "again PepeHands",
                "PepeHands PepeHands",
            ),
        ),
        "chain rule": (
            *("chain rule again", "what is the chain rule?", "the chain rule makes sense now"),
            *("so we use the chain rule here", "chain rule!!!"),
        ),
        "chapter 7": (
            *(
                "chapter 7 is long",
                "is chapter 7 on the exam",
                "read chapter 7",
                "where is chapter 7",
                "chapter 7?",
            ),
        ),
    },
}
STEP_S = 200.0


def room(language: str, seed: int) -> tuple[Messages, dict[str, float]]:
    """Fillers all the time; each topic is talked about for a minute, one every `STEP_S`.

    Args:
        language: "zh" or "en".
        seed: Of what is said when.

    Returns:
        The messages; and by wanted label when it begins, seconds.
    """
    rng = np.random.default_rng(seed)
    begins = {label: STEP_S * (1 + n) for n, label in enumerate(TOPICS[language])}
    end = STEP_S * (len(begins) + 1)
    events = [
        (float(at), str(rng.choice(FILLERS[language]))) for at in rng.uniform(0, end, int(end))
    ]
    for label, begin in begins.items():
        said = rng.choice(TOPICS[language][label], 40)
        events += [(begin + 1.5 * n, str(text)) for n, text in enumerate(said)]
    events.sort()
    return Messages.of([text for _, text in events], [at for at, _ in events]), begins

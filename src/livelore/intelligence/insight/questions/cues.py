"""What a question looks like: phrases with weights, chosen by hand.

Weights add up; from `ENOUGH` on a message is a question. ``^`` and ``$`` are the begin and the end
of a clause. Negative weights are ways of speaking that only look like a question.
"""

from livelore.intelligence.insight.questions.phrases import weighed

ENOUGH = 1.5
MARK = 1.5
"""Of a question mark after a clause of some length."""
MARK_SHORT = 0.7
"""Of one after a word or two."""
SHOUTED = -0.8
"""Of an exclamation mark beside the question mark."""

A_NOT_A = 1.5
"""Of one character before and after 不 or 没."""

_LISTS = (
    (
        1.6,
        """
        为什么 | 为啥 | 为何 | 为甚么 | 怎么 | 怎样 | 咋 | 如何 | 啥时候 | 什么时候 | 何时 |
        什么意思 | 是什么 | 叫什么 | 哪里 | 哪儿 | 哪个 | 哪位 | 哪本 | 哪一 | 哪种 | 哪些 |
        哪页 | 哪题 | 哪年 | 在哪 | 去哪 | 到哪 | 从哪 | 多少 | 多久 | 多长 | 多大 | 多高 | 多远 |
        多重 | 第几 | 几点 | 几号 | 几个人 | 几人 | 几次 | 几章 | 几节 | 几页 | 几道 | 几分钟 |
        几天 | 几种 | 几位 | 几月 | 几岁 | 几楼 | 几层 | 几班 | 几级 | 几周 | 几年级 | 几集 |
        最多几 | 有没有 | 是不是 | 能不能 | 可不可以 | 会不会 | 要不要 | 对不对 | 行不行 |
        好不好 | 是否 | 能否 | 可否 | 有无 | 该不该 | 用不用 | 需不需要 | 考不考 | 请问 | 请教 |
        求问 | 想问 | 问一下 | 问下 | 有谁 | 有人知道 | 谁知道 | 谁能 | 谁会 | 什么区别 | 啥区别 |
        怎么办 | 什么样 | 什么是 | 啥是 | 什么牌子 | 什么软件 | 什么关系 | 什么用 | 什么时间 |
        什么地方 | 什么东西 | 什么原因 | 什么书 | 选什么 | 用什么 | 看什么 | 学什么 | 做什么 |
        干什么 | 吃什么 | 讲什么 | 念什么 | 啥意思 | 啥用 | 何处 | 何种 | 多少钱 | 还是不是 |
        求讲 | 求解 | 求链接 | 求答案 | 求资料 | 求推荐 | 求教 | 求回放 | 求课件 | 求代码 | 能讲 |
        可以讲 | 能再讲 | 能说一下 | 推荐一 | 推荐哪 | 有推荐 | 来着$ | 区别在哪 | 区别是 | 谁是 |
        是谁 | 几比几 | 几倍 | 几多 | 哪有卖 | 怎么回事$ | 什么歌 | 多不多 | 难不难 | 贵不贵 |
        大不大 | 要多 | 有多 | 为什么这么 | 为啥这么
        """,
    ),
    (
        1.5,
        """
        什么 | 啥 | 哪 | 谁$ | 由谁 | 被谁 | 跟谁 | 给谁 | 几$ | 吗$ | 么$ | 吗 | 否$ | ^谁 |
        有几 | 为几 | 受谁 | 和谁
        """,
    ),
    (
        1.2,
        """
        ^几
        """,
    ),
    (
        1.1,
        """
        呢$ | 嘞$
        """,
    ),
    (
        1.0,
        """
        谁 | 几
        """,
    ),
    (
        0.9,
        """
        没有$ | 不$ | 没$
        """,
    ),
    (
        0.6,
        """
        嘛$ | ^谁$
        """,
    ),
    (
        0.5,
        """
        ^那 | ^如果 | ^要是 | ^那如果 | 还是 | 或者 | ^所以 | ^老师 | 猜 | 求
        """,
    ),
    (
        -0.3,
        """
        那么
        """,
    ),
    (
        -0.8,
        """
        我去
        """,
    ),
    (
        -0.9,
        """
        哈哈哈
        """,
    ),
    (
        -1.0,
        """
        ^啥$ | 我的天
        """,
    ),
    (
        -1.2,
        """
        这么 | 卧槽
        """,
    ),
    (
        -1.5,
        """
        ^什么$
        """,
    ),
    (
        -1.6,
        """
        什么鬼 | 什么玩意 | 什么情况 | 什么操作 | 什么神仙 | 怎么这么 | 怎么那么 | 怎么可能 |
        怎么会这样 | 怎么不去 | 咋这么 | 咋不上天 | 没什么 | 没啥 | 不管怎么 | 不管什么 | 无论 |
        不论 | 什么都 | 什么也 | 啥都 | 啥也 | 谁都 | 谁也 | 谁不 | 谁还 | 谁让 | 谁要 | 谁家 |
        怎么都 | 怎么也 | 怎么说呢 | 怎么说 | 多少有点 | 多少还是 | 哪有这么 | 哪有那么 |
        有什么好怕 | 有什么好说 | 有什么好吵 | 有什么好笑 | 这有什么 | 有啥好说 | 有什么用啊 |
        何必 | 何苦 | 凭什么 | 凭啥 | 不会吧 | 不是吧 | 不能吧 | 你说呢 | 可不是吗 | 不是吗 |
        是吗 | 真的吗 | 对吧 | 好吗好的 | 哪里哪里 | 什么什么 | 随便什么 | 要什么自行车 |
        知道怎么 | 知道什么 | 知道为什么 | 不知道为什么 | 不知道为啥 | 明白怎么 | 明白为什么 |
        懂了为什么 | 就是为什么 | 这就是怎么 | 说什么就 | 说啥就 | 想怎么 | 爱怎么 | 礼貌吗 |
        礼貌么 | 多少年 | 好几 | 这几 | 那几 | 前几 | 几年前 | 几天前 | 十几 | 几十 | 几百 |
        几千 | 几万 | 就这 | 认真的吗 | 不好吗 | 不香吗 | 不行吗 | 这能忍 | 还有王法吗 | 我是谁 |
        怎么了$ | 没有什么 | 什么的$ | 为什么我喜欢 | 几乎 | 几何 | 谁懂 | 想起来了 | 告诉你什么 |
        什么时候都 | 怎么回事了 | 怎么做了 | 怎么用了 | 啥样的都 | 不怎么 | 如何如何 | 那叫一个 |
        是不是很 | 无论如何 | 不管如何 | 几把 | 哪怕 | 任何时候 | 几点了还 | 怎么就 | 感叹号 |
        不是么 | 是么 | 难道 | 哪能 | 岂不 | 怎么敢 | 还能怎么样 | 那不得 | 那不是 | 时不时 |
        动不动 | 不咋 | 哪都 | 哪儿都 | 哪里都 | 什么人啊 | 什么态度 | 吃不吃亏 | 这也能 |
        这都能
        """,
    ),
    (
        -2.0,
        """
        还能这样 | 还有这种 | ^啊$ | ^嗯$ | ^哈$
        """,
    ),
    (
        1.6,
        """
        anyone explain | how do | how to | how can | how could | how does | how did | how would |
        how should | how many | how much | how long | how old | how far | how often | how come |
        ^how about | ^how is | ^how are | ^how was | ^how will | what is | what are | what's the |
        whats the | what does | what do | what did | what would | what will | what was |
        what were | what happens | what about | what if | what kind | what should | what can |
        what made | why is | why are | why do | why does | why did | why dont | why don't |
        why doesn't | why can't | why cant | why not | why didnt | why doesnt | why isnt |
        isn't it | isnt it | aren't they | wouldn't it | wouldnt | why would | why was |
        why isn't | why didn't | why you | why we | why it | ^why | where is | where are |
        where do | where can | where did | where does | when is | when are | when do | when does |
        when will | when did | when was | who is | who are | who was | which one | which is |
        which book | ^which | whose | can you explain | can you please | could you | can someone |
        can somebody | could someone | can anyone | could anyone | can any | can u | does anyone |
        does anybody | does somebody | does someone | anyone know | anybody know | any idea why |
        any tips | any advice | any recommend | somebody explain | someone explain |
        please explain | plz explain | pls explain | please tell me | please help | help me with |
        tell me how | tell me why | tell me what | ^can we | ^can i | ^could i | ^could we |
        ^can it | ^may i | ^do you | ^do we | ^do i | ^do they | ^does | ^did | ^is it |
        ^is there | ^is this | ^is that | ^is he | ^is she | ^is the | ^is a | ^is an | ^isn't |
        ^isnt | ^are there | ^are we | ^are these | ^are those | ^are they | ^are you | ^aren't |
        ^was | ^were | ^wasn't | ^doesn't | ^doesnt | ^don't you | ^don't we | ^didn't | ^has |
        ^have you | ^have we | ^haven't | ^hasn't | ^would | ^wouldn't | ^should | ^shouldn't |
        ^will | ^won't | ^what | ^so what is | ^so is | ^so are | ^so do | ^so does | ^so can |
        ^so how | ^so why | ^but why | ^but how | ^but what | ^and what | ^and how | ^and why |
        ^wait why | ^wait how | ^wait is | ^sorry what | ^but is | ^but does | ^but isn't |
        ^but can | ^then how | ^then why | ^then what | ^but where | ^so where | i wonder |
        wondering if | wondering how | wondering why | wondering what | i have a question |
        i have one question | quick question | my question | is it possible | is there any |
        is there a | would it be | confused about why | confused about how | how is | how are |
        ^where | ^how | how did you get
        """,
    ),
    (
        1.5,
        """
        ^are | ^can | ^from where | how'd | anybody explain | ^why$ | ^how$
        """,
    ),
    (
        1.0,
        """
        don't understand why | don't understand how | dont understand how | dont understand why |
        what you mean
        """,
    ),
    (
        0.8,
        """
        ^who | ^anyone | ^anybody | ^is | ^am i | ^when | ^any | ^so | ^but | not sure how |
        not sure why
        """,
    ),
    (
        0.4,
        """
        how | why | where | which | who | what | when | please | plz | pls | right$ | correct$ |
        or not$ | ^sir | ^sorry | ^wait | don't know how to
        """,
    ),
    (
        -0.4,
        """
        lol
        """,
    ),
    (
        -1.5,
        """
        ^what$
        """,
    ),
    (
        -1.6,
        """
        ^what a | ^what an | ^how cool | ^how amazing | ^how nice | ^how dare | ^how beautiful |
        ^how cute | ^how sweet | what the hell | what the heck | what the fuck | wtf | who cares |
        guess what | you know what | no matter what | no matter how | that's what | that is what |
        thats what | that's why | that is why | thats why | that's how | that is how | thats how |
        this is how | this is why | this is what | so that's how | know how to | knows how to |
        knew how to | know what i | know what is | knows what | how he is | how you do |
        how good | how much i | how to teach | what i | what you | what he | what we | what they |
        why i | why he | why they | how i | how you | how he | how much you | how it |
        ^what more | ^why am i | ^why are you so | ^how is he so | ^how are you so |
        understand why | understand how | understand what | understood why | understood how |
        knew why | explained how | explains how | explained why | explains why | explained what |
        is what is | where there is | where i | where you | when you | when i | are you kidding |
        ^is great | ^is good | ^is amazing | how is this free | this guy | else watching |
        else crying | ^huh | ^right | ^really | ^seriously | ^wait what$ | ^was great |
        ^was here | ^has been | ^should be | ^will do | ^would recommend | ^did it |
        ^is the best | ^is so | ^what up | see why | see how | no idea what | no idea how |
        i don't care | do what | do it | learn how to | learned how to | taught me how to |
        teaches how to | showing how | ^why are u so | thinking about how | ^how far we |
        ^have a | would love | figured out how | know why | knew what | ^can confirm |
        ^can't wait | ^can relate | ^am i the only | ^can not wait
        """,
    ),
)

CUES: dict[str, float] = weighed(_LISTS)
"""All phrases and what each adds; own lists, Chinese first, by weight."""

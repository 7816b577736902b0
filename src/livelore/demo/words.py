"""What the simulated viewers say: of a lecture on the definite integral, in Chinese and English."""

DANMAKU = (
    "懂了",
    "懂了",
    "原来积分号就是拉长的 S",
    "细条越多越准",
    "Δx 一定要相等吗？",
    "这里终于通了",
    "板书字再大一点",
    "那 dx 就是很细的 Δx 吗",
    "右端点的和会偏大吧",
    "老师讲得很清楚",
    "取极限那步太快了",
    "没听懂 Δx 趋于 0",
    "习题几号交？",
    "期末会考定义吗？",
    "谢谢老师停下来",
    "The strips finally make sense",
    "So the limit is the area?",
    "Could you repeat the last step?",
    "Nice drawing",
    "中点的误差最小吗",
    "233",
    "高能预警",
    "左右夹住就是夹逼定理",
    "能再看一眼上一页吗？",
)

SUPER_CHATS = (
    "老师讲的细条让我第一次看懂了公式，谢谢。能再讲一遍左端点吗？",
    "三十八岁重新学数学，今天这一步想通了。",
    "Greetings from Lisbon, this is how I wish I had learnt it.",
    "请问速度和路程的例子里，细条的面积是什么单位？",
)

GIFTS = ("chalk", "chalk", "chalk", "pen", "pen", "tea", "tea", "book", "lamp")

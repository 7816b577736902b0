"""Topics: planted ones are named in time, keep their names, end; the report has their words."""

import itertools

import numpy as np
import pytest

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.topics.dull import DULL_WORDS, is_dull
from livelore.intelligence.insight.topics.label import example_of, key_of, label_of, surface_of
from livelore.intelligence.insight.topics.report import (
    coherence,
    topic_words,
    word_cloud,
    words_by_segment,
)
from livelore.intelligence.insight.topics.stream import SILENT_S, TopicStream
from tests.insight import planted

CHATTER = ["老师好", "哈哈哈哈", "666", "来了", "晚上好", "加油", "好听", "打卡", "hello", "nice"]
PLANTED = {
    "洛必达法则": [
        "洛必达法则好难",
        "洛必达法则是啥",
        "这里用洛必达法则",
        "为啥用洛必达法则啊",
        "洛必达法则！",
    ],
    "作业": ["作业几号交", "作业好多", "今天的作业在哪", "没写作业", "作业作业"],
    "gradient": [
        "gradient is zero",
        "why gradient",
        "the gradient vanishes",
        "gradient?",
        "gradient lol",
    ],
}


def room(
    seed: int, rate: float = 0.5, duration_s: float = 900
) -> tuple[Messages, dict[str, float]]:
    """Chatter all the time; each topic comes up once and is talked about for a minute."""
    rng = np.random.default_rng(seed)
    events = [(at, str(rng.choice(CHATTER))) for at in np.arange(0, duration_s, 1 / rate)]
    begins = {}
    for number, (label, texts) in enumerate(PLANTED.items()):
        begin = 200.0 + 200 * number
        begins[label] = begin
        events += [(begin + 1.5 * n, texts[n % 5]) for n in range(40)]
    events.sort()
    return Messages.of([text for _, text in events], [at for at, _ in events]), begins


def test_a_new_topic_is_named_within_ten_seconds_of_five_messages() -> None:
    messages, begins = room(0)
    stream = TopicStream()
    stream.add(messages)
    for label, begin in begins.items():
        topic = next(each for each in stream.topics.values() if label in each.label)
        assert begin < topic.born_at <= begin + 6.0 + 10.0
        assert topic.n_messages >= 30
    assert len(stream.topics) <= 6


def test_messages_get_their_topic_and_its_name() -> None:
    messages, _ = room(1)
    stream = TopicStream()
    found = stream.add(messages)
    labels = stream.labels(found)
    planted = [n for n, text in enumerate(messages.texts) if "洛必达" in text]
    assert np.mean(["洛必达法则" in (labels[n] or "") for n in planted[6:]]) == 1.0
    assert (
        np.mean([labels[n] is None for n, text in enumerate(messages.texts) if text == "666"]) == 1
    )


def test_many_or_one_at_a_time_give_the_same() -> None:
    messages, _ = room(2)
    rng = np.random.default_rng(3)
    one, parts, singles = TopicStream(), TopicStream(), TopicStream()
    n = len(messages)
    cuts = [0, *sorted(rng.choice(np.arange(1, n), 20, replace=False).tolist()), n]
    found = one.add(messages)
    cut = [parts.add(messages.part(a, b)) for a, b in itertools.pairwise(cuts)]
    single = [singles.add(messages.part(each, each + 1)) for each in range(n)]
    np.testing.assert_array_equal(found, np.concatenate(cut))
    np.testing.assert_array_equal(found, np.concatenate(single))
    assert one.topics == parts.topics == singles.topics


def test_a_topic_ends_in_silence_and_keeps_its_name_when_it_comes_back() -> None:
    stream = TopicStream()
    texts = PLANTED["作业"]
    first = stream.add(Messages.of(texts * 2, np.arange(10.0)))
    assert first[-1] >= 0
    assert [each.number for each in stream.living(20)] == [int(first[-1])]
    assert stream.living(20 + SILENT_S) == []
    again = stream.add(Messages.of(texts * 2, 600 + np.arange(10.0)))
    assert again[-1] == first[-1]


def test_what_is_said_all_the_time_is_no_news() -> None:
    stream = TopicStream()
    at = np.arange(0, 3_600, 20.0)
    found = stream.add(Messages.of(["明天有直播"] * len(at), at))
    assert (found == -1).all()


def test_a_topic_knows_where_it_was_born() -> None:
    stream = TopicStream()
    texts = PLANTED["gradient"] * 2
    stream.add(Messages.of(texts, np.arange(10.0)), ["slide 7"] * 10)
    assert stream.topics[0].place == "slide 7"


def test_without_times_messages_are_a_second_apart_and_times_may_not_go_back() -> None:
    stream = TopicStream()
    found = stream.add(Messages.of(PLANTED["作业"] * 2))
    assert found[-1] == 0
    with pytest.raises(MessagesInvalid, match="at"):
        stream.add(Messages.of(["a"], [1.0]))


def test_a_label_is_whole_words() -> None:
    assert label_of("必达", PLANTED["洛必达法则"]) == "洛必达法则"
    assert label_of("gradient", PLANTED["gradient"]) == "gradient"
    theorem = "fundamental theorem of calculus"
    said = [f"the {theorem} is nice", f"{theorem} again", f"prove the {theorem}", theorem]
    assert label_of("theorem", said) == theorem, "longer than a name in Chinese, and whole words"
    long = "stochastic gradient descent with momentum and several more words"
    found = label_of("gradient", [long] * 3)
    assert found
    assert found in long
    assert set(found.split()) <= set(long.split())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_among_fillers_the_planted_label_is_found_as_people_write_it(
    language: str, seed: int
) -> None:
    messages, begins = planted.room(language, seed)
    stream = TopicStream()
    found = stream.add(messages)
    by_label = {each.label: each for each in stream.topics.values()}
    assert set(begins) <= set(by_label)
    assert len(by_label) == len(stream.topics), "no two topics have the same label"
    assert set(by_label) - set(begins) <= {"video"}, "fillers make no topic"
    for label, begin in begins.items():
        topic = by_label[label]
        assert begin <= topic.born_at <= begin + 16
        assert (found == topic.number).sum() >= 30
        assert topic.example() in planted.TOPICS[language][label]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_labels_and_examples_are_the_same_in_any_cut(language: str) -> None:
    messages, _ = planted.room(language, 5)
    cuts = np.random.default_rng(6).choice(np.arange(1, len(messages)), 40, replace=False)
    whole, parts = TopicStream(), TopicStream()
    found = whole.add(messages)
    bounds = [0, *sorted(cuts.tolist()), len(messages)]
    cut = [parts.add(messages.part(a, b)) for a, b in itertools.pairwise(bounds)]
    np.testing.assert_array_equal(found, np.concatenate(cut))
    assert whole.topics == parts.topics
    assert whole.labels(found) == parts.labels(np.concatenate(cut))
    assert [each.example() for each in whole.topics.values()] == [
        each.example() for each in parts.topics.values()
    ]


def test_dull_words_persons_and_links_have_no_label() -> None:
    assert label_of("卧槽", ["卧槽", "卧槽啊", "卧槽这也行"]) is None
    assert label_of("thanks", ["thanks man", "thanks", "many thanks"]) is None
    assert label_of("owl42", ["@owl42 yes", "@owl42 no", "hi @owl42", "owl42?"]) is None
    assert label_of("youtube", ["https://youtube.com/a", "see www.youtube.com/b"]) is None
    assert label_of("owl42", ["owl42 said it", "ask owl42", "@owl42 yes"]) == "owl42"


def test_a_label_goes_on_where_all_go_on_and_stops_where_they_part() -> None:
    heroes = ["这加里奥有啥用", "别选加里奥了", "加里奥没大招", "加里奥支援好快"]
    assert label_of("里奥", heroes) == "加里奥", "the segmenter does not know it"
    assert label_of("冠军", ["我们是冠军！", "《我们是冠军》"]) == "我们是冠军"
    assert label_of("冠军", ["谁是冠军", "冠军皮肤", "三个冠军"]) == "冠军"
    asked = ["作业几号交", "作业几号交！", "作业在哪交", "没写作业"]
    assert label_of("作业", asked) == "作业", "what is asked about, not what is asked"
    assert label_of("chapter", ["is chapter 7 hard", "chapter 7", "read chapter 7"]) == "chapter 7"


def test_what_is_said_twice_counts_once() -> None:
    said = ["声音太小了"] * 5 + ["听不到声音", "声音卡"]
    assert label_of("声音", said) == "声音"


def test_a_label_is_no_piece_of_another_where_there_is_a_choice() -> None:
    said = ["red apple pie", "red apple pie!", "the apple pie", "an apple pie"]
    assert label_of("pie", said) == "apple pie"
    halves = ["green apple", "green apple!", "green apple?", "apple, not pear", "apple tree"]
    assert label_of("apple", halves) == "green apple"
    assert label_of("apple", halves, ["green"]) == "apple"


def test_the_most_frequent_form_is_shown() -> None:
    assert surface_of("edg", ["恭喜EDG", "edg", "ＥＤＧ！", "Edg"]) == "EDG"
    assert surface_of("edg", []) == "edg"
    assert key_of("lectures") == key_of("lecture") != key_of("lecturer")
    assert key_of("physics") == "physic"
    assert key_of("class") == "class"


def test_the_example_holds_the_label_and_what_others_say() -> None:
    said = [
        "导数",
        "导数的定义是什么",
        "导数的定义没懂",
        "不是这个",
        "导数和一大堆别的东西我全都不明白也不想明白",
    ]
    assert example_of("导数", said).startswith("导数的定义")
    assert example_of("积分", said) == ""


def test_plurals_are_one_topic_and_its_terms_bring_back_the_same() -> None:
    stream = TopicStream()
    said = ["which lecture", "a lecture on sheep", "long lecture", "lecture two", "lecture room"]
    first = stream.add(Messages.of(said * 2, np.arange(10.0)))
    many = [each.replace("lecture", "lectures") for each in said]
    second = stream.add(Messages.of(many * 2, 300 + np.arange(10.0)))
    assert first[-1] == second[-1] == 0
    assert [each.label for each in stream.topics.values()] == ["lecture"]


def test_words_that_say_nothing() -> None:
    assert all(map(is_dull, DULL_WORDS))
    assert all(is_dull(each) for each in ("我们", "非常", "的", "on", "a"))
    assert not any(is_dull(each) for each in ("冠军", "作业", "gradient", "edg", "7"))


def test_words_by_weight_and_by_segment() -> None:
    messages = Messages.of(["矩阵的秩", "矩阵难", "矩阵", "积分", "积分表", "好"])
    cloud = word_cloud(messages)
    assert cloud[0] == ("矩阵", 1.0, 3)
    parts = words_by_segment(messages, [0, 0, 0, 1, 1, 1])
    assert [parts[n][0].word for n in (0, 1)] == ["矩阵", "积分"]
    assert word_cloud(Messages.of([])) == []


def test_words_that_come_together_hang_together() -> None:
    texts = ["red apple"] * 5 + ["blue sky"] * 5
    assert coherence(["red", "apple"], texts) == pytest.approx(1.0)
    assert coherence(["red", "sky"], texts) == -1.0
    assert np.isnan(coherence(["red"], texts))
    assert set(topic_words(texts[:5])) == {"red", "apple"}

"""Entities: rules, dictionary, chain, and which spans stay."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import insight_entities
from livelore.intelligence import model_file
from livelore.intelligence.insight.entities.chain import Chain, Span, allowed
from livelore.intelligence.insight.entities.features import (
    CHARACTERS,
    WORDS,
    character_columns,
    word_columns,
)
from livelore.intelligence.insight.entities.quantities import times_and_amounts
from livelore.intelligence.insight.entities.recogniser import Recogniser, shipped
from livelore.intelligence.insight.entities.signs import signs_of
from livelore.intelligence.insight.entities.spans import Entity, apart
from livelore.intelligence.insight.entities.tagged import spans_of_tags, strict_f1
from livelore.intelligence.insight.entities.terms import Terms, terms_of
from livelore.intelligence.insight.errors import TermsInvalid, WeightsInvalid
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.errors import LabelsInvalid, OptionInvalid, TextNotLearnt

TOLD = {
    "下周三晚八点开课": [("time", "下周三晚八点")],
    "进度3:45那里没懂": [("time", "3:45")],
    "¥9.9 真便宜": [("amount", "¥9.9")],
    "三百块太贵了": [("amount", "三百块")],
    "costs 20 USD or USD 20": [("amount", "20 USD"), ("amount", "USD 20")],
    "涨了50%": [("amount", "50%")],
    "明天下午3点半考试": [("time", "明天下午3点半")],
    "2024年5月1日到2024-05-02 20:00": [("time", "2024年5月1日"), ("time", "2024-05-02 20:00")],
    "老师讲了两个小时，九块九包邮打对折": [
        ("time", "两个小时"),
        ("amount", "九块九"),
        ("amount", "对折"),
    ],
    "meet next Monday at 3pm": [("time", "next Monday at 3pm")],
    "10 minutes ago on Nov 19, 2022": [("time", "10 minutes ago"), ("time", "Nov 19, 2022")],
    "早上好": [("time", "早上")],
    "百分之二十": [("amount", "百分之二十")],
}
NOT_TOLD = (
    "快一点都不懂",
    "十分感谢",
    "三元一次方程组怎么解",
    "一块去吧",
    "15号楼在哪",
    "二次元",
    "一天天的",
    "2:1领先",
    "一年级",
    "may be",
    "哈哈哈",
    "",
)


@pytest.mark.parametrize("text", TOLD)
def test_times_and_amounts_are_found_whole_and_in_place(text: str) -> None:
    found = sorted(times_and_amounts(text), key=lambda each: each.begin)
    assert [(each.kind, each.text) for each in found] == TOLD[text]
    assert all(text[each.begin : each.end] == each.text for each in found)


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_only_looks_like_a_quantity_is_left_out(text: str) -> None:
    assert not list(times_and_amounts(text))


def test_the_quick_look_passes_every_message_that_rules_find_something_in() -> None:
    texts = [*TOLD, *NOT_TOLD]
    signs = signs_of(Codepoints.of(texts)).tolist()
    assert signs[-1] == 0
    for text, sign in zip(texts, signs, strict=True):
        assert list(times_and_amounts(text, sign)) == list(times_and_amounts(text))
        assert sign or text not in TOLD


def test_terms_are_found_longest_first_and_as_whole_words() -> None:
    terms = Terms.of({"梯度": "term", "梯度下降": "term", "SGD": "term", "小王": "person"})
    texts = ["什么是梯度下降和ＳＧＤ", "sgds no", "小王的梯度", ""]
    points = Codepoints.of(texts)
    found = terms.entities(points, character_columns(points), texts)
    assert [(each.text, each.kind) for each in found[0]] == [
        ("梯度下降", "term"),
        ("ＳＧＤ", "term"),
    ]
    assert 1 not in found
    assert [(each.begin, each.text, each.kind) for each in found[2]] == [
        (0, "小王", "person"),
        (3, "梯度", "term"),
    ]


@pytest.mark.parametrize(
    ("entries", "said"),
    [({"": "term"}, "1 to"), ({"x" * 50: "term"}, "1 to"), ({"a": "b"}, "b is")],
)
def test_a_dictionary_that_cannot_be_used_is_refused(entries: dict[str, str], said: str) -> None:
    with pytest.raises(TermsInvalid, match=said):
        Terms.of(entries)


def test_terms_come_from_what_a_course_says_often_or_marks() -> None:
    text = "# 反向传播\n神经网络有权重。神经网络要训练，**学习率**很重要。同学们，神经网络。"
    found = [each for each, _ in terms_of([text]).entries]
    assert {"反向传播", "学习率", "神经网络"} <= set(found)
    assert "同学" not in found
    assert terms_of([]).entries == ()


def _made(n_texts: int, seed: int) -> tuple[list[str], list[list[Span]]]:
    rng = np.random.default_rng(seed)
    texts, spans = [], []
    for _ in range(n_texts):
        who = "赵钱孙李"[rng.integers(4)] + "明华云飞"[rng.integers(4)]
        where = "杭青苏"[rng.integers(3)] + "州岛"[rng.integers(2)]
        texts.append(f"听说{who}老师在{where}上课")
        spans.append([(2, 4, 0), (7, 9, 1)])
    return texts, spans


@pytest.fixture(scope="module")
def chain() -> Chain:
    texts, spans = _made(120, 0)
    points = Codepoints.of(texts)
    made = Chain(("person", "place"), CHARACTERS, bits=12)
    return made.fit(character_columns(points), points.bounds, spans)


def test_the_chain_learns_what_stands_where(chain: Chain) -> None:
    texts, spans = _made(40, 1)
    points = Codepoints.of(texts)
    found = chain.spans(character_columns(points), points.bounds)
    assert strict_f1(found, spans)[0] > 0.95
    assert all(0 < each[3] <= 1 for every in found.values() for each in every)
    alone = Codepoints.of(texts[:1])
    again = chain.spans(character_columns(alone), alone.bounds)[0]
    assert [each[:3] for each in again] == [each[:3] for each in found[0]]


def test_the_chain_is_the_same_with_the_same_seed_and_from_its_file(
    chain: Chain, tmp_path: Path
) -> None:
    texts, spans = _made(120, 0)
    points = Codepoints.of(texts)
    columns = character_columns(points)
    again = Chain(("person", "place"), CHARACTERS, bits=12).fit(columns, points.bounds, spans)
    assert np.array_equal(np.asarray(again.weights_), np.asarray(chain.weights_))
    model_file.write(chain, tmp_path / "chain.zip")
    kept = model_file.read(tmp_path / "chain.zip", "insight", WeightsInvalid)
    assert kept.spans(columns, points.bounds) == chain.spans(columns, points.bounds)


def test_words_are_features_too() -> None:
    texts, spans = _made(60, 0)
    points = Codepoints.of(texts)
    columns = np.concatenate([character_columns(points), word_columns(texts)], axis=1)
    made = Chain(("person", "place"), CHARACTERS + WORDS, bits=12)
    assert len(made.fit(columns, points.bounds, spans).spans(columns, points.bounds)) == 60


def test_labels_follow_only_as_spans_can() -> None:
    may = allowed(2)
    begin, inside, end, single = range(1, 5)
    assert may[0, begin]
    assert may[begin, inside]
    assert may[begin, end]
    assert may[end, single]
    for last, following in ((0, inside), (begin, 0), (begin, begin), (begin, 6), (end, end)):
        assert not may[last, following]


def test_refusals_of_the_chain() -> None:
    points = Codepoints.of(["ab"])
    columns = character_columns(points)
    made = Chain(("person",), CHARACTERS, bits=10)
    with pytest.raises(TextNotLearnt):
        made.labels(columns, points.bounds)
    for spans in ([], [[(0, 3, 0)]], [[(0, 1, 1)]]):
        with pytest.raises(LabelsInvalid):
            made.fit(columns, points.bounds, spans)
    for kinds, bits, left_out in ((("person",), 2, 0.1), ((), 10, 0.1), (("person",), 10, 1.0)):
        with pytest.raises(OptionInvalid):
            Chain(kinds, CHARACTERS, bits=bits, left_out=left_out)


def test_tags_become_spans() -> None:
    texts, spans = spans_of_tags(
        [list("王明在杭州")], [["B-P", "I-P", "O", "B-L", "I-L"]], {"P": 0}
    )
    assert texts == ["王明在杭州"]
    assert spans == [[(0, 2, 0)]]
    assert strict_f1({0: [(0, 2, 0, 0.9), (3, 5, 0, 0.9)]}, spans) == pytest.approx((2 / 3, 0.5, 1))


def test_of_spans_that_overlap_the_dictionary_stays_then_rules_then_the_longer() -> None:
    spans = [
        Entity(0, 4, "person", "abcd", 0.9, "model"),
        Entity(2, 3, "term", "c", 1.0, "dictionary"),
        Entity(4, 6, "time", "ef", 1.0, "rule"),
        Entity(4, 7, "time", "efg", 1.0, "rule"),
    ]
    assert [(each.begin, each.end) for each in apart(spans)] == [(2, 3), (4, 7)]


def test_all_kinds_together_with_what_ships() -> None:
    recogniser = Recogniser(Terms.of(["梯度下降"]))
    text = "😀周杰伦明天在上海讲《算法导论》和梯度下降，¥9.9"
    (found,) = recogniser.find([text])
    assert [(each.kind, each.text) for each in found] == [
        ("person", "周杰伦"),
        ("time", "明天"),
        ("place", "上海"),
        ("work", "算法导论"),
        ("term", "梯度下降"),
        ("amount", "¥9.9"),
    ]
    assert all(text[each.begin : each.end] == each.text for each in found)
    assert recogniser.find(["哈哈哈哈", ""]) == [(), ()]
    assert recogniser.find([]) == []


def test_english_names_come_from_titles_and_capitals() -> None:
    found = Recogniser().find(["I think Andrew Ng explained it", "see you on Monday Morning"])
    assert [(each.kind, each.text) for each in found[0]] == [("person", "Andrew Ng")]
    assert all(each.kind == "time" for each in found[1])


def test_many_messages_and_one_give_the_same() -> None:
    texts = ["王明在北京大学讲课", "明天见", "三百块", "哈哈", "I met Alan Turing yesterday"]
    recogniser = Recogniser(Terms.of(["讲课"]))
    assert recogniser.find(texts) == [recogniser.find([each])[0] for each in texts]


def test_what_ships_is_small_and_knows_its_kinds() -> None:
    chain = shipped()
    assert chain.kinds == ("person", "place", "organisation")
    assert np.asarray(chain.weights_).nbytes < 4_000_000


def test_strange_text_is_read_too() -> None:
    assert len(Recogniser().find(["\ud800", "\u200b", "9" * 20_000, "a" * 20_000])) == 4
    assert terms_of(["\ud800"]).entries == ()


def test_the_bench_runs_without_a_public_set() -> None:
    table, goals = insight_entities.run(Path("made"), quick=True)
    assert table["made_f1"] > 0.95
    assert len(goals) == 1


def test_thanks_are_no_name() -> None:
    found = Recogniser().find(["谢谢老师", "谢谢", "张老师讲得好"])
    assert [[each.text for each in names] for names in found] == [[], [], ["张老师"]]

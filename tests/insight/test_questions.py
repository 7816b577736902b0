"""Questions: found in own-written lines, told apart in pairs, merged and ranked on the board."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from livelore.intelligence.insight.errors import MessagesInvalid, PairsInvalid
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.questions.board import (
    OPEN_MAX,
    Place,
    QuestionBoard,
)
from livelore.intelligence.insight.questions.detector import QuestionDetector
from livelore.intelligence.insight.questions.pair_features import (
    FEATURES,
    N_FEATURES,
    pair_features,
)
from livelore.intelligence.insight.questions.pair_places import RARITY_BITS
from livelore.intelligence.insight.questions.pair_scorer import PairScorer, train_pairs
from livelore.intelligence.insight.questions.phrased import Phrased
from livelore.intelligence.insight.questions.phrases import Phrases
from livelore.intelligence.insight.questions.word_classes import CLASSES
from livelore.intelligence.model_file import read, write
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.errors import TextNotLearnt
from livelore.kit.times import clock

LINES = Path(__file__).parent / "data"


def lines(name: str) -> list[str]:
    return (LINES / name).read_text("utf-8").splitlines()


def are(*texts: str) -> list[bool]:
    return [bool(each) for each in QuestionDetector().are_questions(Messages.of(texts))]


def sums(weights: dict[str, float], *texts: str) -> list[float]:
    return [float(each) for each in Phrases.of(weights).sums(Codepoints.of(texts).folded())]


def test_phrases_are_found_leftmost_and_longest_with_edges_and_whole_words() -> None:
    weights = {"ab": 1.0, "abc": 10.0, "^x": 100.0, "吗$": 0.5, "how is": 7.0, "^how": 3.0}
    # a Latin phrase is a whole word: "ab" is not in "abd"
    assert sums(weights, "ab abc", "abd", "y x", "x y", "对吗", "吗啊") == [11, 0, 0, 100, 0.5, 0]
    assert sums(weights, "how is it", "how are", "x,x") == [7, 3, 200]
    assert sums({}, "anything", "") == [0, 0]


def test_real_questions_are_found_and_others_are_left_alone() -> None:
    # cues were chosen on lines with even numbers; those with odd ones judge
    found = are(*lines("questions.txt")[1::2])
    wrong = are(*lines("no_questions.txt")[1::2])
    assert len(lines("questions.txt")) + len(lines("no_questions.txt")) >= 200
    assert np.mean(found) >= 0.9
    assert np.mean(wrong) <= 0.05


def test_marks_alone_and_nothing_are_no_questions() -> None:
    assert not any(are("", "???", "？", "！？", " ", "😀?"))


def test_the_most_asking_sentence_counts() -> None:
    assert are("哈哈哈哈哈哈太强了！这一步怎么来的？我没看懂", "I love it. What is x? lol lol") == [
        True,
        True,
    ]


def test_a_question_in_one_form() -> None:
    assert Phrased.of("请问老师 如何安装Python？").text == Phrased.of("怎么安装python呢").text
    assert Phrased.of("谢谢老师").text
    assert Phrased.of("how can I use a list").text == Phrased.of("How to use a list please").text


def test_scores_do_not_depend_on_the_order_of_the_two() -> None:
    scorer = PairScorer.by_hand()
    pair: tuple[str, str] = ("洛必达法则什么时候能用", "什么时候可以用洛必达法则啊")
    other = (pair[0], "洛必达法则是谁提出的")
    assert scorer.scores([pair])[0] == scorer.scores([(pair[1], pair[0])])[0] > 0.5
    assert scorer.scores([other])[0] < 0.5
    assert scorer.scores([("第3题选什么", "第3题选什么？")])[0] > 0.9


def made(n_pairs: int, seed: int) -> tuple[list[tuple[str, str]], list[bool]]:
    """Pairs that differ in one word; whether that matters is what must be learnt."""
    rng = np.random.default_rng(seed)
    things = ["导数", "积分", "矩阵", "极限", "递归", "指针", "循环", "概率"]
    pairs, same = [], []
    for number in range(n_pairs):
        first, second = rng.choice(things, 2, replace=False)
        is_same = number % 2 == 0
        # colours never matter, things always do
        colours = rng.choice(["红色", "绿色", "蓝色", "黄色"], 2, replace=False)
        other = first if is_same else second
        pairs.append((f"{colours[0]}的{first}题目选什么", f"{colours[1]}的{other}题目选什么"))
        same.append(is_same)
    return pairs, same


def test_what_a_difference_is_worth_is_learnt_from_pairs() -> None:
    scorer = train_pairs(*made(200, 0), strength=1.0)
    pairs, same = made(100, 1)
    learnt = ((scorer.scores(pairs) > 0.5) == np.array(same)).mean()
    assert learnt > 0.95


def _alike(n_words: int, n_shared: int, rng: np.random.Generator) -> tuple[str, str]:
    """Two lists of random words of which some are in both."""
    drawn = [
        "".join(chr(0x4E00 + int(each)) for each in rng.integers(0, 9000, 2)) for _ in "x" * 20
    ]
    shared = drawn[:n_shared]
    left = [*shared, *drawn[8 : 8 + n_words - n_shared]]
    right = [*shared, *drawn[14 : 14 + n_words - n_shared]]
    return "的".join(left), "的".join(right)


def test_a_set_whose_short_pairs_mostly_differ_teaches_little_of_length() -> None:
    rng = np.random.default_rng(0)
    pairs: list[tuple[str, str]] = []
    same: list[bool] = []
    for _ in range(600):
        is_same = bool(rng.random() < 0.5)
        is_short = is_same == (rng.random() < 0.1)
        n_words = 3 if is_short else 6
        looks_same = is_same == (rng.random() < 0.8)
        pairs.append(_alike(n_words, n_words * 2 // 3 if looks_same else n_words // 3, rng))
        same.append(is_same)
    scorer = train_pairs(pairs, same, strength=0)
    short_alike = scorer.scores([_alike(3, 2, rng) for _ in range(100)])
    long_unlike = scorer.scores([_alike(6, 2, rng) for _ in range(100)])
    assert (short_alike > 0.5).mean() > 0.9
    assert np.median(long_unlike) < np.median(short_alike)


def test_lengths_at_which_no_pair_is_the_same_do_not_count() -> None:
    rng = np.random.default_rng(0)
    pairs, same = [], []
    for number in range(300):
        same.append(number % 2 == 0)
        pairs.append(_alike(6, 5 if same[-1] else 2, rng))
    short_unlike = [_alike(3, 3, rng) for _ in range(100)]
    scorer = train_pairs([*pairs, *short_unlike], [*same, *[False] * 100])
    assert (scorer.scores([_alike(3, 3, rng) for _ in range(50)]) > 0.5).all()


def test_words_have_classes_and_marks_where_they_stand() -> None:
    question = Phrased.of("use python 在哪里下载地址 第2节 不适合")
    codes, words, _, marks = question.marked
    assert len(words) == len(marks) == len(question.words)
    read = ["".join(map(chr, codes[begin:end])) for begin, end, _ in marks]
    assert read == question.words
    assert "地址" in read
    names = list(CLASSES)
    classes = {word: names[kind] for word, (_, _, kind) in zip(read, marks, strict=True)}
    assert classes["python"] == "latin"
    assert classes["2"] == "number"
    assert classes["下载"] == "verb"
    assert classes["地址"] == "noun"


def test_a_word_alike_by_its_characters_is_left_less() -> None:
    def told(first: str, second: str) -> dict[str, float]:
        found = np.empty(N_FEATURES, np.float32)
        pair = Phrased.of(first).marked, Phrased.of(second).marked
        weights, wanted = np.full(1 << RARITY_BITS, 10.0, np.float32), np.ones(N_FEATURES, np.bool_)
        pair_features(*pair, weights, np.zeros(0, np.float32), wanted, found)
        return dict(zip(FEATURES, found.tolist(), strict=True))

    alike, unlike = told("什么品牌好", "什么品质好"), told("什么品牌好", "什么电影好")
    assert alike["unmatched_weight_short"] == pytest.approx(0.5)
    assert unlike["unmatched_weight_short"] == pytest.approx(1.0)
    assert (alike["least_matched"], unlike["least_matched"]) == (0.5, 0.0)
    assert unlike["both_left_noun"] == 1.0
    assert unlike["left_apart_noun"] == 0.0


def test_a_scorer_is_kept_as_a_file(tmp_path: Path) -> None:
    pairs, same = made(60, 0)
    scorer = train_pairs(pairs, same)
    write(scorer, tmp_path / "pairs.model")
    again = read(tmp_path / "pairs.model", "insight", PairsInvalid)
    np.testing.assert_array_equal(again.scores(pairs), scorer.scores(pairs))


def test_pairs_that_cannot_be_learnt_from_are_refused() -> None:
    pairs, same = made(30, 0)
    for labels in (same[:-1], [True] * 30):
        with pytest.raises(PairsInvalid):
            train_pairs(pairs, labels)
    with pytest.raises(TextNotLearnt):
        PairScorer().scores(pairs)


ASKED = (
    (0.0, 1, "洛必达法则什么时候能用"),
    (1.0, 2, "老师声音好听"),
    (2.0, 3, "请问什么时候可以用洛必达法则？"),
    (3.0, 3, "洛必达法则什么时候能用？？"),
    (4.0, 4, "作业几号交"),
    (5.0, 5, "python怎么安装"),
)


def messages() -> Messages:
    at, users, texts = zip(*ASKED, strict=True)
    return Messages.of(texts, at, users)


def test_like_questions_are_merged_and_ranked_by_who_asks() -> None:
    board = QuestionBoard()
    assert board.add(messages()).tolist() == [0, -1, 0, 0, 1, 2]
    first, *rest = board.ranked(10.0)
    assert (first.n_asked, first.n_askers) == (3, 2)
    board.vote(2)
    assert [each.number for each in board.ranked(10.0)] == [0, 2, 1]
    board.answered(0, 754.0)
    assert [each.number for each in board.ranked(10.0)] == [2, 1, 0]
    assert board.questions[0].answer_place == "already answered at 12:34"
    assert len(rest) == 2


def test_a_paid_question_comes_first() -> None:
    board = QuestionBoard()
    board.add(messages(), [0, 500, 0, 0, 0, 100])
    assert board.ranked(10.0)[0].text == "python怎么安装"
    assert len(board.questions) == 3, "a paid message that asks nothing is no question"


def test_the_course_is_asked_once_for_each_question() -> None:
    asked: list[str] = []

    def matcher(text: str) -> Place | None:
        asked.append(text)
        return Place("lesson 3", 0.8, 3_725.0) if "洛必达" in text else None

    board = QuestionBoard(matcher=matcher)
    board.add(messages())
    assert len(asked) == 3
    assert board.questions[0].answer_place == "already answered at 1:02:05"
    assert board.questions[1].answer_place is None
    assert clock(59.9) == "00:59"


def test_the_board_is_the_same_for_many_messages_or_one_at_a_time() -> None:
    rng = np.random.default_rng(5)
    texts = [
        str(each) for each in rng.choice(lines("questions.txt") + lines("no_questions.txt"), 400)
    ]
    whole = Messages.of(texts, np.sort(rng.uniform(0, 600, 400)), rng.integers(0, 50, 400))
    one, parts = QuestionBoard(), QuestionBoard()
    cuts = [0, *sorted(rng.choice(np.arange(1, 400), 30, replace=False)), 400]
    found = [parts.add(whole.part(a, b)) for a, b in itertools.pairwise(cuts)]
    np.testing.assert_array_equal(one.add(whole), np.concatenate(found))
    assert [each.number for each in one.ranked(600.0)] == [
        each.number for each in parts.ranked(600)
    ]


def test_a_room_keeps_no_more_than_it_may() -> None:
    board = QuestionBoard(same_from=1.1)
    texts = [f"第{n}题的{chr(0x4E00 + n)}{chr(0x5E00 + n)}怎么算" for n in range(OPEN_MAX + 50)]
    board.add(Messages.of(texts, np.arange(len(texts))))
    assert len(board.questions) == OPEN_MAX
    assert len(board._by_text) == OPEN_MAX
    assert max(map(max, board._by_part.values())) == len(texts) - 1


def test_times_must_go_forward() -> None:
    board = QuestionBoard()
    board.add(messages())
    for wrong in (messages(), Messages.of(["a"])):
        with pytest.raises(MessagesInvalid, match="at"):
            board.add(wrong)
    with pytest.raises(MessagesInvalid, match="paid_minor"):
        QuestionBoard().add(messages(), [1])

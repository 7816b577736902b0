"""Moderation: disguises undone, streams as batches, limits of what is minded."""

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import insight_moderation
from livelore.intelligence import model_file
from livelore.intelligence.insight.errors import WeightsInvalid
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.moderation import moderator
from livelore.intelligence.insight.moderation.contacts import contacts
from livelore.intelligence.insight.moderation.memory import RECENT_MAX, Slots
from livelore.intelligence.insight.moderation.moderator import Limits, Moderator
from livelore.intelligence.insight.moderation.offence import Offence, shipped
from livelore.intelligence.insight.moderation.plain import digits, joined, plain
from livelore.intelligence.insight.moderation.verdicts import (
    ADVERTISING,
    CONTACT,
    FLOOD,
    OFFENCE,
    REPEAT,
    Verdict,
)
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.errors import TextNotLearnt
from tests.insight.evasions import ordinary, single, split

QUIET = Limits(offence=2.0)


def _minded(verdicts: list[Verdict]) -> set[int]:
    return {each.message for each in verdicts if each.kind in (CONTACT, ADVERTISING)}


def test_disguised_contacts_are_found_and_ordinary_lines_left_alone() -> None:
    rng = random.Random(7)
    said = [single(rng)[1] for _ in range(500)]
    assert len(_minded(Moderator(QUIET).look(Messages.of(said)))) >= 0.95 * len(said)
    lines = ordinary(rng, 500)
    assert len(_minded(Moderator(QUIET).look(Messages.of(lines)))) <= 0.01 * len(lines)


def test_contacts_split_over_messages_are_found_with_the_earlier_ones_named() -> None:
    rng = random.Random(8)
    n_found = 0
    for _ in range(100):
        said = split(rng)[1]
        messages = Messages.of(said, np.arange(len(said)) * 2.0, [5] * len(said))
        n_found += bool(_minded(Moderator(QUIET).look(messages)))
    assert n_found >= 95
    found = Moderator(QUIET).look(Messages.of(["138", "1234", "5679"], [0, 1, 2], [1, 1, 1]))
    assert [(each.message, each.rule, each.with_messages) for each in found] == [
        (2, "phone, split", (0, 1))
    ]


def test_pieces_of_different_people_or_far_apart_are_no_contact() -> None:
    parts = ["138", "1234", "5679"]
    assert not Moderator(QUIET).look(Messages.of(parts, [0, 1, 2], [1, 2, 1]))
    assert not Moderator(QUIET).look(Messages.of(parts, [0, 100, 200], [1, 1, 1]))
    assert not Moderator(QUIET).look(Messages.of(parts, [0, 1, 2]))


@pytest.mark.parametrize(
    ("text", "part", "rule"),
    [
        ("找我 1 3 8.1 2 3 4.5 6 7 9 哦", "1 3 8.1 2 3 4.5 6 7 9", "phone"),
        ("一三八一二三四五六七九", "一三八一二三四五六七九", "phone"),
        ("1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣9", "1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣9", "phone"),
        ("老师ｖｘ：ｍｅｉ６６６", "ｖｘ：ｍｅｉ６６６", "messenger id"),
        ("写到 mei@qq点com 吧", "mei@qq点com", "e-mail"),
        ("看 www。abc。com", "www。abc。com", "link"),
    ],
)
def test_a_span_is_where_it_was_written(text: str, part: str, rule: str) -> None:
    found = list(contacts(plain(text)))
    assert (text[found[0].begin : found[0].end], found[0].rule) == (part, rule)


@pytest.mark.parametrize("text", ["老师好 zgfbsj09。cn，随时在", "加 g 后 fjcp001。cn", "edg点cc"])
def test_the_quick_look_lets_a_link_of_any_letters_through(text: str) -> None:
    found = Moderator(QUIET).look(Messages.of([text]))
    assert [each.rule for each in found] == ["link"]


def test_disguises_are_undone_with_places_kept() -> None:
    read = plain("Ｖ信➕а1️⃣")
    assert read.text.startswith("v信加a1")
    assert joined(plain("a - b")).text == "ab"
    assert joined(plain("a - b")).span(0, 2) == (0, 5)
    assert digits(plain("叁八⑤")).text == "385"
    assert digits(plain("lO"), with_letters=True).text == "10"


def test_advertising_needs_more_than_a_word() -> None:
    found = Moderator(QUIET).look(Messages.of(["兼职教师算教师吗", "兼职刷单日结 加我私聊"]))
    assert [(each.message, each.kind) for each in found if each.kind == ADVERTISING] == [
        (1, ADVERTISING)
    ]


def _room() -> Messages:
    rng = np.random.default_rng(0)
    texts, users = [], []
    for n in range(200):
        users.append(int(rng.integers(8)))
        texts.append(
            str(rng.choice(["一样的话", f"第{n}句", "13", "8123", "45679", "加我微信", "ab1234"]))
        )
    return Messages.of(texts, np.cumsum(rng.exponential(0.5, 200)), users)


def test_a_stream_in_any_cut_gives_what_the_batch_gives() -> None:
    room = _room()
    whole = Moderator(QUIET).look(room)
    assert {each.kind for each in whole} >= {REPEAT, CONTACT}
    rng = np.random.default_rng(1)
    cuts = [0, *sorted(rng.choice(np.arange(1, 200), 30, replace=False).tolist()), 200]
    watch = Moderator(QUIET)
    parts = [each for begin, end in pairwise(cuts) for each in watch.look(room.part(begin, end))]
    assert parts == whole


def _plainly(room: Messages, limits: Limits) -> list[tuple[int, str, tuple[int, ...]]]:
    """Repeats and floods by their definition: every message beside all before it."""
    assert room.at is not None
    assert room.users is not None
    folded = room.folded.texts()
    found: list[tuple[int, str, tuple[int, ...]]] = []
    for n, text in enumerate(folded):
        own = [each for each in range(n + 1) if room.users[each] == room.users[n]][-RECENT_MAX:]
        ago = {each: room.at[n] - room.at[each] for each in own}
        same = [each for each in own if folded[each] == text and ago[each] <= limits.window_s]
        quick = [each for each in own if ago[each] <= limits.flood_s]
        if room.users[n] >= 0 and text and len(same) >= limits.repeats:
            found.append((n, REPEAT, tuple(same[:-1])))
        if room.users[n] >= 0 and len(quick) > limits.flood:
            found.append((n, FLOOD, tuple(quick[:-1])))
    return found


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "好", "好 ", "讲得好", "来了"]), st.integers(-1, 2)),
        max_size=60,
    ),
    st.sampled_from([0.0, 0.4, 3.0]),
)
@settings(deadline=None)
def test_memory_minds_what_the_definition_minds(said: list[tuple[str, int]], step_s: float) -> None:
    users = np.array([user for _, user in said], np.int64)
    room = Messages(
        tuple(text for text, _ in said), step_s * np.arange(len(said), dtype=np.float64), users
    )
    found = Moderator(QUIET).look(room)
    told = [(each.message, each.kind, each.with_messages) for each in found]
    assert told == _plainly(room, QUIET)


def test_who_was_silent_longest_gives_way() -> None:
    slots, fresh = Slots(2).take([7, 8, 7, 9, 8, 7])
    assert slots.tolist() == [0, 1, 0, 1, 0, 1]
    assert fresh.tolist() == [True, True, False, True, True, True]


def test_a_stranger_in_the_place_of_one_forgotten_inherits_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moderator, "USERS_MAX", 1)
    parts = Messages(("138", "1234", "5679"), np.arange(3.0), np.array([1, 2, 2], np.int64))
    assert not Moderator(QUIET).look(parts)
    own = Messages(parts.texts, parts.at, np.array([1, 1, 1], np.int64))
    assert [each.rule for each in Moderator(QUIET).look(own)] == ["phone, split"]


def test_repeats_and_floods_of_one_person() -> None:
    same = Messages.of(["买它"] * 3, [0, 10, 20], [1, 1, 1])
    assert [each.kind for each in Moderator(QUIET).look(same)] == [REPEAT]
    assert not Moderator(QUIET).look(Messages.of(["买它"] * 3, [0, 10, 20], [1, 2, 3]))
    many = Messages.of([f"第{n}句话" for n in range(10)], np.arange(10) * 0.5, [1] * 10)
    assert [each.message for each in Moderator(QUIET).look(many) if each.kind == FLOOD] == [8, 9]
    assert not Moderator(QUIET).look(Messages.of(many.texts, None, [1] * 10))


def test_one_long_text_from_many_people_is_a_raid() -> None:
    text = "大家快去隔壁直播间看一看吧真的很好"
    found = Moderator(QUIET).look(Messages.of([text] * 6, np.arange(6.0), list(range(6))))
    assert [(each.message, each.rule) for each in found] == [
        (4, "many people, one text"),
        (5, "many people, one text"),
    ]
    assert not Moderator(QUIET).look(Messages.of(["666"] * 6, np.arange(6.0), list(range(6))))


def test_offence_is_learnt_and_kept(tmp_path: Path) -> None:
    texts = ["你这个蠢货", "蠢货滚", "讲得真好", "谢谢老师"] * 10
    model = Offence(bits=12).fit(texts, [1, 1, 0, 0] * 10)
    points = Codepoints.of(["蠢货", "老师讲得好"]).folded()
    bad, good = model.probabilities(points)
    assert bad > 0.5 > good
    model_file.write(model, tmp_path / "offence.zip")
    kept = model_file.read(tmp_path / "offence.zip", "insight", WeightsInvalid)
    assert np.array_equal(kept.probabilities(points), model.probabilities(points))
    with pytest.raises(TextNotLearnt):
        Offence().probabilities(points)


def test_what_ships_minds_abuse_and_not_a_question() -> None:
    found = Moderator(Limits(offence=0.7)).look(
        Messages.of(["这些黑鬼真恶心滚出去", "老师这一步为什么要求导"])
    )
    assert [(each.message, each.kind) for each in found] == [(0, OFFENCE)]
    assert shipped().bits <= 18


def test_nothing_gives_nothing() -> None:
    assert Moderator(QUIET).look(Messages.of([])) == []
    assert Moderator(QUIET).look(Messages.of(["", " ", "\n"])) == []


def test_strange_text_is_looked_at_too() -> None:
    said = ["\ud800", "\u202e加我微信\u200babc12345", "a" * 50_000, "1 " * 20_000]
    found = Moderator(QUIET).look(Messages.of(said, [0, 1, 2, 3], [1, 1, 1, 1]))
    assert [each.message for each in found] == [1]


def test_the_bench_runs_without_a_public_set() -> None:
    _, goals = insight_moderation.run(Path("made"), quick=True)
    assert all(each["is_met"] for each in goals)

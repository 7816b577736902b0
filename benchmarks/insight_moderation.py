"""Moderation: offence on COLD, disguised contacts that were made, false alarms on real messages.

Offence: the model that ships, learnt from COLD's train and dev parts without the texts that its
test part repeats; options were chosen by learning from train and asking dev. Contacts: the made set
of ``tests/insight/evasions.py``, whose tricks the rules were written for, with another seed: other
numbers and letters, no other tricks. False alarms: ordinary made lines, danmaku of a tournament and
comments under lectures, where every verdict on advertising or contacts counts as false, though some
comments do hold links and addresses.
"""

import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.common import goal
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.moderation.moderator import Limits, Moderator
from livelore.intelligence.insight.moderation.offence import shipped
from livelore.intelligence.insight.moderation.verdicts import ADVERTISING, CONTACT, Verdict
from livelore.intelligence.text.codepoints import Codepoints
from tests.insight.evasions import ordinary, single, split

SEED = 20_261
N_COMMENTS = 20_000
NEVER = 2.0


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure.

    Args:
        data: Folder of the public sets.
        quick: A tenth of the made messages, and no public set.
    """
    table = _made(200 if quick else 4_000)
    goals = [
        goal("moderation, made evasions: recall", table["recall_single"], -0.95),
        goal("moderation, contacts split over messages: recall", table["recall_split"], -0.95),
        goal("moderation, ordinary made lines: false alarms", table["false_made"], 0.01),
    ]
    if quick:
        return table, goals
    table |= {"cold_test": _offence(data), **_real(data)}
    goals += [
        goal("offence, COLD test: accuracy", table["cold_test"]["accuracy"], -0.80),
        goal("moderation, danmaku: false alarms", table["danmaku"]["contacts"], 0.01),
        goal("moderation, comments: false alarms but links", table["comments"]["not_links"], 0.01),
    ]
    return table, goals


def _made(n_messages: int) -> dict[str, Any]:
    rng = random.Random(SEED)
    alone = [single(rng)[1] for _ in range(n_messages)]
    quiet = Limits(offence=NEVER)
    found = {each.message for each in _minded(Moderator(quiet).look(Messages.of(alone)))}
    parts = [split(rng)[1] for _ in range(n_messages // 4)]
    n_caught = sum(bool(_minded(_of_one(each, quiet))) for each in parts)
    plain = ordinary(rng, n_messages)
    false = {each.message for each in _minded(Moderator(quiet).look(Messages.of(plain)))}
    return {
        "recall_single": round(len(found) / n_messages, 4),
        "recall_split": round(n_caught / len(parts), 4),
        "false_made": round(len(false) / n_messages, 4),
        "seed": SEED,
        "n_single": n_messages,
        "n_split": len(parts),
    }


def _of_one(texts: list[str], limits: Limits) -> list[Verdict]:
    messages = Messages.of(texts, np.arange(len(texts)) * 3.0, [0] * len(texts))
    return Moderator(limits).look(messages)


def _minded(verdicts: list[Verdict]) -> list[Verdict]:
    return [each for each in verdicts if each.kind in (CONTACT, ADVERTISING)]


def _offence(data: Path) -> dict[str, Any]:
    table = {
        part: pq.read_table(data / "cold" / f"{part}.parquet") for part in ("train", "dev", "test")
    }
    known = {each for part in ("train", "dev") for each in table[part]["text"].to_pylist()}
    pairs = zip(table["test"]["text"].to_pylist(), table["test"]["label"].to_pylist(), strict=True)
    kept = [each for each in pairs if each[0] not in known]
    wanted = np.array([label for _, label in kept])
    said = shipped().probabilities(Codepoints.of([text for text, _ in kept]).folded()) > 0.5
    f1 = [
        2
        * np.sum((said == label) & (wanted == label))
        / (np.sum(said == label) + np.sum(wanted == label))
        for label in (0, 1)
    ]
    return {
        "accuracy": round(float((said == wanted).mean()), 4),
        "macro_f1": round(float(np.mean(f1)), 4),
        "n": len(kept),
        "bar RoBERTa": {"accuracy": 0.8275, "macro_f1": 0.8239},
    }


def _real(data: Path) -> dict[str, Any]:
    danmaku = pq.read_table(data / "bilibili_lpl_danmaku" / "final_full.parquet")
    said = [each or "" for each in danmaku["text"].to_pylist()]
    room = Messages.of(said, danmaku["t_video_s"].to_pylist(), danmaku["sender"].to_pylist())
    comments = pq.read_table(data / "youleqd" / "comments.parquet")["comment"].to_pylist()
    under = Messages.of([each or "" for each in comments[:N_COMMENTS]])
    return {"danmaku": _alarms(room), "comments": _alarms(under)}


def _alarms(messages: Messages) -> dict[str, Any]:
    Moderator().look(messages.part(0, 50))
    started = time.process_time()
    verdicts = Moderator().look(messages)
    spent = time.process_time() - started
    minded = _minded(verdicts)
    kinds = {each.kind for each in verdicts}
    share = {
        kind: round(
            len({each.message for each in verdicts if each.kind == kind}) / len(messages), 5
        )
        for kind in sorted(kinds)
    }
    return {
        "n": len(messages),
        "contacts": round(len({each.message for each in minded}) / len(messages), 5),
        "not_links": round(
            len({each.message for each in minded if each.rule != "link"}) / len(messages), 5
        ),
        "share_by_kind": share,
        "us_a_message": round(spent / len(messages) * 1e6, 1),
    }

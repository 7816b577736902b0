"""Chapters on joined lectures, by Pk and WindowDiff, beside TextTiling.

youleqd has no chapters. References are made as Choi (NAACL 2000) did: parts of five to twelve
minutes of different lectures of one subject are joined; the seams are the truth. Prior and cost
were chosen on lectures with even numbers, those with odd ones are read by this run alone.
TextTiling (Hearst, CL 1997) is written here after the paper: token sequences of 20 words, blocks of
10, cosine of counts, depth scores, cutoff at mean less half a standard deviation.
"""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import goal
from livelore.intelligence.insight.chapters import Chapters, Spoken, stem, window_errors
from livelore.intelligence.text.words import words_of

N_JOINED = 40
GRID_S = 20.0
TOKENS, BLOCK = 20, 10
TUNED = (60, 2.0)
"""Block and cutoff of TextTiling with the lowest Pk on the even lectures."""


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Tables and goals; without the set, or quick, on small made lectures."""
    path = data / "youleqd" / "transcripts.parquet"
    rng = np.random.default_rng(1)
    if quick or not path.exists():
        joined, name = [made(rng) for _ in range(3)], "made"
    else:
        joined, name = joined_lectures(path, 1, N_JOINED, rng), "youleqd, joined, odd lectures"
    rows = {"livelore": measured(joined, Chapters()), "TextTiling": tiled(joined)}
    rows["TextTiling, tuned"] = tiled(joined, *TUNED)
    rows["livelore, number known"] = measured(joined, None)
    ours, peer = rows["livelore"], rows["TextTiling, tuned"]
    goals = [
        goal("Pk of chapters", ours["pk"], peer["pk"]),
        goal("WindowDiff of chapters", ours["window_diff"], peer["window_diff"]),
    ]
    return {"data": name, "lectures": len(joined), "chapters": rows}, goals


def made(rng: np.random.Generator) -> tuple[Spoken, list[float]]:
    """Three parts with words of their own."""
    at = np.arange(0, 1_200, 5.0)
    shared = [f"common{n}" for n in range(30)]
    texts = []
    for each in at:
        own = [f"own{int(each // 400)}word{n}" for n in range(8)]
        texts.append(" ".join(str(word) for word in rng.choice(own + shared, 10)))
    return Spoken.of(texts, at), [400.0, 800.0]


def joined_lectures(
    path: Path, odd: int, n_joined: int, rng: np.random.Generator
) -> list[tuple[Spoken, list[float]]]:
    """Parts of lectures of one subject, one after the other, and where they are joined."""
    import pyarrow.parquet as pq

    table = pq.read_table(path).to_pandas()
    table = table[table["vid"].map(lambda vid: sum(map(ord, vid)) % 2 == odd)]
    lectures: dict[str, list[Any]] = {}
    for (subject, _), lines in table.groupby(["subject", "vid"], sort=True):
        if lines["start"].max() > 900:
            lectures.setdefault(subject, []).append(lines.sort_values("start"))
    found = []
    for number in range(n_joined):
        subject = sorted(lectures)[number % len(lectures)]
        chosen = rng.choice(len(lectures[subject]), rng.integers(5, 10), replace=False)
        texts: list[str] = []
        at: list[float] = []
        seams: list[float] = []
        end = 0.0
        for each in chosen:
            lines = lectures[subject][each]
            length = rng.uniform(300, 720)
            begin = rng.uniform(30, lines["start"].max() - length) if length < 800 else 30.0
            part = lines[(lines["start"] >= begin) & (lines["start"] < begin + length)]
            if not len(part):
                continue
            if texts:
                seams.append(end)
            texts += [str(text) for text in part["text"]]
            at += (part["start"] - begin + end).tolist()
            end += length
        found.append((Spoken.of(texts, at), seams))
    return found


def measured(joined: list[tuple[Spoken, list[float]]], model: Chapters | None) -> dict[str, float]:
    """Means over lectures; None: with the number of chapters given."""
    begin = time.process_time()
    found = []
    for spoken, seams in joined:
        chapters = (model or Chapters(n_chapters=len(seams) + 1)).of(spoken)
        found.append(_errors([each.begin for each in chapters[1:]], seams, spoken))
    return _row(found) | {"cpu_s": round((time.process_time() - begin) / len(joined), 3)}


def tiled(
    joined: list[tuple[Spoken, list[float]]], block: int = BLOCK, above: float = -0.5
) -> dict[str, float]:
    """The same of TextTiling."""
    return _row(
        [_errors(text_tiling(spoken, block, above), seams, spoken) for spoken, seams in joined]
    )


def _row(found: list[tuple[float, float, int, int]]) -> dict[str, float]:
    pk, difference, n_found, n_wanted = np.mean(np.array(found), axis=0)
    return {
        "pk": round(float(pk), 4),
        "window_diff": round(float(difference), 4),
        "cuts": round(float(n_found), 2),
        "seams": round(float(n_wanted), 2),
    }


def _errors(cuts: list[float], seams: list[float], spoken: Spoken) -> tuple[float, float, int, int]:
    n = int((spoken.at[-1] - spoken.at[0]) // GRID_S) + 1

    def on_grid(times: list[float]) -> Any:
        marks = np.zeros(n, np.bool_)
        marks[[min(n - 1, round((each - spoken.at[0]) / GRID_S)) for each in times]] = True
        return marks

    return *window_errors(on_grid(cuts), on_grid(seams)), len(cuts), len(seams)


def text_tiling(spoken: Spoken, block: int, above: float) -> list[float]:
    """Times of cuts after Hearst 1997; the cutoff lies ``above`` standard deviations over mean."""
    tokens: list[str] = []
    times: list[float] = []
    for words, at in zip(words_of(spoken.texts), spoken.at.tolist(), strict=True):
        tokens += [stem(each) for each in words]
        times += [at] * len(words)
    common = {word for word, _ in Counter(tokens).most_common(60)}  # stands for a stop list
    sequences = [
        Counter(t for t in tokens[n : n + TOKENS] if t not in common)
        for n in range(0, len(tokens), TOKENS)
    ]
    scores = np.array([_cosine(sequences, gap, block) for gap in range(1, len(sequences))])
    scores = np.convolve(scores, np.ones(3) / 3, "same")
    depths = np.array([_depth(scores, each) for each in range(len(scores))])
    cutoff = depths.mean() + above * depths.std()
    cuts: list[int] = []
    for each in np.argsort(-depths, kind="stable").tolist():
        # no two cuts closer than four sequences, as in nltk
        if depths[each] > cutoff and all(abs(each - other) >= 4 for other in cuts):
            cuts.append(each)
    return sorted(times[(each + 1) * TOKENS] for each in cuts)


def _cosine(sequences: list[Counter[str]], gap: int, block: int) -> float:
    left: Counter[str] = sum(sequences[max(0, gap - block) : gap], Counter())
    right: Counter[str] = sum(sequences[gap : gap + block], Counter())
    dot = sum(n * right[word] for word, n in left.items())
    norms = sum(n * n for n in left.values()) * sum(n * n for n in right.values())
    return float(dot / np.sqrt(norms)) if norms else 0.0


def _depth(scores: Any, at: int) -> float:
    left = right = at
    while left > 0 and scores[left - 1] >= scores[left]:
        left -= 1
    while right + 1 < len(scores) and scores[right + 1] >= scores[right]:
        right += 1
    return float(scores[left] + scores[right] - 2 * scores[at])

"""Labels of content from its text: fields of MOOCCubeX courses, and topics of TNEWS.

Courses: the 432 that have fields (77 of them); name and description are the text. A fifth
(seed 0) measures, options were chosen on a fifth of the rest. TNEWS: learnt from train, dev is read
by this run alone; one label a title. Without the sets a small made one stands in.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.common import goal
from livelore.intelligence.insight.labels import ContentLabels, label_set
from livelore.intelligence.text.hashed import Grams
from livelore.intelligence.text.linear import LinearText


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure.

    Args:
        data: Folder of the public sets.
        quick: A made set of two hundred courses instead, and no goal.
    """
    if quick:
        texts, labels = _made()
        figure = _micro(texts, labels, np.arange(150), np.arange(150, 200))
        return {"made": figure}, [goal("labels, made set: micro-F1", figure, None)]
    texts, labels = _courses(data)
    order = np.random.default_rng(0).permutation(len(texts))
    cut = len(order) // 5
    table = {
        "courses": {"micro_f1": _micro(texts, labels, order[cut:], order[:cut]), "n": len(texts)},
        "tnews_dev": _tnews(data),
        "bars": {"tnews BERT": 0.5699},
    }
    return table, [
        goal("labels, MOOCCubeX fields: micro-F1", table["courses"]["micro_f1"], -0.85),
        goal("labels, TNEWS dev: accuracy", table["tnews_dev"]["accuracy"], -0.5699),
    ]


def f1_of_sets(found: list[str], wanted: list[str]) -> float:
    """Micro-F1, levels above counted as labels."""
    pairs = [(label_set(a), label_set(b)) for a, b in zip(found, wanted, strict=True)]
    n_right = sum(len(a & b) for a, b in pairs)
    return round(2 * n_right / sum(len(a) + len(b) for a, b in pairs), 4)


def _micro(texts: list[str], labels: list[str], train: Any, test: Any) -> float:
    model = ContentLabels().fit([texts[n] for n in train], [labels[n] for n in train])
    return f1_of_sets(model.predict([texts[n] for n in test]), [labels[n] for n in test])


def _courses(data: Path) -> tuple[list[str], list[str]]:
    rows = pq.read_table(data / "mooccubex_enrol" / "courses.parquet").to_pylist()
    kept = [each for each in rows if len(each["fields"])]
    texts = [
        "\n".join((each["name"], each["name"], each["about"] or "", each["prerequisites"] or ""))
        for each in kept
    ]
    return texts, ["|".join(each["fields"]) for each in kept]


def _tnews(data: Path) -> dict[str, Any]:
    train, dev = (pq.read_table(data / "tnews" / f"{part}.parquet") for part in ("train", "dev"))
    model = LinearText(Grams(18, 1, 2), scaling="idf", strength=1.0, steps_max=60)
    model.fit(train["text"].to_pylist(), np.array(train["label"].to_pylist()))
    right = model.predict(dev["text"].to_pylist()) == np.array(dev["label"].to_pylist())
    return {"accuracy": round(float(right.mean()), 4), "n": len(right)}


def _made() -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(0)
    words = {
        "education/mathematics": ("导数", "积分", "矩阵"),
        "education/history": ("唐朝", "战争", "皇帝"),
        "entertainment/music": ("吉他", "和弦", "唱歌"),
    }
    texts, labels = [], []
    for _ in range(200):
        chosen = rng.choice(list(words), size=int(rng.integers(1, 3)), replace=False)
        texts.append("这门课讲" + "和".join(str(rng.choice(words[str(each)])) for each in chosen))
        labels.append("|".join(map(str, chosen)))
    return texts, labels

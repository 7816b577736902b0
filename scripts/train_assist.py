"""Makes the weights that order sentences: `python scripts/train_assist.py DATA`.

Learns from the trial part of CMRC 2018 alone (1,002 questions; all 1,104 paragraphs of trial and
dev are the pool, as at the measurement); questions of dev are not seen. The weights are numbers of
trees over evidence: no text of the set is in them. Their card lies beside them.
"""

import sys
from pathlib import Path

import pyarrow.parquet as pq

from livelore.intelligence import model_file
from livelore.intelligence.assist.learn import Marked, learn
from livelore.intelligence.assist.retrieve import WEIGHTS


def main(folder: Path) -> None:
    """Learn and write."""
    parts = {
        name: pq.read_table(folder / "cmrc2018" / f"{name}.parquet").to_pylist()
        for name in ("trial", "dev")
    }
    pool = list(dict.fromkeys(row["context"] for part in parts.values() for row in part))
    marked = [
        Marked(row["question"], row["context"], tuple(row["answers"])) for row in parts["trial"]
    ]
    model_file.write(learn(marked, pool), WEIGHTS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

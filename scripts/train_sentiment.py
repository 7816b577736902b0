"""Learn the model of sentiment that ships: `python -m scripts.train_sentiment DATA`.

DATA holds the public sets as Parquet files; which of them teach stands in
`benchmarks/sentiment_data.py`, and how good the model is in its card beside the weights.
"""

import sys
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

from benchmarks.sentiment_data import LEARNT_FROM, domain
from livelore.intelligence import model_file
from livelore.intelligence.insight.sentiment.learning import learn
from livelore.intelligence.insight.sentiment.lexicon import read_lexicon
from livelore.intelligence.insight.sentiment.shipped import WEIGHTS


def main(arguments: list[str]) -> int:
    """Learn and write."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    examples = reduce(add, (domain(Path(arguments[0]), name) for name in LEARNT_FROM))
    model = learn(examples, read_lexicon())
    model_file.write(replace(model, sources=LEARNT_FROM), WEIGHTS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

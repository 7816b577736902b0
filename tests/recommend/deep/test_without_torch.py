"""Without PyTorch a fit is refused by name, and a saved model still answers."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.deep.lightgcn import LightGCN
from livelore.intelligence.recommend.deep.sasrec import SASRec
from livelore.intelligence.recommend.deep.two_tower import TwoTower
from livelore.intelligence.recommend.scorer import Scorer
from tests.recommend.deep.worlds import cycle

ABSENT = """
import sys
sys.modules["torch"] = None  # as if it were not installed
sys.modules["onnx"] = None
import numpy as np
from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.data import Histories, Interactions
from livelore.intelligence.recommend.deep.onnx_export import exported
from livelore.intelligence.recommend.errors import DeepMissing

histories = Histories.of([[0, 1, 2], [5]], 12)
for path in sys.argv[1:]:
    model = component.load(path)
    np.save(path + ".npy", model.scores(histories))
    try:
        model.with_options().fit(Interactions.of([1, 1, 2], [1, 2, 2]))
    except DeepMissing as refusal:
        print(type(model).__name__, refusal)
try:
    exported(component.load(sys.argv[1]))
except DeepMissing as refusal:
    print(refusal)
"""


def test_a_saved_model_answers_and_a_fit_says_what_to_install(tmp_path: Path) -> None:
    few = {"epochs": 1, "validation": 0.0}
    models: list[Scorer] = [SASRec(**few), LightGCN(**few), TwoTower(**few)]  # type: ignore[arg-type]
    paths = [str(tmp_path / f"{each.name}.zip") for each in models]
    for model, path in zip(models, paths, strict=True):
        component.save(model.fit(cycle()), path)
    done = subprocess.run(
        [sys.executable, "-c", ABSENT, *paths], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all("pip install 'livelore[deep]'" in each for each in lines)
    assert [each.split()[0] for each in lines[:3]] == ["SASRec", "LightGCN", "TwoTower"]
    histories = cycle().histories
    assert len(histories) > 2
    for model, path in zip(models, paths, strict=True):
        assert np.load(path + ".npy").shape == (2, 12), model.name

"""Words of one company share a cluster."""

from pathlib import Path

import numpy as np
import pytest

from livelore.intelligence.insight.entities.clusters import WordClusters
from livelore.intelligence.insight.errors import PairsInvalid
from livelore.intelligence.model_file import read, write
from livelore.intelligence.text.errors import TextNotLearnt

FRUIT, TOWNS = ("苹果", "香蕉", "葡萄", "西瓜"), ("北京", "上海", "广州", "杭州")


@pytest.fixture(scope="module")
def clusters() -> WordClusters:
    rng = np.random.default_rng(0)
    texts = [f"我 想 吃 新鲜 {rng.choice(FRUIT)} 水果" for _ in range(300)]
    texts += [f"火车 明天 开往 {rng.choice(TOWNS)} 车站" for _ in range(300)]
    return WordClusters(sizes=(5, 8)).fit(texts)


def test_words_of_one_company_share_a_cluster(clusters: WordClusters) -> None:
    fruit = {int(clusters.columns([word])[0, 0]) for word in FRUIT}
    towns = {int(clusters.columns([word])[0, 0]) for word in TOWNS}
    assert len(fruit) == len(towns) == 1
    assert fruit != towns
    assert 0 not in fruit | towns


def test_each_character_has_the_clusters_of_its_word(clusters: WordClusters) -> None:
    columns = clusters.columns(["苹果", "", "鑫鑫北京", "\ud800"])
    assert columns.shape == (7, 2)
    assert (columns[0] == columns[1]).all()
    assert not columns[[2, 3, 6]].any()
    assert (columns[4] == clusters.columns(["北京"])[0]).all()


def test_clusters_are_kept_as_a_file(clusters: WordClusters, tmp_path: Path) -> None:
    write(clusters, tmp_path / "clusters.model")
    again = read(tmp_path / "clusters.model", "insight", PairsInvalid)
    np.testing.assert_array_equal(again.columns(FRUIT), clusters.columns(FRUIT))


def test_nothing_learnt_is_said_so() -> None:
    with pytest.raises(TextNotLearnt):
        WordClusters().columns(["苹果"])

"""Small sites in the article's files, with planted kinds of users and planted tastes."""

import csv
import json
from pathlib import Path

import numpy as np

LABELS = ("教育", "娱乐", "科技", "音乐")
KINDS = ((600, 0.3, 0.0), (5_400, 0.5, 40.0), (2_400, 4.0, 400.0))
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rejects(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Folder:
    """The input folder, written piece by piece."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()

    def write(self, name: str, lines: list[str]) -> None:
        (self.path / name).write_text("\n".join(lines) + "\n", "utf-8")

    def add(self, name: str, *lines: str) -> None:
        with (self.path / name).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def article(self, n_users: int = 240, n_contents: int = 20, seed: int = 0) -> list[int]:
        """The article's own columns and nothing else; gives the planted kind of each user."""
        rng = np.random.default_rng(seed)
        kinds = rng.integers(0, len(KINDS), n_users)
        lines = ["user_id,watch_time,interaction_freq,purchase_amount"]
        for user, kind in enumerate(kinds):
            watched, often, paid = KINDS[kind]
            spread = rng.gamma(25, 1 / 25, 3)
            lines.append(
                f"{user},{watched * spread[0]:.0f},{often * spread[1]:.3f},{paid * spread[2]:.2f}"
            )
        self.write("user_behavior.csv", lines)
        self.contents(n_contents)
        self.write(
            "chat_messages.csv",
            ["chat_content", "老师讲得真好", '"没听懂，能再讲一遍吗?"', '"great, thanks!"'],
        )
        return [int(each) for each in kinds]

    def contents(self, n_contents: int = 20) -> None:
        lines = [f"{n},{LABELS[n % len(LABELS)]}" for n in range(n_contents)]
        self.write("content_labels.csv", ["content_id,label", *lines])

    def visits(self, n_users: int = 300, n_contents: int = 40, seed: int = 0) -> list[int]:
        """One row a user × content × time; each user watches one label; gives these."""
        rng = np.random.default_rng(seed)
        tastes = rng.integers(0, len(LABELS), n_users)
        self.contents(n_contents)
        lines = ["user_id,content_id,timestamp,watch_time,interaction_freq,purchase_amount"]
        order = rng.permutation(n_contents // len(LABELS))  # which are popular, not by their code
        for user, taste in enumerate(tastes):
            for place in rng.choice(len(order), 6, replace=False, p=_falling(len(order))):
                content = order[place] * len(LABELS) + taste
                watched, often, paid = KINDS[user % len(KINDS)]
                at = 1_767_225_600 + int(rng.integers(0, 2_000_000))
                lines.append(f"u{user},{content},{at},{watched / 6:.0f},{often},{paid / 6:.2f}")
        self.write("user_behavior.csv", lines)
        chat = [f"{n},u{n % n_users},{n % n_contents},弹幕 {n}" for n in range(50)]
        self.write("chat_messages.csv", ["timestamp,user_id,content_id,chat_content", *chat])
        return [int(each) for each in tastes]


def _falling(n: int) -> np.ndarray:
    weights = 1 / (1 + np.arange(n))
    found: np.ndarray = weights / weights.sum()
    return found

"""The picture: planted changes of slides, black and frozen pictures in made lectures, and the cost.

Films are made with a seed (tests/insight/films.py, drawn by OpenCV) and encoded as H.264 at 60 to
250 kbit/s with a key frame every two seconds, then read back three frames a second. Slides come at
random times, alone, with a speaker in the corner, with camera noise, a pointer or fades; between
them are cameras and scrolled texts on which no change is right. A change counts as found when it
is told within three seconds of its end (fades included), each at most once; whatever else is told
is wrong. Seeds below 100 were looked at while the thresholds were chosen. Those from 100 were read
three times: after the first and the second time stillness was told anew, by what the seeds below
100 showed.
No real lecture is in the set: what cameras and encoders do beyond noise and
blocks is not measured here.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import at_share, goal, middle
from livelore.intelligence.insight.library_here import library
from livelore.intelligence.insight.vision.frames import PER_SECOND, frames_of
from livelore.intelligence.insight.vision.seen import BLACK, FROZEN, SLIDE, Seen
from livelore.intelligence.insight.vision.watch import PictureWatch
from tests.insight.films import HEIGHT, WIDTH, Film, Scrolled, Talking, encoded, page, shelf, slide

N_FILMS, LENGTH_S = 40, 150.0
ONE_S = 1.5
"""Changes closer to one another count as one."""
WITHIN_S = 3.0
DELAY_MAX_S = 2.0
KBPS = (60, 120, 250)
WARNINGS = (BLACK, FROZEN)


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Tables and goals; quick: few short films."""
    library("cv2").setNumThreads(1)
    n_films, length_s = (5, 60.0) if quick else (N_FILMS, LENGTH_S)
    counts = {kind: _Count() for kind in (SLIDE, *WARNINGS)}
    by_film: dict[str, _Count] = {}
    by_rate = {kbps: _Count() for kbps in KBPS}
    spent = {"decode": 0.0, "watch": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(n_films):
            name, film = made(100 + number, length_s)
            kbps = KBPS[number % len(KBPS)]
            path = encoded(film, Path(folder) / "film.mp4", kbps)
            seen = _watched(path, spent)
            own = by_film.setdefault(name, _Count())
            for kind in (SLIDE, *WARNINGS):
                planted, lasts = _planted(film, kind)
                apart = {SLIDE: own, FROZEN: by_rate[kbps]}
                for count in (counts[kind], *(apart[k] for k in apart if k == kind)):
                    count.add([each for each in seen if each.kind == kind], planted, lasts)
    hours = n_films * length_s / 3600
    table = {
        "films": n_films,
        "hours": round(hours, 2),
        "kinds": {kind: each.row(hours) for kind, each in counts.items()},
        "slides_by_film": {name: each.row(hours) for name, each in sorted(by_film.items())},
        "frozen_by_kbps": {str(kbps): each.row(hours) for kbps, each in by_rate.items()},
        "decode_cpu_s_per_hour": round(spent["decode"] / hours, 1),
        "watch_cpu_s_per_hour": round(spent["watch"] / hours, 1),
        "frames_a_second": PER_SECOND,
        "picture": f"{WIDTH} × {HEIGHT}",
    }
    return table, _goals(counts, table)


def _goals(counts: "dict[str, _Count]", table: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kind in counts:
        row = table["kinds"][kind]
        found += [
            goal(f"picture, {kind}: recall", row["recall"], -0.95),
            goal(f"picture, {kind}: precision", row["precision"], -0.95),
            goal(f"picture, {kind}: 95th percentile of delay", row["delay_95_s"], DELAY_MAX_S, "s"),
        ]
    cost = table["watch_cpu_s_per_hour"]
    return [*found, goal("picture, an hour of video, decoded already", cost, 30, "CPU-s")]


class _Count:
    """Found, missed and wrong."""

    def __init__(self) -> None:
        self.n_planted = self.n_found = self.n_told = 0
        self.delays: list[float] = []

    def add(self, seen: list[Seen], planted: list[float], lasts: float) -> None:
        """What was told of one film; ``lasts`` is how long a change takes.

        Who stands still just before the picture freezes makes it seem to begin a little earlier.
        """
        told = [each for each in seen if not each.is_over]
        self.n_planted += len(planted)
        self.n_told += len(told)
        for at in planted:
            right = [x for x in told if x.at >= at - 1 and 0 < x.told_at - at <= lasts + WITHIN_S]
            if right:
                self.n_found += 1
                self.delays.append(right[0].told_at - at - lasts)
                told.remove(right[0])

    def row(self, hours: float) -> dict[str, Any]:
        """As shown."""
        return {
            "planted": self.n_planted,
            "recall": round(self.n_found / self.n_planted, 4) if self.n_planted else None,
            "precision": round(self.n_found / self.n_told, 4) if self.n_told else None,
            "wrong_an_hour": round((self.n_told - self.n_found) / hours, 2),
            "delay_median_s": middle(self.delays),
            "delay_95_s": at_share(self.delays, 0.95),
        }


def _planted(film: Film, kind: str) -> tuple[list[float], float]:
    if kind == SLIDE:
        # what changes while nothing of it can be seen is seen afterwards
        hidden = [*film.frozen, *film.black]
        ends = (next((e for b, e in hidden if b <= at < e), at) for at in film.changes)
        found = sorted(ends)
        return [at for n, at in enumerate(found) if not n or at - found[n - 1] > ONE_S], film.fade_s
    return [begin for begin, _ in (film.black if kind == BLACK else film.frozen)], 0.0


def _watched(path: Path, spent: dict[str, float]) -> list[Seen]:
    begin = time.process_time()
    frames = list(frames_of(path))
    read = time.process_time()
    seen = list(PictureWatch().all_of(frames))
    spent["decode"] += read - begin
    spent["watch"] += time.process_time() - read
    return seen


def made(seed: int, length_s: float) -> tuple[str, Film]:
    """One of ten kinds of film, and its name."""
    rng = np.random.default_rng(seed)
    wall = np.full((HEIGHT, WIDTH, 3), int(rng.integers(90, 220)), np.uint8)
    deck = list(_deck(rng, length_s))
    calm = [(0.0, slide(seed))]
    late = [(t, t + float(rng.uniform(4, 8))) for t in _times(rng, length_s, 25.0, 40.0)]
    talking = Talking(shelf(seed))
    noise = float(rng.uniform(2, 8))
    kinds: list[tuple[str, Film]] = [
        ("slides", Film(deck, length_s)),
        ("slides, corner, pointer", Film(deck, length_s, corner=True, pointer=True, frozen=late)),
        (
            "slides, corner, noise, black",
            Film(deck, length_s, corner=True, noise=noise, black=late),
        ),
        ("slides, fades of a second", Film(deck, length_s, fade_s=1.0)),
        ("slides, corner, fades of two", Film(deck, length_s, corner=True, fade_s=2.0)),
        ("camera, room", Film([(0.0, talking)], length_s, noise=noise, frozen=late)),
        ("camera, wall", Film([(0.0, Talking(wall))], length_s, black=late)),
        ("scrolled", Film([(0.0, Scrolled(page(seed, 9_000), 60.0))], length_s, pointer=True)),
        ("one slide, corner", Film(calm, length_s, corner=True, noise=noise, frozen=late)),
        ("one slide, pointer", Film(calm, length_s, pointer=True)),
    ]
    return kinds[seed % len(kinds)]


def _deck(rng: np.random.Generator, length_s: float) -> Iterator[tuple[float, Any]]:
    first = int(rng.integers(1_000, 1_000_000))
    for number, at in enumerate([0.0, *_times(rng, length_s, 6.0, 25.0)]):
        yield at, slide(first + number, is_dark=bool(rng.random() < 0.25))


def _times(rng: np.random.Generator, length_s: float, least: float, most: float) -> Iterator[float]:
    at = float(rng.uniform(least, most))
    while at < length_s - 10:
        yield round(at, 1)
        at += float(rng.uniform(least, most))

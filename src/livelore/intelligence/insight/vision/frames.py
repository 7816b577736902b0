"""Frames of a file or an address, a few a second, by OpenCV."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import VideoUnreadable
from livelore.intelligence.insight.library_here import library

PER_SECOND = 3.0
WAIT_MS = 10_000
"""For an address to answer, and for its next bytes."""


def frames_of(
    source: Path | str, per_second: float = PER_SECOND
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Seconds and frames, in order of time; all are decoded, those between are not converted.

    Args:
        source: A video file, or an address that FFmpeg reads (http, rtmp, hls).
        per_second: How many, at most those that there are.

    Raises:
        VideoUnreadable: No such file, no video, no answer in time, or nothing in it.
        LibraryMissing: OpenCV is not installed.
    """
    cv2 = library("cv2")
    video = _opened(cv2, source)
    try:
        n_read, due, last = 0, -1e-3, -1.0
        while video.grab():
            at = float(video.get(cv2.CAP_PROP_POS_MSEC)) / 1000
            if at < due or at <= last:
                continue
            is_whole, frame = video.retrieve()
            if is_whole:
                n_read += 1
                due = max(due + 1 / per_second, at - 1 / per_second)
                last = at
                yield at, frame
    finally:
        video.release()
    if n_read == 0:
        raise VideoUnreadable(source=str(source), detail="no frame can be decoded")


def _opened(cv2: Any, source: Path | str) -> Any:  # Any: OpenCV comes and goes
    name = str(source)
    if "://" not in name and not Path(name).is_file():
        raise VideoUnreadable(source=name, detail="there is no such file")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # the refusal says it in one line
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, WAIT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, WAIT_MS]
        video = cv2.VideoCapture(name, cv2.CAP_FFMPEG, limits)
    finally:
        cv2.utils.logging.setLogLevel(level)
    if not video.isOpened():
        raise VideoUnreadable(source=name, detail="it is no video that OpenCV can read")
    return video

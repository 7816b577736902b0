"""Fragments: ``moof`` and ``mdat`` with both tracks, and a reader for tests and tools."""

from dataclasses import dataclass

from livelore.media.errors import MediaError
from livelore.media.fmp4.boxes import box, full_box, u32, walk_boxes

SAMPLES_MAX = 100_000
_KEY = 0x0200_0000  # depends on no other sample
_NOT_KEY = 0x0101_0000  # depends on others, not a sync sample
_BASE_IS_MOOF = 0x02_0000
_TRUN_FLAGS = 0x000F01  # data offset; per sample: duration, size, flags, composition offset


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded frame, times in the track's own scale; ``offset`` is display minus decoding."""

    duration: int
    offset: int
    is_key: bool
    data: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Run:
    """The samples of one track in a fragment, ``start`` being the decoding time of the first."""

    track: int
    start: int
    samples: tuple[Sample, ...]


def fragment(number: int, runs: list[Run]) -> bytes:
    """One fragment, playable behind the init segment and the fragments before it.

    Args:
        number: Rises by one with each fragment.
        runs: One for each track that has samples.
    """
    data = [sample.data for run in runs for sample in run.samples]
    # The offsets in trun count from the start of moof, whose size does not depend on them.
    size = len(_moof(number, runs, 0))
    moof = _moof(number, runs, size + 8)
    length = sum(len(piece) for piece in data)
    return b"".join([moof, u32(length + 8), b"mdat", *data])


def _moof(number: int, runs: list[Run], data_at: int) -> bytes:
    trafs: list[bytes] = []
    for run in runs:
        trafs.append(_traf(run, data_at))
        data_at += sum(len(sample.data) for sample in run.samples)
    return box(b"moof", full_box(b"mfhd", 0, 0, u32(number & 0xFFFFFFFF)), *trafs)


def _traf(run: Run, data_at: int) -> bytes:
    rows = b"".join(
        u32(sample.duration)
        + u32(len(sample.data))
        + u32(_KEY if sample.is_key else _NOT_KEY)
        + u32(sample.offset)
        for sample in run.samples
    )
    return box(
        b"traf",
        full_box(b"tfhd", 0, _BASE_IS_MOOF, u32(run.track)),
        full_box(b"tfdt", 1, 0, run.start.to_bytes(8, "big")),
        full_box(b"trun", 0, _TRUN_FLAGS, u32(len(run.samples)), u32(data_at), rows),
    )


def read_fragment(data: bytes) -> list[Run]:
    """The inverse of `fragment`, for fragments made by it.

    Raises:
        MediaError: Not such a fragment.
    """
    boxes = walk_boxes(data)
    if [kind for kind, _ in boxes] != [b"moof", b"mdat"]:
        raise MediaError("not a fragment")
    trafs = [content for kind, content in walk_boxes(boxes[0][1]) if kind == b"traf"]
    return [_read_traf(data, traf) for traf in trafs]


def _read_traf(data: bytes, traf: bytes) -> Run:
    parts = dict(walk_boxes(traf))
    try:
        tfhd, tfdt, trun = parts[b"tfhd"], parts[b"tfdt"], parts[b"trun"]
    except KeyError as error:
        raise MediaError("fragment lacks a box") from error
    if trun[:4] != _TRUN_FLAGS.to_bytes(4, "big") or len(trun) < 12 or len(tfdt) < 12:
        raise MediaError("fragment has another form")
    count, at = int.from_bytes(trun[4:8], "big"), int.from_bytes(trun[8:12], "big")
    if len(trun) != 12 + 16 * count or count > SAMPLES_MAX:
        raise MediaError("fragment's table is cut short")
    samples: list[Sample] = []
    for row in range(12, len(trun), 16):
        duration, size, flags, offset = (
            int.from_bytes(trun[i : i + 4], "big") for i in range(row, row + 16, 4)
        )
        if at + size > len(data):
            raise MediaError("fragment's data is cut short")
        samples.append(Sample(duration, offset, flags == _KEY, data[at : at + size]))
        at += size
    track, start = int.from_bytes(tfhd[4:8], "big"), int.from_bytes(tfdt[4:12], "big")
    return Run(track, start, tuple(samples))

"""`livelore insight slides`: what the picture of a recording shows, as a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from livelore.cli.errors import InputWrong

if TYPE_CHECKING:
    from livelore.intelligence.insight.vision.seen import Seen

SUFFIXES = (".csv", ".jsonl", ".parquet")


def slides(
    video: Annotated[str, Parameter(help="A file, or an address that FFmpeg reads.")],
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="A row for each thing seen.")
    ] = Path("slides.csv"),
    sound: Annotated[bool, Parameter(help="Tell silence too; needs the program ffmpeg.")] = False,
) -> None:
    """Find changes of slides and a black, frozen or still picture in a video.

    Example: `livelore insight slides lecture.mp4 -o slides.csv`
    """
    from livelore.intelligence.insight.vision.frames import frames_of
    from livelore.intelligence.insight.vision.seen import SLIDE
    from livelore.intelligence.insight.vision.silence import SilenceWatch
    from livelore.intelligence.insight.vision.sound import RATE, sound_of
    from livelore.intelligence.insight.vision.watch import PictureWatch

    if output.suffix not in SUFFIXES:
        raise InputWrong(f"--output: {output.name} ends with none of {', '.join(SUFFIXES)}")
    if not output.parent.is_dir():
        raise InputWrong(f"--output: there is no folder {output.parent}")
    seen = list(PictureWatch().all_of(frames_of(video)))
    if sound:
        seen += SilenceWatch(RATE).all_of(sound_of(video))
    seen.sort(key=lambda each: (each.at, each.told_at))
    _write(seen, output)
    n_slides = sum(each.kind == SLIDE for each in seen)
    print(f"Wrote {output}: {n_slides} changes of slides, {_warnings(seen)}")


def _warnings(seen: "list[Seen]") -> str:
    kinds = [each.kind for each in seen if each.level == "warning"]
    if not kinds:
        return "no warning"
    return "warnings: " + ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds)))


def _write(seen: "list[Seen]", output: Path) -> None:
    import pyarrow as pa

    from livelore.intelligence.tables.writing import write_table

    columns = {
        "at_s": pa.array([round(each.at, 3) for each in seen], pa.float64()),
        "kind": pa.array([each.kind for each in seen], pa.string()),
        "is_over": pa.array([each.is_over for each in seen], pa.bool_()),
        "level": pa.array([each.level for each in seen], pa.string()),
        "told_at_s": pa.array([round(each.told_at, 3) for each in seen], pa.float64()),
        "words": pa.array([each.words for each in seen], pa.string()),
    }
    write_table(pa.table(columns), output)

"""Make src/livelore/demo_media/lecture.flv, the clip that `livelore demo` publishes.

    python scripts/make_lecture_clip.py [--frame SECONDS --png FILE]

Needs Pillow, ffmpeg with libx264, espeak-ng, Noto CJK and Liberation fonts. The result is
committed, so that only who changes the lecture needs these.
"""

import argparse
import math
import subprocess
import tempfile
import wave
from pathlib import Path

from lecture_board import CREAM, HEIGHT, SCALE, WIDTH, Board, ease, font, teacher
from lecture_scenes import SCENES, Line, Moment
from PIL import Image

OUTPUT = Path(__file__).parents[1] / "src" / "livelore" / "demo_media" / "lecture.flv"
FPS = 15
PAUSE_S = 0.7
BYTES_MAX = 3_000_000


LINES = [
    Line(
        "curve",
        "大家好。今天我们来算一算，曲线下面的面积。",
        "Hello everyone. Today we find the area under a curve.",
    ),
    Line(
        "curve",
        "直边的图形我们会算，可是这条边是弯的，怎么办呢？",
        "Straight sides are easy. But this side is curved: what now?",
    ),
    Line(
        "four",
        "把从 a 到 b 的一段分成四份，每一份画一个细条。",
        "Cut a to b into four parts and draw a strip on each.",
    ),
    Line(
        "more",
        "四条太粗，误差很大。那就分成八条，十六条，三十二条。",
        "Four are too coarse. So take eight, sixteen, thirty-two.",
    ),
    Line(
        "more",
        "看，细条越细，面积的和就越接近真正的面积。",
        "The thinner the strips, the closer their sum to the true area.",
    ),
    Line(
        "limit",
        "当细条的宽度趋于零，和的极限，就是定积分。",
        "As the width goes to zero, the limit of the sum is the integral.",
    ),
    Line(
        "limit",
        "积分号，就是把求和的 S 拉长了。",
        "The integral sign is just the S of sum, stretched.",
    ),
    Line(
        "example",
        "举个例子。x 平方，从零到一，面积正好是三分之一。",
        "For example: x squared from 0 to 1. The area is exactly one third.",
    ),
    Line(
        "example",
        "十条，百条，千条，算出来的数离三分之一越来越近。",
        "Ten, a hundred, a thousand strips: closer and closer to one third.",
    ),
    Line(
        "question",
        "想一想：为什么宽度是趋于零，而不能等于零？请把你的想法打在弹幕里。",
        "Think: why does the width approach zero, but never equal it?",
    ),
]


TITLES = {
    "curve": "定积分：把面积切成细条",
    "four": "定积分：把面积切成细条",
    "more": "细条越细，误差越小",
    "limit": "Δx 趋于 0：极限登场",
    "example": "例题：抛物线下的面积",
    "question": "想一想",
}


def draw(moment: Moment) -> Image.Image:
    """The frame of a moment."""
    pad = Board()
    pad.text((72, 108), TITLES[moment.line.scene], ("title", 44, CREAM), ease(moment.scene_s / 0.6))
    tip = SCENES[moment.line.scene](pad, moment)
    sway = (math.sin(moment.clock_s * 1.9) * 5, math.cos(moment.clock_s * 1.3) * 4)
    mouth = abs(math.sin(moment.clock_s * 11)) * 0.8 + 0.1 if moment.is_speaking else 0.0
    teacher(pad, (tip[0] + sway[0], tip[1] + sway[1]), mouth, moment.clock_s % 4.1 < 0.14)
    caption(pad, moment)
    return pad.finish()


def caption(pad: Board, moment: Moment) -> None:
    """The English line at the foot."""
    width = font("text", 25).getlength(moment.line.caption) / SCALE
    x = max(72.0, 480 - width / 2)
    pad.panel((x - 18, 640, x + width + 18, 690), (6, 20, 16), 0.62)
    pad.text((x, 674), moment.line.caption, ("text", 25, CREAM))


def speak(folder: Path) -> list[tuple[float, float]]:
    """Voice of each line into ``voice.wav``; gives each line's spoken and full length."""
    lengths: list[tuple[float, float]] = []
    rate, sound = 22050, b""
    for number, line in enumerate(LINES):
        path = folder / f"{number}.wav"
        subprocess.run(
            ["espeak-ng", "-v", "cmn", "-s", "200", "-p", "36", "-w", path, line.spoken], check=True
        )
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            said = file.readframes(file.getnframes())
        frames = math.ceil((len(said) / 2 / rate + PAUSE_S) * FPS)
        spoken_s = len(said) / 2 / rate
        sound += said.ljust(round(frames / FPS * rate) * 2, b"\0")
        lengths.append((spoken_s, frames / FPS))
    with wave.open(str(folder / "voice.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound)
    return lengths


def moments(lengths: list[tuple[float, float]]) -> list[Moment]:
    """Every frame of the clip."""
    found: list[Moment] = []
    scene_start = 0
    for number, (line, (spoken_s, length_s)) in enumerate(zip(LINES, lengths, strict=True)):
        if number and LINES[number - 1].scene != line.scene:
            scene_start = len(found)
        for frame in range(round(length_s * FPS)):
            at = frame / FPS
            found.append(
                Moment(
                    line,
                    (len(found) - scene_start) / FPS,
                    at,
                    length_s,
                    at < spoken_s,
                    len(found) / FPS,
                )
            )
    return found


def encode(frames: list[Moment], folder: Path) -> None:
    """Frames and voice into the clip."""
    command = [
        "ffmpeg", "-y", "-v", "error",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
        "-i", str(folder / "voice.wav"),
        "-af", "highpass=f=90,lowpass=f=7000,acompressor=threshold=0.1:ratio=3,volume=1.6",
        "-vf", "scale=out_color_matrix=bt709:out_range=tv",
        "-c:v", "libx264", "-preset", "veryslow", "-tune", "animation", "-profile:v", "high",
        "-crf", "23.5", "-pix_fmt", "yuv420p", "-bf", "2",
        "-g", str(2 * FPS), "-keyint_min", str(2 * FPS), "-sc_threshold", "0",
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-c:a", "aac", "-ar", "44100", "-ac", "1", "-b:a", "48k",
        "-flvflags", "no_duration_filesize", "-map_metadata", "-1", str(OUTPUT),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        pipe = process.stdin
        if pipe is None:
            raise RuntimeError("ffmpeg has no input")
        for moment in frames:
            pipe.write(draw(moment).tobytes())
        pipe.close()
    if process.returncode:
        raise SystemExit("ffmpeg failed")


def main() -> None:
    """Make the clip, or one frame of it to look at."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frame", type=float, action="append", help="only this second")
    options.add_argument("--png", default="frame-{}.png", help="where frames go; {} is the second")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frames = moments(speak(folder))
        if given.frame:
            for second in given.frame:
                draw(frames[min(round(second * FPS), len(frames) - 1)]).save(
                    given.png.format(second)
                )
            print(f"{len(frames) / FPS:.1f} s")
            return
        encode(frames, folder)
    size = OUTPUT.stat().st_size
    print(f"{OUTPUT.name}: {len(frames) / FPS:.1f} s, {size / 1e6:.2f} MB")
    if size > BYTES_MAX:
        raise SystemExit("the clip is too large")


if __name__ == "__main__":
    main()

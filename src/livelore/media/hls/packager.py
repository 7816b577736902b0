"""Cuts frames into parts and segments."""

from dataclasses import dataclass, field
from typing import TypeAlias

from livelore.media.fmp4.boxes import (
    AUDIO_TRACK,
    VIDEO_TIMESCALE,
    VIDEO_TRACK,
    init_segment,
)
from livelore.media.fmp4.fragment import Run, Sample, fragment
from livelore.media.frames import Configs, Frame
from livelore.media.hls.playlist import PART_TARGET_MS
from livelore.media.hls.segments import MediaSegment, Part, Window

SEGMENT_MS_MIN = 1_000
TARGET_S_MIN, TARGET_S_MAX = 4, 10
"""The target duration is that of the first segment within these bounds."""
TARGET_SLACK_MS = 400
"""A segment may be this much over its target, being compared after rounding."""
AUDIO_DRIFT_MS = 100
"""Sound is laid end to end; past this distance from its timestamps it is put right."""
WALL_DRIFT_MS = 1_000
SOUND_MAX = 1_000
"""Blocks of sound kept while no picture comes: 20 s; what follows is left out."""
SEGMENT_BYTES_MAX = 32 * 1024 * 1024
"""A segment is cut when it is so large: 25 Mbit/s for ten seconds."""
STEP_DEFAULT_MS = 40
_MS = VIDEO_TIMESCALE // 1000

_Pending: TypeAlias = list[Frame]


@dataclass(slots=True)
class _Sound:
    """Where the audio track has come to, in samples."""

    rate: int
    frame_samples: int
    at: int | None = None

    def place(self, frame: Frame) -> int | None:
        """Samples of silence before a frame, None when it must be left out."""
        expected = frame.dts_ms * self.rate // 1000
        if self.at is None:
            self.at = expected
        gap = expected - self.at
        slack = AUDIO_DRIFT_MS * self.rate // 1000
        if gap < -slack:
            return None
        return gap if gap > slack else 0


@dataclass(slots=True)
class Packager:
    """Frames in, a `Window` of parts and segments out.

    ``first_msn`` is the first media sequence number. A stream without video is cut by its sound.
    """

    first_msn: int = 0
    window: Window = field(default_factory=Window)
    _configs: Configs = field(default_factory=lambda: Configs(None, None))
    _n_inits: int = 0
    _has_break: bool = False
    _lead: _Pending = field(default_factory=list[Frame])
    _sound: _Pending = field(default_factory=list[Frame])
    _clock: _Sound | None = None
    _step_ms: int = STEP_DEFAULT_MS
    _segment: MediaSegment | None = None
    _segment_start_ms: int = 0
    _segment_bytes: int = 0
    _wall_offset_ms: int | None = None
    _next_msn: int = -1

    def configure(self, configs: Configs) -> None:
        """New decoder configurations: what follows is behind a break."""
        self.interrupt()
        self._configs = configs
        self._n_inits += 1
        audio = configs.audio
        self._clock = _Sound(audio.sample_rate, audio.frame_samples) if audio else None

    def interrupt(self) -> None:
        """The encoder is gone: close what is open; what may follow is behind a break."""
        if self._segment is not None and self._lead:
            self._close_segment(self._lead[-1].dts_ms + self._step_ms)
        self._lead, self._sound = [], []
        self._segment = None
        self._has_break = self._has_break or bool(self.window.segments)
        self._wall_offset_ms = None
        if self._clock is not None:
            self._clock.at = None

    def end(self) -> None:
        """No more will come."""
        self.interrupt()
        self.window.is_ended = True

    def push(self, frame: Frame, now_ms: int) -> bool:
        """Take a frame.

        Args:
            frame: In the order of arrival.
            now_ms: Wall time, for EXT-X-PROGRAM-DATE-TIME.

        Returns:
            True when a part or segment was completed.
        """
        leads = frame.track == "video" or self._configs.video is None
        if not leads:
            if self._segment is not None and len(self._sound) < SOUND_MAX:
                self._sound.append(frame)
            return False
        is_cut = self._cut(frame)
        if self._segment is None and not self._open_segment(frame, now_ms):
            return is_cut
        if self._lead:
            self._step_ms = max(1, min(frame.dts_ms - self._lead[-1].dts_ms, 1000))
        self._lead.append(frame)
        self._segment_bytes += len(frame.payload)
        return is_cut

    def _cut(self, frame: Frame) -> bool:
        if self._segment is None or not self._lead:
            return False
        age_ms = frame.dts_ms - self._segment_start_ms
        limit_ms = (self.window.target_s or TARGET_S_MAX) * 1000 + TARGET_SLACK_MS
        is_due = frame.is_key and age_ms >= (
            SEGMENT_MS_MIN if frame.track == "video" else TARGET_S_MIN * 1000
        )
        is_full = age_ms + self._step_ms > limit_ms or self._segment_bytes > SEGMENT_BYTES_MAX
        if is_due or is_full:
            self._close_segment(frame.dts_ms)
            return True
        if frame.dts_ms + self._step_ms - self._lead[0].dts_ms > PART_TARGET_MS:
            self._close_part(frame.dts_ms)
            return True
        return False

    def _open_segment(self, frame: Frame, now_ms: int) -> bool:
        is_first = not self.window.segments or self._has_break
        if is_first and not frame.is_key:
            return False
        if self._n_inits not in self.window.inits:
            init = init_segment(self._configs.video, self._configs.audio)
            self.window.inits[self._n_inits] = init
        self._next_msn = self.first_msn if self._next_msn < 0 else self._next_msn + 1
        wall_ms = now_ms - frame.dts_ms
        if self._wall_offset_ms is None or abs(wall_ms - self._wall_offset_ms) > WALL_DRIFT_MS:
            self._wall_offset_ms = wall_ms
        started_at_ms = frame.dts_ms + self._wall_offset_ms
        self._segment = MediaSegment(self._next_msn, self._n_inits, started_at_ms, self._has_break)
        self._has_break = False
        self._segment_start_ms = frame.dts_ms
        self._segment_bytes = 0
        self.window.segments.append(self._segment)
        return True

    def _close_segment(self, end_ms: int) -> None:
        self._close_part(end_ms)
        segment, self._segment = self._segment, None
        if segment is None:
            return
        segment.is_closed = True
        if self.window.target_s is None:
            seconds = -(-segment.duration_ms // 1000)
            self.window.target_s = min(max(seconds, TARGET_S_MIN), TARGET_S_MAX)
        self.window.trim()

    def _close_part(self, end_ms: int) -> None:
        if self._segment is None or not self._lead:
            return
        start_ms = self._lead[0].dts_ms
        is_independent = self._lead[0].is_key
        lead, self._lead = self._lead, []
        if self._configs.video is None:
            runs = [self._audio_run(lead)]
        else:
            sound = [frame for frame in self._sound if frame.dts_ms < end_ms]
            self._sound = [frame for frame in self._sound if frame.dts_ms >= end_ms]
            runs = [_video_run(lead, end_ms), self._audio_run(sound)]
        index = self.window.next_part
        data = fragment(index + 1, [run for run in runs if run is not None])
        self._segment.parts.append(Part(index, end_ms - start_ms, is_independent, data))
        self.window.next_part = index + 1

    def _audio_run(self, frames: _Pending) -> Run | None:
        clock = self._clock
        if clock is None:
            return None
        samples: list[Sample] = []
        start = 0
        for frame in frames:
            gap = clock.place(frame)
            if gap is None or clock.at is None:
                continue
            if gap and samples:
                last = samples[-1]
                samples[-1] = Sample(last.duration + gap, 0, True, last.data)
            clock.at += gap
            start = start if samples else clock.at
            samples.append(Sample(clock.frame_samples, 0, True, _data(frame)))
            clock.at += clock.frame_samples
        return Run(AUDIO_TRACK, start, tuple(samples)) if samples else None


def _video_run(frames: _Pending, end_ms: int) -> Run:
    ends = [frame.dts_ms for frame in frames[1:]] + [end_ms]
    samples = tuple(
        Sample((end - frame.dts_ms) * _MS, frame.cts_ms * _MS, frame.is_key, _data(frame))
        for frame, end in zip(frames, ends, strict=True)
    )
    return Run(VIDEO_TRACK, frames[0].dts_ms * _MS, samples)


def _data(frame: Frame) -> memoryview:
    return memoryview(frame.payload)[frame.start :]

"""The newest FLV tags of a stream, kept once, and each viewer's place among them."""

from collections import deque
from dataclasses import dataclass, field

from livelore.media import flv
from livelore.media.frames import Configs, Frame

HISTORY_MS = 4_000
"""What a slow viewer may lag; a new one starts at the newest key frame."""
RING_BYTES_MAX = 48 * 1024 * 1024
RING_TAGS_MAX = 20_000
"""Past these an encoder sends no key frames: late viewers wait for one."""
BATCH_BYTES_MAX = 512 * 1024
"""Handed to a viewer's socket at once."""
STEP_MS = 33
"""Between the last tag before a skip and the first one after it."""


@dataclass(frozen=True, slots=True)
class RingTag:
    """An FLV tag as all viewers get it."""

    data: bytes
    dts_ms: int
    is_video: bool


@dataclass(slots=True)
class TagRing:
    """Tags from a key frame on.

    ``epoch`` rises with every change of the decoder configurations.
    """

    epoch: int = 0
    first: int = 0
    _tags: deque[RingTag] = field(default_factory=deque[RingTag])
    _starts: deque[int] = field(default_factory=deque[int])
    _configs: Configs = field(default_factory=lambda: Configs(None, None))
    _n_bytes: int = 0

    @property
    def end(self) -> int:
        """Number of the tag that comes next."""
        return self.first + len(self._tags)

    @property
    def start(self) -> int | None:
        """Number of the newest key frame, where a viewer can begin."""
        return self._starts[-1] if self._starts else None

    @property
    def newest_ms(self) -> int:
        """Time of the newest tag."""
        return self._tags[-1].dts_ms if self._tags else 0

    def at(self, index: int) -> RingTag:
        """A tag by its number, from ``first`` up to before ``end``."""
        return self._tags[index - self.first]

    def configure(self, configs: Configs) -> None:
        """New decoder configurations: what was kept is of no use with them."""
        self.epoch += 1
        self._configs = configs
        self._forget(self.end)

    def append(self, frame: Frame) -> None:
        """Keep a frame."""
        is_video = frame.track == "video"
        kind = flv.VIDEO if is_video else flv.AUDIO
        data = flv.encode_tag(kind, frame.dts_ms, frame.payload)
        if frame.is_key and (is_video or self._configs.video is None):
            self._starts.append(self.end)
        self._tags.append(RingTag(data, frame.dts_ms, is_video))
        self._n_bytes += len(data)
        if frame.is_key:
            self._trim()
        if self._n_bytes > RING_BYTES_MAX or len(self._tags) > RING_TAGS_MAX:
            self._forget(self._starts[-1] if len(self._starts) > 1 else self.end)

    def opening(self) -> bytes:
        """What comes before the first tag: file header and metadata."""
        video, audio = self._configs.video, self._configs.audio
        items = {"encoder": "Livelore"}
        header = flv.encode_file_header(has_video=video is not None, has_audio=audio is not None)
        size = {"width": video.width, "height": video.height} if video else {}
        return header + flv.encode_tag(flv.SCRIPT, 0, flv.encode_metadata({**items, **size}))

    def config_tags(self, at_ms: int) -> bytes:
        """The decoder configurations as tags."""
        tags = b""
        if self._configs.video is not None:
            tags += flv.encode_tag(flv.VIDEO, at_ms, self._configs.video_payload)
        if self._configs.audio is not None:
            tags += flv.encode_tag(flv.AUDIO, at_ms, self._configs.audio_payload)
        return tags

    def _trim(self) -> None:
        while len(self._starts) > 1:
            second = self._starts[1]
            if self.newest_ms - self.at(second).dts_ms < HISTORY_MS:
                return
            self._forget(second)

    def _forget(self, before: int) -> None:
        while self.first < before:
            self._n_bytes -= len(self._tags.popleft().data)
            self.first += 1
        while self._starts and self._starts[0] < before:
            self._starts.popleft()


@dataclass(slots=True)
class RingReader:
    """One viewer's way through a ring.

    A viewer who falls behind is taken to a key frame; the time that was left out is taken out of
    the timestamps too, so that the player goes on without a hole.
    """

    n_skips: int = 0
    _next: int | None = None
    _epoch: int = -1
    _cut_ms: int = 0
    _last_ms: int = 0
    _is_open: bool = False
    _floor: int = 0

    def take(self, ring: TagRing) -> bytes:
        """The bytes that the viewer has not had, at most about `BATCH_BYTES_MAX`.

        Returns:
            Whole tags; nothing when there is nothing new.
        """
        parts: list[bytes] = []
        if self._next is None or self._is_behind(ring, self._next):
            start = ring.start
            if start is None or start < self._floor:
                self._next = None
                return b""
            self._begin(ring, start, parts)
        size = 0
        at = self._next or 0
        end = ring.end
        while at < end and size < BATCH_BYTES_MAX:
            tag = ring.at(at)
            data = _moved(tag.data, tag.dts_ms - self._cut_ms) if self._cut_ms else tag.data
            parts.append(data)
            size += len(data)
            self._last_ms = max(self._last_ms, tag.dts_ms - self._cut_ms)
            at += 1
        self._next = self._floor = at
        return b"".join(parts)

    def _is_behind(self, ring: TagRing, at: int) -> bool:
        if at < ring.first or self._epoch != ring.epoch:
            return True
        newer = ring.start is not None and ring.start > at
        return newer and ring.newest_ms - ring.at(at).dts_ms > HISTORY_MS

    def _begin(self, ring: TagRing, start: int, parts: list[bytes]) -> None:
        dts_ms = ring.at(start).dts_ms
        if not self._is_open:
            parts.append(ring.opening())
            self._is_open = True
        elif start > self._floor:
            self._cut_ms = dts_ms - (self._last_ms + STEP_MS)
            self.n_skips += 1
        if self._epoch != ring.epoch:
            parts.append(ring.config_tags(dts_ms - self._cut_ms))
            self._epoch = ring.epoch
        self._next = start


def _moved(data: bytes, at_ms: int) -> bytes:
    """A tag with another timestamp."""
    at_ms = max(at_ms, 0)
    time = (at_ms & 0xFFFFFF).to_bytes(3, "big") + bytes([(at_ms >> 24) & 0xFF])
    return b"".join((data[:4], time, data[8:]))

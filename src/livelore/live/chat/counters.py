"""What went through the rooms of this process since it began: plain numbers for whoever looks."""

from dataclasses import dataclass


@dataclass(slots=True)
class ChatCounters:
    """Only ever rise.

    Attributes:
        n_in: Messages that hubs took.
        n_out: Messages handed to viewers by passes: each message once for each viewer.
        n_frames: Frames in which they were: one write to one viewer each.
        n_sampled: Danmaku left out of frames for most viewers, because there were too many.
    """

    n_in: int = 0
    n_out: int = 0
    n_frames: int = 0
    n_sampled: int = 0

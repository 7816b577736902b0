"""How much memory a program took at most. Imports nothing heavy: what it measures is the rest."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Of this process alone, pages of files that it has mapped included.

    What `getrusage` says begins, on Linux, with the peak of the process that started this one: a
    small program started by a large one would seem large.
    """
    if _STATUS.exists():
        return int(_STATUS.read_text().split("VmHWM:")[1].split()[0]) / 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)

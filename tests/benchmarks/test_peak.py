"""The peak of a program is its own, whoever has started it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL = "from benchmarks.peak import peak_mb; print(peak_mb())"
LARGE = f"""
import subprocess, sys
held = bytearray(400 << 20)
held[::4096] = b"x" * len(held[::4096])
subprocess.run([sys.executable, "-c", {SMALL!r}], check=True)
"""


def test_a_small_program_is_small_also_when_a_large_one_starts_it() -> None:
    run = [sys.executable, "-c", LARGE]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert 1 < float(done.stdout) < 200


def test_what_a_program_holds_is_counted() -> None:
    program = f"held = bytearray(300 << 20); held[::4096] = b'x' * len(held[::4096]); {SMALL}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 300 < float(done.stdout) < 500

"""One crowded room: what a delivery costs, whether stalled viewers hurt, what an idle one weighs.

    python benchmarks/bench_room.py [--viewers 5000] [--rate 200] [--seconds 20]

A delivery is one danmaku that reached one viewer, checked byte by byte by a client in C
(`clients/room_load.c`, needs a C compiler). The server is the product's own: uvicorn on uvloop, the
gate, the chat with its SQLite file, where each danmaku is committed before anybody sees it. Its
cost is user and system time of its process between the first danmaku and the last delivery. The
peer is `websockets` with `broadcast`, a frame for each message, no database; smaller, since it
could not keep up otherwise.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PATH = "/api/v1/rooms/bench/ws"


@dataclass(frozen=True)
class _Client:
    program: str
    has_zlib: bool


@dataclass(frozen=True)
class _Load:
    viewers: int
    rate: int
    seconds: int
    stalled: int = 0
    is_deflating: bool = False
    kind: str = "room"


def run(
    viewers: int = 5000, rate: int = 200, seconds: int = 20, peer_viewers: int = 300
) -> dict[str, Any]:
    """All figures of the room.

    Args:
        viewers: Sockets in the room.
        rate: Danmaku a second.
        seconds: How long they are sent.
        peer_viewers: Sockets of the peer's room; 0 leaves the peer out.
    """
    _raise_file_limit()
    few, short = min(viewers, 2000), max(5, seconds // 2)
    with tempfile.TemporaryDirectory() as folder:
        client = _compile(Path(folder))
        crowd = _measure(client, _Load(viewers, rate, seconds))
        packed = None
        if client.has_zlib:
            packed = _measure(client, _Load(viewers, rate, seconds, is_deflating=True))
        calm = _measure(client, _Load(few, rate, short))
        stalled = _measure(client, _Load(few, rate, short, stalled=few // 100))
        peer = None
        if peer_viewers:
            peer = _measure(client, _Load(peer_viewers, rate, short, kind="peer"))
    result: dict[str, Any] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "load_average": os.getloadavg(),
        "crowd": crowd,
        "crowd_compressed": packed,
        "calm_before_stall": calm,
        "one_of_a_hundred_stalled": stalled,
        "peer_websockets_broadcast": peer,
    }
    if peer:
        ratio = peer["cpu_s_per_million"] / crowd["cpu_s_per_million"]
        result["peer_costs_times_ours"] = round(ratio, 1)
    return result


def _raise_file_limit() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _compile(folder: Path) -> _Client:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        sys.exit("bench room needs a C compiler (cc, gcc or clang) for its load client")
    program = str(folder / "room_load")
    source = str(HERE / "clients" / "room_load.c")
    command = [compiler, "-O2", "-o", program, source]
    with_zlib = subprocess.run(
        [*command, "-DWITH_ZLIB", "-lz"], check=False, stderr=subprocess.DEVNULL
    )
    if with_zlib.returncode:
        subprocess.run(command, check=True)
    return _Client(program, has_zlib=with_zlib.returncode == 0)


def _measure(client: _Client, load: _Load) -> dict[str, Any]:
    n_viewers, n_stalled = load.viewers, load.stalled
    with tempfile.TemporaryDirectory() as folder, _server(load.kind, folder) as (server, port):
        empty_kib = _rss_kib(server.pid)
        senders = min(400, n_viewers - n_stalled)
        arguments = [port, PATH, n_viewers, senders, load.rate, load.seconds, n_stalled]
        process = subprocess.Popen(
            [client.program, *map(str, arguments), "1" if load.is_deflating else "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            _line(process)  # ready
            time.sleep(4)  # presence goes round, what the joins left behind is collected
            idle = _ask(server)
            idle_kib = _rss_kib(server.pid)
            begun = _cpu_s(server.pid)
            _tell(process)
            found: dict[str, Any] = json.loads(_line(process))
            ended = _cpu_s(server.pid)
            after = _ask(server)
            found["server_rss_growth_kib"] = _rss_kib(server.pid) - idle_kib
            _tell(process)
        finally:
            process.kill()
            process.wait()
    deliveries, cpu_s = found["deliveries"], sum(ended) - sum(begun)
    found |= {
        "rate": load.rate,
        "stalled": n_stalled,
        "is_deflating": load.is_deflating,
        "server_cpu_s": round(cpu_s, 2),
        "server_system_s": round(ended[1] - begun[1], 2),
        "cpu_s_per_million": round(cpu_s / deliveries * 1e6, 3),
        "writes_per_viewer_and_s": round(found["frames_of_a_viewer_min"] / found["talked_s"], 2),
        "kib_per_idle_viewer": round((idle_kib - empty_kib) / n_viewers, 2),
        "sockets_before": idle,
        "sockets_after": after,
    }
    return found


def _rss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def _cpu_s(pid: int) -> tuple[float, float]:
    """User and system seconds of all threads of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / ticks, int(fields[12]) / ticks


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the client ended early; see above")
    return line


def _tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _ask(process: "subprocess.Popen[str]") -> dict[str, Any]:
    _tell(process)
    answer: dict[str, Any] = json.loads(_line(process))
    return answer


@contextmanager
def _server(kind: str, folder: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "room_servers.py"), kind, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, int(_line(process))
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Run and write ``results/room.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=5000)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--peer-viewers", type=int, default=300)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "room.json")
    options = parser.parse_args()
    result = run(options.viewers, options.rate, options.seconds, options.peer_viewers)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

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
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PATH = "/api/v1/rooms/bench/ws"


def run(
    viewers: int = 5000, rate: int = 200, seconds: int = 20, peer_viewers: int = 1000
) -> dict[str, Any]:
    """All figures of the room.

    Args:
        viewers: Sockets in the room.
        rate: Danmaku a second.
        seconds: How long they are sent.
        peer_viewers: Sockets of the peer's room; 0 leaves the peer out.
    """
    _raise_file_limit()
    with tempfile.TemporaryDirectory() as folder:
        client = _compile(Path(folder))
        crowd = _measure(client, folder, "room", (viewers, 0), rate, seconds)
        few = min(viewers, 2000)
        calm = _measure(client, folder, "room", (few, 0), rate, seconds // 2)
        stalled = _measure(client, folder, "room", (few, few // 100), rate, seconds // 2)
        peer = None
        if peer_viewers:
            peer = _measure(client, folder, "peer", (peer_viewers, 0), rate, seconds // 2)
    result: dict[str, Any] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "load_average": os.getloadavg(),
        "crowd": crowd,
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


def _compile(folder: Path) -> str:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        sys.exit("bench room needs a C compiler (cc, gcc or clang) for its load client")
    program = str(folder / "room_load")
    source = str(HERE / "clients" / "room_load.c")
    subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return program


def _measure(
    client: str, folder: str, kind: str, viewers: tuple[int, int], rate: int, seconds: int
) -> dict[str, Any]:
    n_viewers, n_stalled = viewers
    with _server(kind, folder) as (server, port):
        empty_kib = _rss_kib(server.pid)
        senders = min(400, n_viewers - n_stalled)
        arguments = [port, PATH, n_viewers, senders, rate, seconds, n_stalled]
        load = subprocess.Popen(
            [client, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            _line(load)  # ready
            time.sleep(4)  # presence goes round, what the joins left behind is collected
            idle = _ask(server)
            idle_kib = _rss_kib(server.pid)
            begun = _cpu_s(server.pid)
            _tell(load)
            found: dict[str, Any] = json.loads(_line(load))
            cpu_s = _cpu_s(server.pid) - begun
            after = _ask(server)
            found["server_rss_growth_kib"] = _rss_kib(server.pid) - idle_kib
            _tell(load)
        finally:
            load.kill()
            load.wait()
    deliveries = found["deliveries"]
    found |= {
        "rate": rate,
        "stalled": n_stalled,
        "server_cpu_s": round(cpu_s, 2),
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


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
    parser.add_argument("--peer-viewers", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "room.json")
    options = parser.parse_args()
    result = run(options.viewers, options.rate, options.seconds, options.peer_viewers)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

"""One crowded room: what a delivery costs, whether stalled viewers hurt, what an idle one weighs.

A delivery is one danmaku that reached one viewer, checked byte by byte by a client in C
(`clients/room_load.c`, needs a C compiler). The server is the product's own: uvicorn on uvloop, the
gate, the chat with its SQLite file, where each danmaku is committed before anybody sees it. Its
cost is user and system time of its process between the first danmaku and the last delivery. An
overloaded room samples danmaku and says so: those count as ``sampled``, neither missing nor wrong.

The floor is `clients/floor.c`, which does nothing but one send per viewer and message; it is
compared with the product's server told to send each message at once. Peers, both with a frame for
each message and no database, and smaller, since they could not keep up otherwise: `websockets` with
`broadcast`, and uvicorn's own ASGI with ``await send`` for each viewer.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, goal, need, say

HERE = Path(__file__).parent
PATH = "/api/v1/rooms/bench/ws"
QUICK: dict[str, Any] = {
    "viewers": 60,
    "seconds": 1,
    "held": 0,
    "floor_viewers": 400,
    "peer_viewers": 30,
    "settle_s": 0.2,
}
COST, WRITES, OVER_FLOOR, IDLE_KIB = 0.40, 10.0, 1.3, 8.0
CALM_RATE = 20
"""Danmaku a second where each is a frame of its own: DESIGN's table has the floor at this rate."""


@dataclass(frozen=True)
class Client:
    """What was compiled."""

    program: str
    floor: str
    has_zlib: bool
    settle_s: float = 4.0


@dataclass(frozen=True)
class _Load:
    viewers: int
    rate: int
    seconds: int
    stalled: int = 0
    is_deflating: bool = False
    kind: str = "room"


def run(
    *,
    viewers: int = 5000,
    rate: int = 200,
    seconds: int = 20,
    held: int = 10_000,
    floor_viewers: int = 5000,
    peer_viewers: int = 300,
    settle_s: float = 4.0,
) -> dict[str, Any]:
    """All figures of the room.

    Args:
        viewers: Sockets in the room.
        rate: Danmaku a second.
        seconds: How long they are sent.
        held: Sockets of the room that is only held; 0 leaves it out.
        floor_viewers: Sockets where each message is a frame, beside the floor.
        peer_viewers: Sockets of the peers' rooms; 0 leaves them out.
        settle_s: Rest between the last join and the first danmaku.
    """
    raise_file_limit()
    few, short = min(viewers, 2000), max(1, seconds // 2)
    with tempfile.TemporaryDirectory() as folder:
        client = compile_clients(Path(folder), settle_s)
        loads = {
            "crowd": _Load(viewers, rate, seconds),
            "crowd_compressed": _Load(viewers, rate, seconds, is_deflating=True),
            "held": _Load(held, rate, short),
            "calm_before_stall": _Load(few, rate, short),
            "one_of_a_hundred_stalled": _Load(few, rate, short, stalled=max(1, few // 100)),
            "floor_frame_per_message": _Load(floor_viewers, CALM_RATE, short, kind="floor"),
            "ours_frame_per_message": _Load(floor_viewers, CALM_RATE, short, kind="frames"),
            "peer_websockets_broadcast": _Load(peer_viewers, rate, short, kind="peer"),
            "peer_uvicorn_asgi": _Load(peer_viewers, rate, short, kind="asgi"),
        }
        if not client.has_zlib:
            del loads["crowd_compressed"]
        found = {name: _told(client, name, load) for name, load in loads.items() if load.viewers}
    return {**found, **_compared(found)}


def _told(client: Client, name: str, load: _Load) -> dict[str, Any]:
    say(f"room: {name}, {load.viewers} viewers, {load.rate}/s for {load.seconds} s")
    return _measure(client, load)


def _compared(found: dict[str, Any]) -> dict[str, Any]:
    crowd = found["crowd"]
    cost = {name: each["cpu_s_per_million"] for name, each in found.items()}
    frame_cost = {name: each["cpu_s_per_million_frames"] for name, each in found.items()}
    floor, sent_at_once = (frame_cost[f"{who}_frame_per_message"] for who in ("floor", "ours"))
    over = round(sent_at_once / floor, 2) if floor else None  # too short for the clock's ticks
    size = f"{crowd['viewers']:,} viewers, {crowd['rate']}/s"
    peers = [name for name in cost if name.startswith("peer_")]
    held = found.get("held")
    absent = held["missing"] + held["sampled"] if held else None
    return {
        "frame_per_message_over_floor": over,
        "peers_cost_times_ours": {name: round(cost[name] / cost["crowd"], 1) for name in peers},
        "goals": [
            goal(f"{size}: CPU per million deliveries", cost["crowd"], COST, "s"),
            goal("writes per viewer and second", crowd["writes_per_viewer_and_s"], -WRITES),
            goal("99th percentile of a delivery", crowd["p99_ms"], None, "ms"),
            goal("a frame per message, CPU per frame, times the C floor", over, OVER_FLOOR),
            goal("per idle viewer", crowd["kib_per_idle_viewer"], IDLE_KIB, "KiB"),
            *(
                [
                    goal(f"{held['viewers']:,} held: missing or left out", absent, 0.0),
                    goal(f"{held['viewers']:,} held: 99th percentile", held["p99_ms"], None, "ms"),
                ]
                if held
                else []
            ),
        ],
        "wrong": [line for name, each in found.items() for line in _wrong(name, each)],
    }


def _wrong(name: str, found: dict[str, Any]) -> list[str]:
    """Everything that the client counted and that should be 0."""
    counted = ("missing", "wrong", "gaps", "errors", "closed", "snapshots")
    return [f"{name}: {found[what]} {what}" for what in counted if found[what]]


def raise_file_limit() -> None:
    """As many sockets as this user may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def compile_clients(folder: Path, settle_s: float = 4.0) -> Client:
    """Build the programs in C.

    Raises:
        NotFoundError: There is no compiler.
    """
    compiler = need("cc", "gcc", "clang")
    program, floor = str(folder / "room_load"), str(folder / "floor")
    command = [compiler, "-O2", "-o", program, str(HERE / "clients" / "room_load.c")]
    with_zlib = subprocess.run(
        [*command, "-DWITH_ZLIB", "-lz"], check=False, stderr=subprocess.DEVNULL
    )
    if with_zlib.returncode:
        subprocess.run(command, check=True)
    subprocess.run([compiler, "-O2", "-o", floor, str(HERE / "clients" / "floor.c")], check=True)
    return Client(program, floor, with_zlib.returncode == 0, settle_s)


def _measure(client: Client, load: _Load) -> dict[str, Any]:
    n_viewers, n_stalled = load.viewers, load.stalled
    with (
        tempfile.TemporaryDirectory() as folder,
        room_server(load.kind, folder, client.floor) as (server, port),
    ):
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
            line_of(process)  # ready
            time.sleep(
                client.settle_s
            )  # presence goes round, what the joins left behind is collected
            idle = _ask(server)
            idle_kib = _rss_kib(server.pid)
            begun = _cpu_s(server.pid)
            tell(process)
            found: dict[str, Any] = json.loads(line_of(process))
            ended = _cpu_s(server.pid)
            after = _ask(server)
            found["server_rss_growth_kib"] = _rss_kib(server.pid) - idle_kib
            tell(process)
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
        "cpu_s_per_million_frames": round(cpu_s / found["frames"] * 1e6, 3),
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


def line_of(process: "subprocess.Popen[str]") -> str:
    """The next line that it prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the client ended early; see above")
    return line


def tell(process: "subprocess.Popen[str]") -> None:
    """Let it go on."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _ask(process: "subprocess.Popen[str]") -> dict[str, Any]:
    tell(process)
    answer: dict[str, Any] = json.loads(line_of(process))
    return answer


@contextmanager
def room_server(
    kind: str, folder: str, floor: str = ""
) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A server of `room_servers.py`, or the floor, and its port."""
    ours = [sys.executable, "-m", "benchmarks.room_servers", kind, folder]
    process = subprocess.Popen(
        [floor] if kind == "floor" else ours,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process, int(line_of(process))
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

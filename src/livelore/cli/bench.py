"""`livelore bench`: every published figure, from a checkout."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from cyclopts import App, Parameter

from livelore.kit.errors import BadRequestError, NotFoundError

Options = Annotated[str, Parameter(allow_leading_hyphen=True, help="Of the bench: see --explain.")]


def _folder() -> Path:
    folder = Path(__file__).resolve().parents[3] / "benchmarks"
    if not folder.is_dir():
        raise NotFoundError(benchmarks="they come with a checkout, not with the wheel")
    return folder


def bench(
    name: Annotated[str, Parameter(help="Which; `all` runs one after the other.")],
    *options: Options,
    quick: Annotated[bool, Parameter(help="In seconds, at the smallest size; not kept.")] = False,
    explain: Annotated[bool, Parameter(help="Say what it measures and its options.")] = False,
) -> int:
    """Measure figures again, print them as JSON and keep them in `benchmarks/results/`.

    Example: `livelore bench room --viewers 2000`
    """
    import importlib

    from livelore.app.server import set_up_logs

    folder = _folder()
    names = _chosen(folder, name, options)
    if str(folder.parent) not in sys.path:
        sys.path.insert(0, str(folder.parent))
    set_up_logs("warning")  # to stderr: what is printed is JSON
    failed = []
    for each in names:
        module = importlib.import_module(f"benchmarks.bench_{each}")
        if explain:
            _runner(each, module).help_print()
            continue
        try:
            result = _measured(each, module, options, is_quick=quick)
        except Exception as error:  # of several, one that cannot run does not stop the others
            if name != "all":
                raise
            failed.append(each)
            sys.stderr.write(f"livelore: bench {each}: {type(error).__name__}: {error}\n")
            continue
        print(json.dumps(result, indent=1, ensure_ascii=False, default=str), flush=True)
        if not quick:
            _keep(folder, each, result)
    return 1 if failed else 0


def _chosen(folder: Path, name: str, options: tuple[str, ...]) -> list[str]:
    known = sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    if name == "all" and options:
        raise BadRequestError(options=" ".join(options), detail="they belong to one bench; name it")
    if name != "all" and name not in known:
        raise NotFoundError(name=name, known=[*known, "all"])
    return known if name == "all" else [name]


def _measured(
    name: str, module: ModuleType, options: tuple[str, ...], *, is_quick: bool
) -> dict[str, Any]:
    """One bench; its options are the keyword arguments of its ``run``."""
    common = sys.modules["benchmarks.common"]
    head = {"name": name, "command": " ".join(["livelore bench", name, *options])}
    head |= common.machine()
    common.say(f"{name}: {(module.__doc__ or '').splitlines()[0]}")
    if is_quick:
        return {**head, **module.run(**module.QUICK)}
    runner = _runner(name, module)
    return {**head, **runner(list(options), exit_on_error=False, print_error=False)}


def _runner(name: str, module: ModuleType) -> App:
    words = f"{module.__doc__}\n\nThe options are those of its `run`."
    runner = App(name=f"livelore bench {name}", help=words, result_action="return_value")
    runner.default(module.run)
    return runner


def _keep(folder: Path, name: str, result: dict[str, Any]) -> None:
    from importlib import import_module

    path = folder / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False, default=str) + "\n")
    import_module("benchmarks.table").rewrite()


def register(app: App) -> None:
    """Add the command."""
    app.command(bench)

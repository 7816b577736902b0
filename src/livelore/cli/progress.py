"""How far a long work is: a bar on the terminal (stderr), nothing where there is none."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

Step = Callable[[int, int], None]
"""Takes how much is done and how much there is."""


@contextmanager
def progress(what: str) -> Generator[Step]:
    """Show a bar while the block runs; it is gone afterwards.

    Args:
        what: One or two words before the bar.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield step

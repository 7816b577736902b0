"""The command `livelore`: finds the group, turns errors into one line and an exit code."""

import os
import sys
import traceback
from functools import cache

from cyclopts import App

from livelore import __version__
from livelore.cli.errors import told
from livelore.settings import PREFIX

INTERRUPTED = 130

app = App(
    name="livelore",
    version=__version__,
    help="知播 Livelore: live classes that stay. Example: `livelore demo`",
    result_action="return_value",
)


@cache
def register_all() -> App:
    """The command with every group; registers each once."""
    from livelore.cli import (
        assist,
        backup,
        bench,
        demo,
        doctor,
        export,
        insight,
        pipeline,
        portraits,
        recommend,
        serve,
        simulate,
        user,
    )

    for module in (
        serve,
        demo,
        user,
        simulate,
        doctor,
        bench,
        backup,
        export,
        pipeline,
        portraits,
        recommend,
        insight,
        assist,
    ):
        module.register(app)
    return app


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 done, 2 the input or the options are wrong, 1 anything else.
    """
    register_all()
    try:
        result = app(arguments, exit_on_error=False, print_error=False)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # a person reads this: one line, whatever happened
        if os.environ.get(f"{PREFIX}LOG_LEVEL") == "debug":
            traceback.print_exc()
        status, words = told(error)
        sys.stderr.write(f"livelore: {words}\n")
        return status
    return int(result) if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())

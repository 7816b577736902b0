"""The command `livelore`: finds the group, turns errors into one line and an exit code."""

import sys
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from livelore import __version__
from livelore.kit.errors import AppError

WRONG_INPUT = 2
FAILED = 1

app = App(
    name="livelore",
    version=__version__,
    help="知播 Livelore: live classes that stay. Example: `livelore demo`",
    result_action="return_value",
)

Verbose = Annotated[bool, Parameter(help="Show where an unexpected error came from.")]


def _register() -> None:
    from livelore.cli import bench, demo, doctor, export, serve, simulate, user

    for module in (serve, demo, user, simulate, doctor, bench, export):
        module.register(app)


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 done, 2 the input or the options are wrong, 1 anything else.
    """
    _register()
    try:
        result = app(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _say(WRONG_INPUT, str(error).strip().splitlines()[0])
    except AppError as error:
        return _say(WRONG_INPUT, _words(error))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        return _say(FAILED, _os_words(error))
    return int(result) if isinstance(result, int) else 0


def _say(status: int, words: str) -> int:
    sys.stderr.write(f"livelore: {words}\n")
    return status


def _words(error: AppError) -> str:
    details = "; ".join(f"{name}: {value}" for name, value in error.fields.items())
    summary = (type(error).__doc__ or error.code).splitlines()[0].rstrip(".")
    return f"{summary} ({details})" if details else summary


def _os_words(error: OSError) -> str:
    if error.errno == 98:
        why = "another program uses the port; choose one by --port or --rtmp-port"
        return f"{error.strerror or error}: {why}"
    return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")


if __name__ == "__main__":
    sys.exit(main())

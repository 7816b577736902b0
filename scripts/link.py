"""Make the checkout importable and put the command `livelore` into the virtual environment.

What `pip install -e .` would do, without a build and without the network.
"""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = """#!{python}
import sys

from livelore.cli.main import main

if __name__ == "__main__":  # a process that is spawned runs this file again
    sys.exit(main())
"""


def main() -> None:
    """Write the .pth file and the command."""
    packages = Path(sysconfig.get_path("purelib"))
    (packages / "livelore-checkout.pth").write_text(f"{ROOT / 'src'}\n")
    command = Path(sys.executable).parent / "livelore"
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)


if __name__ == "__main__":
    main()

"""`livelore demo`: a whole site with a class on air, in one command."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators

from livelore.cli.progress import progress
from livelore.cli.serve import Host, Port, RtmpPort

DemoDir = Annotated[Path, Parameter(help="Folder of the demo's data.")]
Viewers = Annotated[
    int, Parameter(help="Simulated viewers, 0 to 500.", validator=validators.Number(gte=0, lte=500))
]


def demo(
    *,
    data_dir: DemoDir = Path("data/demo"),
    host: Host = None,
    port: Port = None,
    rtmp_port: RtmpPort = None,
    viewers: Viewers = 50,
    seed: Annotated[int, Parameter(help="Of the simulated audience.")] = 7,
) -> None:
    """Serve a seeded site: a paid class on air, simulated viewers, log-ins for three roles.

    Example: `livelore demo --port 8080`
    """
    from livelore.app.server import run, set_up_logs
    from livelore.demo.run import Demo
    from livelore.kit.errors import StartRefused
    from livelore.settings import load

    flags = {"data_dir": data_dir, "host": host, "port": port, "rtmp_port": rtmp_port}
    settings = load({**flags, "log_level": "warning"})
    set_up_logs(settings.log_level)
    if settings.is_production:
        raise StartRefused("a demo takes no real money: unset LIVELORE_IS_PRODUCTION")
    run(settings, Demo(viewers, seed, lambda: progress("Seeding")).start)


def register(app: App) -> None:
    """Add the command."""
    app.command(demo)

"""`livelore serve`: the platform."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

DataDir = Annotated[Path | None, Parameter(help="Folder of everything that is kept.")]
Host = Annotated[str | None, Parameter(help="Address on which pages and API are served.")]
Port = Annotated[int | None, Parameter(help="Port of pages and API.")]
RtmpPort = Annotated[int | None, Parameter(help="Port of RTMP ingest.")]


def serve(
    *,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    rtmp_port: RtmpPort = None,
) -> None:
    """Run the platform until it is told to end.

    Example: `livelore serve --data-dir /var/lib/livelore --port 8080`
    """
    from livelore.app.server import run, set_up_logs
    from livelore.settings import load

    settings = load({"data_dir": data_dir, "host": host, "port": port, "rtmp_port": rtmp_port})
    set_up_logs(settings.log_level)

    async def ready(_platform: object) -> None:
        print(f"Livelore is ready: {settings.effective_public_url}", flush=True)

    run(settings, ready)


def register(app: App) -> None:
    """Add the command."""
    app.command(serve)

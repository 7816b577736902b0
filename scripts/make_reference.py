"""Write docs/reference from the code: `make docs`. A test compares each page with the code."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
sys.path.insert(0, str(ROOT))

from scripts.reference import code_pages, wire_pages  # noqa: E402  # found through the line above


def pages() -> dict[str, str]:
    """What each file of docs/reference holds, by its name."""
    site = wire_pages.Site()
    found = {
        "settings.md": code_pages.settings(),
        "config.example.toml": code_pages.config_example(),
        "errors.md": code_pages.error_codes(),
        "cli.md": code_pages.commands(),
        "ports.md": code_pages.ports_page(),
        "posting-rules.md": code_pages.posting_rules(),
        "metrics.md": code_pages.metrics(site.metrics),
        "api.md": wire_pages.api_page(site.api),
        "openapi.json": _json(wire_pages.openapi(site.api)),
        "room-socket.md": wire_pages.room_socket_page(),
        "asyncapi.json": _json(wire_pages.room_socket()),
        "events.md": wire_pages.events_page(),
        "events.asyncapi.json": _json(wire_pages.events_api()),
    }
    return {name: text for name, text in found.items() if text is not None}


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write what changed."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        path = REFERENCE / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

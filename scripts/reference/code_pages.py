"""Pages about settings, errors, commands, ports, the books and metrics."""

import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path
from typing import Any, get_type_hints

from cyclopts import App
from prometheus_client.parser import text_string_to_metric_families

from livelore import adapters, ports
from livelore.app import BUSES
from livelore.knowledge.ledger.model import ACCOUNT_KINDS, POSTING_RULES
from livelore.settings import PREFIX, Settings, documented
from livelore.web.problems import FRAMEWORK_CODES
from scripts.reference.markdown import code, first_paragraph, page, table
from scripts.reference.source import errors, fields_of_errors, modules

ROOT = Path(__file__).resolve().parents[2]
_TYPES = {"Path": "path", "str": "text", "int": "whole number", "bool": "true or false"}


def settings() -> str:
    """docs/reference/settings.md."""
    types = get_type_hints(Settings)
    rows = [
        (
            code(entry.name),
            _TYPES[types[entry.name].__name__],
            code(_toml(entry.default)),
            entry.metadata["unit"],
            entry.metadata["doc"],
            code(PREFIX + entry.name.upper()),
        )
        for entry in documented()
    ]
    return page(
        "Settings",
        "The command line wins over the environment, the environment over `config.toml` in the data"
        " folder. [config.example.toml](config.example.toml) has every setting at its default.",
        table(["setting", "type", "default", "unit", "meaning", "environment"], rows),
    )


def _toml(value: object) -> str:
    """A default as TOML and JSON both write it."""
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def config_example() -> str:
    """docs/reference/config.example.toml."""
    lines = ["# Copy to config.toml in the data folder and take the # off the lines to change."]
    for entry in documented():
        if entry.name == "data_dir":  # the file lies in it
            continue
        unit = f" [{entry.metadata['unit']}]" if entry.metadata["unit"] else ""
        lines += ["", f"# {entry.metadata['doc']}{unit}", f"#{entry.name} = {_toml(entry.default)}"]
    return "\n".join(lines) + "\n"


def error_codes() -> str:
    """docs/reference/errors.md."""
    fields = fields_of_errors()
    words = json.loads((ROOT / "frontend/src/i18n/zh.json").read_text("utf-8"))
    rows = [
        (
            code(each.code),
            str(each.status),
            "yes" if each.retryable else "",
            first_paragraph(each),
            ", ".join(map(code, fields.get(each.__name__, ()))),
            words.get(f"error.{each.code}", ""),
        )
        for each in errors()
    ]
    known = {each.code for each in errors()}
    rows += [
        (code(each), str(status), "", "Said by the toolkit itself.", "", words[f"error.{each}"])
        for status, each in sorted(FRAMEWORK_CODES.items())
        if each not in known
    ]
    return page(
        "Error codes",
        "A refusal is RFC 9457 problem JSON (`application/problem+json`): `type`, `title`,"
        " `status`, `code`, `retryable`, and the fields below. Codes are never renamed."
        " `retryable` says whether the same request may work later. The last column is"
        " what the Chinese pages say.",
        table(["code", "status", "retryable", "meaning", "fields", "中文"], sorted(rows)),
    )


def commands() -> str:
    """docs/reference/cli.md."""
    app = App(name="livelore", result_action="return_value")
    for module in modules():
        if module.__name__.startswith("livelore.cli.") and hasattr(module, "register"):
            module.register(app)
    words = app.generate_docs(output_format="markdown", heading_level=2, flatten_commands=True)
    # where this program itself was started by `python -m`, that would stand in every call
    words = re.sub(r"^(livelore(?: [\w-]+)+?) -m \S+", r"\1", words, flags=re.MULTILINE)
    return page(
        "The command `livelore`",
        "0: done; 2: the input or the options are wrong, one line on stderr says what, where and"
        " how to mend it; 1: anything else.",
        words,
    )


def ports_page() -> str:
    """docs/reference/ports.md."""
    parts = [
        "What Livelore needs from outside, and what ships for it. A URL in the settings chooses"
        " where there is a choice; `livelore.app` alone names an adapter."
    ]
    for info in sorted(pkgutil.iter_modules(ports.__path__), key=lambda each: each.name):
        module = importlib.import_module(f"livelore.ports.{info.name}")
        parts += [f"## {info.name}", inspect.getdoc(module) or "", *_protocols(module)]
        parts.append(table(["adapter", "what it is"], _adapters(info.name)))
    parts.append("Schemes of `bus_url`: " + ", ".join(code(f"{each}://") for each in sorted(BUSES)))
    return page("Ports", *parts)


def _protocols(module: Any) -> list[str]:  # Any: a module of ports
    found: list[str] = []
    for name, cls in sorted(vars(module).items()):
        if getattr(cls, "_is_protocol", False) and cls.__module__ == module.__name__:
            rows = [
                (code(method + _signature(value)), first_paragraph(value))
                for method, value in vars(cls).items()
                if inspect.isfunction(value) and not method.startswith("_")
            ]
            found += [f"**{name}**: {first_paragraph(cls)}", table(["method", "does"], rows)]
    return found


def _signature(method: Any) -> str:  # Any: a method of a protocol
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    return f"({', '.join(names)})"


def _adapters(port: str) -> list[tuple[str, str]]:
    """Modules called ``<port>_<what>``; what only serves another adapter has a longer name."""
    names = sorted(each.name for each in pkgutil.iter_modules(adapters.__path__))
    return [
        (code(name), first_paragraph(importlib.import_module(f"livelore.adapters.{name}")))
        for name in names
        if name.split("_")[0] == port and name.count("_") == 1
    ]


def posting_rules() -> str:
    """docs/reference/posting-rules.md."""
    kinds = [
        (code(each.kind), each.side, "yes" if each.is_guarded else "")
        for each in sorted(ACCOUNT_KINDS.values(), key=lambda each: each.kind)
    ]
    rules = [tuple(map(code, rule)) for rule in sorted(POSTING_RULES)]
    return page(
        "Posting rules",
        "All that may be posted. The same rows stand in the tables `account_kind` and"
        " `posting_rule`; the database refuses every other transfer, and a test compares both.",
        "## Kinds of account",
        "D grows by debit, C by credit; a guarded account cannot fall below what is held on it.",
        table(["kind", "side", "guarded"], kinds),
        "## Rules",
        table(["reason", "debit", "credit"], rules),
    )


def metrics(shown: bytes | None) -> str | None:
    """docs/reference/metrics.md, from what a site shows; None while it shows nothing."""
    if shown is None:
        return None
    rows = [
        (code(metric.name), metric.type, metric.documentation)
        for metric in text_string_to_metric_families(shown.decode())
        if metric.name.startswith("livelore_")
    ]
    return page(
        "Metrics",
        "At `GET /metrics`, in the text format of Prometheus; to the machine itself, or with the"
        " token of the settings.",
        table(["name", "type", "meaning"], sorted(rows)),
    )

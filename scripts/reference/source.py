"""The package itself: every module of it, and what its source says of raised errors."""

import ast
import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import livelore
from livelore.kit.errors import AppError

SOURCE = Path(livelore.__file__).resolve().parent
_LEFT_OUT = ("livelore.migrations", "livelore.demo_media")


def modules() -> list[ModuleType]:
    """Every module of the package, imported; migrations and data are left out."""
    found = pkgutil.walk_packages(livelore.__path__, "livelore.")
    names = sorted(each.name for each in found if not each.name.startswith(_LEFT_OUT))
    return [importlib.import_module(name) for name in names]


def errors() -> list[type[AppError]]:
    """Every refusal that the package defines, by its code."""
    modules()
    found = {each for each in _below(AppError) if each.__module__.startswith("livelore.")}
    return sorted(found, key=lambda each: each.code)


def _below(cls: type[AppError]) -> Iterator[type[AppError]]:
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def fields_of_errors() -> dict[str, list[str]]:
    """By the name of the class: the fields that some place in the package gives it."""
    names = {each.__name__ for each in errors()}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in names:
                found[node.func.id] |= {word.arg for word in node.keywords if word.arg}
    return {name: sorted(fields) for name, fields in found.items()}

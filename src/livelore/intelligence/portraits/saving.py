"""A fitted portrait model as one file: JSON and arrays in a zip; no code is run from it."""

import dataclasses
import io
import json
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from livelore.intelligence.portraits.errors import ModelUnreadable

FORMAT = 1
"""Of model files; a reader refuses a higher one."""
_HEAD = "model.json"
_PACKAGE = "livelore.intelligence.portraits."


def save(model: Any, path: Path | str) -> None:
    """Write a fitted model to one file; nothing half-written stays.

    Args:
        model: A dataclass or an estimator of this package; inside it may be more of these, arrays,
            numbers, text, lists, tuples and dictionaries.
        path: Where.
    """
    arrays: dict[str, bytes] = {}
    root = _described(model, "root", arrays)
    head = json.dumps({"format": FORMAT, "root": root}, ensure_ascii=False, indent=1)
    target = Path(path)
    draft = target.with_name(f".{target.name}.draft")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {_HEAD: head.encode(), **arrays}.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    draft.replace(target)


def load(path: Path | str) -> Any:
    """The model in a file.

    Raises:
        ModelUnreadable: It is no such file, or a newer one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(_HEAD))
            if head.get("format", 0) > FORMAT:
                raise ModelUnreadable(path=str(path), detail="written by a newer version")
            arrays = {
                name: np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
                if name.endswith(".npy")
            }
        return _built(head["root"], arrays)
    except (OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise ModelUnreadable(path=str(path), detail=str(error) or "no model file") from error
    except (zipfile.BadZipFile, ImportError) as error:
        raise ModelUnreadable(path=str(path), detail=str(error)) from error


def _described(value: Any, path: str, arrays: dict[str, bytes]) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=False)
        arrays[f"{path}.npy"] = buffer.getvalue()
        return {"array": f"{path}.npy"}
    if isinstance(value, np.ndarray):  # text: never pickled
        return {"texts": [str(each) for each in value.tolist()]}
    if isinstance(value, dict):
        pairs = [[key, _described(each, f"{path}.{key}", arrays)] for key, each in value.items()]
        return {"dict": pairs}
    if isinstance(value, list | tuple):
        listed = [_described(each, f"{path}.{n}", arrays) for n, each in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": listed}
    if dataclasses.is_dataclass(value) or isinstance(value, BaseEstimator):
        given, learnt = _parts(value)
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        parts = {"given": given, "learnt": learnt}
        described = {
            part: {name: _described(each, f"{path}.{name}", arrays) for name, each in held.items()}
            for part, held in parts.items()
        }
        return {"object": kind.removeprefix(_PACKAGE), **described}
    return value.item() if isinstance(value, np.generic) else value


def _parts(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a constructor takes and what a fit has learnt; labels of users are not kept."""
    if isinstance(value, BaseEstimator):
        learnt = {
            name: each
            for name, each in vars(value).items()
            if name.endswith("_") and name != "labels_"
        }
        return value.get_params(deep=False), learnt
    fields = dataclasses.fields(value)
    return (
        {each.name: getattr(value, each.name) for each in fields if each.init},
        {each.name: getattr(value, each.name) for each in fields if not each.init},
    )


def _built(value: Any, arrays: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    if "object" in value:
        return _rebuilt(value, arrays)
    if "array" in value or "texts" in value:
        is_text = "texts" in value
        return np.array(value["texts"], dtype=object) if is_text else arrays[value["array"]]
    if "dict" in value:
        return {key: _built(each, arrays) for key, each in value["dict"]}
    listed = [_built(each, arrays) for each in value["tuple" if "tuple" in value else "list"]]
    return tuple(listed) if "tuple" in value else listed


def _rebuilt(value: dict[str, Any], arrays: dict[str, Any]) -> Any:
    module, _, name = value["object"].partition(":")
    if not all(part.isidentifier() for part in module.split(".")):
        raise ModelUnreadable(detail=f"{value['object']} is no part of a model")
    kind: Any = getattr(import_module(_PACKAGE + module), name)
    if not _is_model(kind, _PACKAGE + module):
        raise ModelUnreadable(detail=f"{value['object']} is no part of a model")
    made: Any = kind(**{key: _built(each, arrays) for key, each in value["given"].items()})
    for key, each in value["learnt"].items():
        setattr(made, key, _built(each, arrays))
    return made


def _is_model(kind: Any, module: str) -> bool:
    """Whether it is a class of this package that a model is made of."""
    if not isinstance(kind, type) or kind.__module__ != module:
        return False
    return dataclasses.is_dataclass(kind) or issubclass(kind, BaseEstimator)

"""A fitted model as one file: JSON and arrays in a zip; no code is run from it.

A model is a dataclass or a scikit-learn estimator; inside it may be more of these, arrays, sparse
matrices, numbers, text, lists, tuples and dictionaries. What its constructor takes and what its fit
has learnt are found by looking at it: fields with and without ``init``; parameters, and attributes
whose names end in ``_``. So a new model is saved without a line of its own.
"""

import dataclasses
import io
import json
import zipfile
import zlib
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.whole_file import whole_file
from livelore.kit.errors import AppError

FORMAT = 1
"""Of model files; a reader refuses a higher one."""
HEAD = "model.json"
"""Its part that says what is what; all others are arrays."""
SHARED = "text"
"""A part whose classes any model may hold."""
_BROKEN = (
    AppError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ImportError,
    EOFError,
    NotImplementedError,
    RecursionError,
    zlib.error,
    zipfile.BadZipFile,
)
"""What reading a damaged file may end with."""
_LIBRARY = "livelore.intelligence."
Model = TypeVar("Model")


def write(model: Any, path: Path | str) -> None:
    """Write a fitted model, with all inside it, to one file; nothing half-written stays."""
    files = packed(model)
    with whole_file(Path(path)) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def read(path: Path | str, package: str, refusal: type[AppError]) -> Any:
    """The model in a file.

    Args:
        path: Where.
        package: The part of `livelore.intelligence` whose classes it may hold, as ``"portraits"``.
        refusal: What to raise, with ``path`` and ``detail``, for anything else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(HEAD))
            if head.get("format", 0) > FORMAT:
                raise ValueError("written by a newer version")
            arrays = {
                name: np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
                if name.endswith(".npy")
            }
        return _Reader(package, arrays).value(head["root"])
    except _BROKEN as error:
        raise refusal(path=str(path), detail=str(error) or "no model file") from error


def read_as(kind: type[Model], path: Path | str, package: str, other: AppError) -> Model:
    """The same, of one kind.

    Args:
        kind: What the file must hold.
        path: Where.
        package: The part whose classes it may hold; see `read`.
        other: Is raised where it holds something else; its class is the refusal of `read`.
    """
    found = read(path, package, type(other))
    if not isinstance(found, kind):
        raise other
    return found


def packed(model: Any) -> dict[str, bytes]:
    """The files inside its file, by name."""
    arrays: dict[str, bytes] = {}
    root = _described(model, "root", arrays)
    head = json.dumps({"format": FORMAT, "root": root}, ensure_ascii=False, indent=1)
    return {HEAD: head.encode(), **arrays}


def _described(value: Any, path: str, arrays: dict[str, bytes]) -> Any:
    if isinstance(value, np.ndarray):
        return _stored(value, path, arrays)
    if sp.issparse(value):
        matrix = sp.csr_matrix(value)
        held = {name: getattr(matrix, name) for name in ("data", "indices", "indptr")}
        return {"sparse": _named(held, path, arrays), "shape": list(value.shape)}
    if isinstance(value, dict):
        pairs = [[key, _described(each, f"{path}.{key}", arrays)] for key, each in value.items()]
        return {"dict": pairs}
    if isinstance(value, list | tuple):
        listed = [_described(each, f"{path}.{n}", arrays) for n, each in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": listed}
    if _is_model(type(value)):
        kind = f"{type(value).__module__}:{type(value).__qualname__}".removeprefix(_LIBRARY)
        given, learnt = parts(value)
        described = {"given": _named(given, path, arrays), "learnt": _named(learnt, path, arrays)}
        return {"object": kind, **described}
    return value.item() if isinstance(value, np.generic) else value


def _named(held: dict[str, Any], path: str, arrays: dict[str, bytes]) -> dict[str, Any]:
    return {name: _described(each, f"{path}.{name}", arrays) for name, each in held.items()}


def _stored(value: np.ndarray[Any, Any], path: str, arrays: dict[str, bytes]) -> Any:
    if value.dtype.kind == "O":  # text: never pickled
        return {"texts": [str(each) for each in value.tolist()]}
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=False)
    arrays[f"{path}.npy"] = buffer.getvalue()
    return {"array": f"{path}.npy"}


def _is_model(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or hasattr(kind, "get_params")


def parts(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a constructor takes and what a fit has learnt; labels of users are not kept."""
    if not dataclasses.is_dataclass(value):
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


@dataclasses.dataclass(frozen=True)
class _Reader:
    """Makes values of what a file says; models only of one package's classes."""

    package: str
    arrays: dict[str, Any]

    def value(self, said: Any) -> Any:
        if not isinstance(said, dict):
            return said
        if "object" in said:
            return self._model(said)
        if "array" in said or "texts" in said:
            is_text = "texts" in said
            return np.array(said["texts"], dtype=object) if is_text else self.arrays[said["array"]]
        if "sparse" in said:
            held = self._named(said["sparse"])
            triple = (held["data"], held["indices"], held["indptr"])
            return sp.csr_matrix(triple, shape=tuple(said["shape"]))
        if "dict" in said:
            return {key: self.value(each) for key, each in said["dict"]}
        listed = [self.value(each) for each in said["tuple" if "tuple" in said else "list"]]
        return tuple(listed) if "tuple" in said else listed

    def _named(self, said: dict[str, Any]) -> dict[str, Any]:
        return {name: self.value(each) for name, each in said.items()}

    def _model(self, said: dict[str, Any]) -> Any:
        model = self._kind(said["object"])(**self._named(said["given"]))
        for name, each in self._named(said["learnt"]).items():
            setattr(model, name, each)
        return model

    def _kind(self, name: str) -> Any:
        module, _, kind = name.partition(":")
        names = module.split(".")
        if names[0] not in (self.package, SHARED) or not all(each.isidentifier() for each in names):
            raise TypeError(f"{name} is no part of a model")
        found: Any = getattr(import_module(_LIBRARY + module), kind, None)
        is_own = isinstance(found, type) and found.__module__ == _LIBRARY + module
        if not (is_own and _is_model(found)):
            raise TypeError(f"{name} is no part of a model")
        return found

"""What every part of a pipeline has: options that print, state that is saved in one file.

A component is a dataclass. Its options are the fields of its constructor; what a fit learns are the
fields with ``init=False``, whose names end in ``_`` as in scikit-learn. Both are found by looking
at the fields, so that a new component is saved and printed without a line of its own.
"""

import dataclasses
import io
import json
import zipfile
import zlib
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.errors import ModelUnreadable, NotFitted, OptionInvalid

FORMAT = 1
"""Of model files; a reader refuses a higher one."""
BROKEN = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ImportError,
    EOFError,
    NotImplementedError,
    zlib.error,
    zipfile.BadZipFile,
)
"""What reading a damaged file may end with."""
_HEAD = "model.json"
_PACKAGE = "livelore.intelligence."


@dataclasses.dataclass
class Component:
    """Options and state as dataclass fields; see the module."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return type(self).__name__

    @property
    def options(self) -> dict[str, Any]:
        """As given to the constructor."""
        return {each.name: getattr(self, each.name) for each in self._fields(is_option=True)}

    @property
    def state(self) -> dict[str, Any]:
        """What was learnt: arrays, sparse matrices, numbers, text, components; or None."""
        return {each.name: getattr(self, each.name) for each in self._fields(is_option=False)}

    def _fields(self, *, is_option: bool) -> list[dataclasses.Field[Any]]:
        return [each for each in dataclasses.fields(self) if each.init is is_option]

    def with_options(self, **options: object) -> Self:
        """A copy that is not fitted, with some options changed."""
        return type(self)(**{**self.options, **options})

    def learnt(self, name: str) -> Any:
        """A part of the state.

        Raises:
            NotFitted: There is none yet.
        """
        value = getattr(self, name)
        if value is None:
            raise NotFitted(model=self.name)
        return value

    def _need_above(self, lowest: float, *names: str) -> None:
        """Refuse options that are not above ``lowest``; None stands for an option left out."""
        for name in names:
            value = getattr(self, name)
            if value is not None and not value > lowest:
                raise OptionInvalid(option=name, detail=f"{value} is not above {lowest:g}")

    @property
    def n_bytes(self) -> int:
        """What its arrays take."""
        return sum(len(data) for name, data in _packed(self).items() if name != _HEAD)


def save(component: Component, path: Path | str) -> None:
    """Write a fitted component, with all inside it, to one file; nothing half-written stays."""
    target = Path(path)
    draft = target.with_name(f".{target.name}.draft")
    packed = _packed(component)
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
            for name, data in packed.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def load(path: Path | str) -> Any:
    """The component in a file. No code is run from it: arrays and JSON only.

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
        found = _unpacked(head["root"], arrays)
    except BROKEN as error:
        raise ModelUnreadable(path=str(path), detail=str(error) or "no model file") from error
    if not isinstance(found, Component):
        raise ModelUnreadable(path=str(path), detail="it holds no component")
    return found


def _packed(component: Component) -> dict[str, bytes]:
    arrays: dict[str, bytes] = {}
    root = _described(component, "root", arrays)
    head = json.dumps({"format": FORMAT, "root": root}, ensure_ascii=False, indent=1)
    return {_HEAD: head.encode(), **arrays}


def _described(value: Any, path: str, arrays: dict[str, bytes]) -> Any:
    if isinstance(value, Component):
        kind = f"{type(value).__module__}:{type(value).__qualname__}".removeprefix(_PACKAGE)
        options = _described(value.options, f"{path}.options", arrays)
        return {"component": kind, "options": options} | {
            "state": _described(value.state, f"{path}.state", arrays)
        }
    if sp.issparse(value):
        matrix = sp.csr_matrix(value)
        parts = {name: getattr(matrix, name) for name in ("data", "indices", "indptr")}
        stored = {name: _described(each, f"{path}.{name}", arrays) for name, each in parts.items()}
        return {"sparse": stored, "shape": list(value.shape)}
    if isinstance(value, np.ndarray):
        return _stored(value, path, arrays)
    if isinstance(value, dict):
        return {"dict": {k: _described(v, f"{path}.{k}", arrays) for k, v in value.items()}}
    if isinstance(value, list | tuple):
        listed = [_described(each, f"{path}.{n}", arrays) for n, each in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": listed}
    return value.item() if isinstance(value, np.generic) else value


def _stored(value: np.ndarray[Any, Any], path: str, arrays: dict[str, bytes]) -> Any:
    if value.dtype.kind == "O":  # text: never pickled
        return {"texts": [str(each) for each in value.tolist()]}
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=False)
    arrays[f"{path}.npy"] = buffer.getvalue()
    return {"array": f"{path}.npy"}


def _unpacked(value: Any, arrays: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    if "component" in value:
        return _rebuilt(value, arrays)
    if "array" in value:
        return arrays[value["array"]]
    if "texts" in value:
        return np.array(value["texts"], dtype=object)
    return _unpacked_many(value, arrays)


def _unpacked_many(value: dict[str, Any], arrays: dict[str, Any]) -> Any:
    if "dict" in value:
        return {key: _unpacked(each, arrays) for key, each in value["dict"].items()}
    if "sparse" in value:
        parts = {name: _unpacked(each, arrays) for name, each in value["sparse"].items()}
        triple = (parts["data"], parts["indices"], parts["indptr"])
        return sp.csr_matrix(triple, shape=tuple(value["shape"]))
    listed = [_unpacked(each, arrays) for each in value.get("tuple", value.get("list", ()))]
    return tuple(listed) if "tuple" in value else listed


def _rebuilt(value: dict[str, Any], arrays: dict[str, Any]) -> Component:
    module, _, kind = value["component"].partition(":")
    found = getattr(import_module(_PACKAGE + module), kind, None)
    if not (isinstance(found, type) and issubclass(found, Component)):
        raise TypeError(f"{value['component']} is no component")
    component = found(**_unpacked(value["options"], arrays))
    state = _unpacked(value["state"], arrays)
    for name, each in state.items():
        setattr(component, name, each)
    return component

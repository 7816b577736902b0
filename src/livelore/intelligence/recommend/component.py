"""What every part of a pipeline has: options that print, state that is saved in one file.

A component is a dataclass. Its options are the fields of its constructor; what a fit learns are the
fields with ``init=False``, whose names end in ``_`` as in scikit-learn. Both are found by looking
at the fields, so that a new component is saved and printed without a line of its own.
"""

import dataclasses
from pathlib import Path
from typing import Any, Self

from livelore.intelligence import model_file
from livelore.intelligence.recommend.errors import ModelUnreadable, NotFitted, OptionInvalid


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
        return model_file.parts(self)[0]

    @property
    def state(self) -> dict[str, Any]:
        """What was learnt: arrays, sparse matrices, numbers, text, components; or None."""
        return model_file.parts(self)[1]

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
        files = model_file.packed(self)
        return sum(len(data) for name, data in files.items() if name != model_file.HEAD)


def save(component: Component, path: Path | str) -> None:
    """Write a fitted component, with all inside it, to one file; nothing half-written stays."""
    model_file.write(component, path)


def load(path: Path | str) -> Any:
    """The component in a file. No code is run from it: arrays and JSON only.

    Raises:
        ModelUnreadable: It is no such file, or a newer one.
    """
    found = model_file.read(path, "recommend", ModelUnreadable)
    if not isinstance(found, Component):
        raise ModelUnreadable(path=str(path), detail="it holds no component")
    return found

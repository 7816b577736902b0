"""Options and checks that every trained model has, in one place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import cast

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.deep.training import Budget, Trained, Weights
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer


@dataclass(kw_only=True)
class TrainingOptions(Component):
    """How a model is trained by gradients; each model states its own defaults.

    Args:
        learning_rate: Of Adam, above 0.
        batch: Rows in a step; the model says of what.
        epochs: At most.
        cpu_minutes: At most; see `Budget`.
        seed: Of every draw.
        device: ``auto``, ``cpu``, ``cuda``.
    """

    learning_rate: float = 1e-3
    batch: int = 128
    epochs: int = 50
    cpu_minutes: float | None = None
    seed: int = 0
    device: str = "auto"

    @property
    def budget(self) -> Budget:
        """When the training stops; without a part held out there is nothing to be patient for."""
        return Budget(self.epochs, self.cpu_minutes, 1)

    def _check_training(self) -> None:
        """Refuse options out of range when the model is made, not an hour later."""
        self._need_above(0, "learning_rate")
        self._need_at_least(1, "batch")
        self._need_at_least(0, "seed")
        _ = self.budget  # it refuses by itself

    def _need_at_least(self, lowest: int, *names: str) -> None:
        """Refuse numbers below ``lowest``."""
        for name in names:
            value = getattr(self, name)
            if not value >= lowest:
                raise OptionInvalid(option=name, detail=f"{value} is below {lowest}")

    def _need_share(self, *names: str) -> None:
        """Refuse what is not from 0 to below 1."""
        for name in names:
            value = getattr(self, name)
            if not 0 <= value < 1:
                raise OptionInvalid(option=name, detail=f"{value} is not from 0 to below 1")

    def _need_one_of(self, known: tuple[str, ...], name: str) -> None:
        """Refuse a word that is not known."""
        if getattr(self, name) not in known:
            raise OptionInvalid(option=name, detail=f"one of {', '.join(known)}")

    def _trained(self, part: str, *given: object) -> Trained:
        """What ``fitted`` of the module ``part`` learns; only here PyTorch is loaded."""
        module = import_module(f"{__package__}.{part}")
        fitted = cast("Callable[..., Trained]", module.fitted)
        return fitted(self, *given)


@dataclass(kw_only=True)
class DeepScorer(TrainingOptions, Scorer):
    """A scorer that is trained, and stops by a part of the events that is held out.

    Args:
        patience: Epochs without a better figure before it stops.
        validation: Share of each user's events held out to stop by; 0: run all epochs.

    Attributes:
        epochs_: After which the best weights were found.
        history_: Epoch, loss and figure (NaN without one), a row an epoch.
    """

    patience: int = 5
    validation: float = 0.1
    epochs_: int | None = field(default=None, init=False)
    history_: NDArray[np.float64] | None = field(default=None, init=False)

    @property
    def budget(self) -> Budget:
        """When the training stops."""
        return Budget(self.epochs, self.cpu_minutes, self.patience)

    def _check_training(self) -> None:
        super()._check_training()
        self._need_share("validation")

    def _learn(self, part: str, *given: object) -> Weights:
        """The best weights; how they were found is kept."""
        trained = self._trained(part, *given)
        self.epochs_, self.history_ = trained.epochs, trained.table
        return trained.weights

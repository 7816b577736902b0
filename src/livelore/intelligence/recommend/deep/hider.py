"""Hides a group in vectors without knowing it when serving: trained against adversaries."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.adversarial import Hider
from livelore.intelligence.recommend.deep.options import TrainingOptions
from livelore.intelligence.recommend.deep.training import Listener, Weights
from livelore.intelligence.recommend.errors import DataInvalid


@dataclass
class AdversarialHider(TrainingOptions, Hider):
    """A small network that changes vectors as little as it can while adversaries learn nothing.

    Starts from the projection of `Hider`, which stops linear attackers, and adds a correction that
    is trained by gradient reversal against an ensemble of networks, one of which is begun anew at
    times so that the correction cannot rely on what they forgot. The network sees the vector
    alone: it works for users whose group nobody knows.

    Args:
        way: Not used; kept for the interface.
        strength: Of the projection that it starts from.
        pressure: Weight of the adversaries against the change.
        n_hidden: Of the correction and of each adversary.
        n_adversaries: In the ensemble.
        renewed_every: Steps after which one adversary begins anew.
        adversary_steps: Steps of the adversaries for each of the correction.
        batch: Users in a step.

    The others are of `TrainingOptions`; both sides learn at the same rate.

    Source: Ganin et al. 2016, "Domain-adversarial training of neural networks"; Elazar, Goldberg
    2018 on why fresh attackers still succeed where the adversary failed: measure with `attack`.
    """

    pressure: float = 1.0
    n_hidden: int = 64
    n_adversaries: int = 3
    renewed_every: int = 200
    adversary_steps: int = 2
    batch: int = 512
    epochs: int = 100
    weights_: Weights | None = field(default=None, init=False)
    scale_: NDArray[np.float64] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_training()
        self._need_at_least(1, "n_hidden", "n_adversaries", "renewed_every", "adversary_steps")
        self._need_at_least(0, "pressure")
        self._need_at_least(2, "batch")

    def fit(
        self, vectors: ArrayLike, groups: ArrayLike, *, listener: Listener | None = None
    ) -> Self:
        """Learn; see `Hider.fit`. Two groups only.

        Raises:
            DataInvalid: There are more groups than two.
        """
        super().fit(vectors, groups)
        codes = np.asarray(groups)
        if codes.max() > 1:
            raise DataInvalid(column="groups", detail="adversaries know two groups only")
        projected = self.projected(np.asarray(vectors, np.float64))
        self.scale_ = np.maximum(projected.std(0), 1e-9)
        known = codes >= 0
        given = ((projected - self.learnt("centre_")) / self.scale_)[known].astype(np.float32)
        self.weights_ = self._trained("hider_torch", given, codes[known], listener).weights
        return self

    def moved(self, vectors: ArrayLike, groups: ArrayLike | None = None) -> NDArray[np.float64]:
        """Vectors after hiding; ``groups`` are not looked at."""
        del groups
        weights, scale, centre = self.learnt("weights_"), self.scale_, self.learnt("centre_")
        given = (self.projected(np.asarray(vectors, np.float64)) - centre) / scale
        hidden = np.maximum(given @ weights["in"] + weights["shift"], 0)
        return np.asarray((given + hidden @ weights["out"]) * scale + centre)

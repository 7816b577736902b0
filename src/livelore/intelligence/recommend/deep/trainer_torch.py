"""What the trainers of all models share: a device, tensors on it, Adam's step."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.deep.options import TrainingOptions
from livelore.intelligence.recommend.deep.torch_here import Tensor, device_of, torch
from livelore.intelligence.recommend.deep.training import Trainer, Weights

Tensors = dict[str, Tensor]


class TorchTrainer(Trainer):
    """A trainer whose weights are tensors on a device."""

    def __init__(self, options: TrainingOptions) -> None:
        super().__init__(options.batch, options.seed)
        self._learning_rate = options.learning_rate
        self.device = device_of(options.device)

    def on_device(self, values: NDArray[Any]) -> Tensor:
        """The same numbers as a tensor."""
        return torch.from_numpy(values).to(self.device)

    def parameters(self, started: Weights) -> Tensors:
        """Copies that gradients are collected for."""
        return {
            name: torch.tensor(each, device=self.device, requires_grad=True)
            for name, each in started.items()
        }

    def adam(self, tensors: Iterable[Tensor], **options: Any) -> Any:  # Any: an optimiser's own
        """An optimiser of these."""
        return torch.optim.Adam(list(tensors), lr=self._learning_rate, **options)


def descended(optimiser: Any, loss: Tensor) -> float:  # Any: a torch optimiser
    """One step down the gradient; the loss before it."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return float(loss.detach())


def copied(tensors: Tensors) -> Weights:
    """As arrays that later steps leave alone."""
    return {name: np.array(each.detach().cpu().numpy()) for name, each in tensors.items()}

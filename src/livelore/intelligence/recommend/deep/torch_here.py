"""PyTorch, or a refusal that says how to get it; the only file that looks for it."""

from importlib import import_module
from typing import Any

from livelore.intelligence.recommend.errors import DeepMissing, OptionInvalid

try:
    torch: Any = import_module("torch")  # Any: its functions are mostly untyped
except ImportError as error:
    raise DeepMissing(package="torch", install="pip install 'livelore[deep]'") from error

Tensor = Any
"""A torch.Tensor."""


def device_of(wanted: str) -> Any:
    """Where to compute: ``auto`` is the first GPU that PyTorch sees, else the CPU.

    Raises:
        OptionInvalid: PyTorch knows no such device, or this machine has none.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=wanted).device
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        detail = f"{wanted!r} is not on this machine: take auto, cpu or cuda"
        raise OptionInvalid(option="device", detail=detail) from error


def dropped(values: Tensor, share: float, generator: Any) -> Tensor:
    """Dropout from a generator that is handed in; ``None`` of it or 0 changes nothing."""
    if generator is None or share <= 0:
        return values
    kept = torch.empty(values.shape, device=values.device)
    kept.bernoulli_(1 - share, generator=generator)
    return values * kept / (1 - share)

"""ONNX and ONNX Runtime, or a refusal that says how to get them."""

from importlib import import_module
from typing import Any

from livelore.intelligence.recommend.errors import DeepMissing


def onnx_module(name: str) -> Any:  # Any: neither package has types
    """``onnx``, ``onnxruntime`` or a part of them.

    Raises:
        DeepMissing: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise DeepMissing(package=package, install="pip install 'livelore[deep]'") from error

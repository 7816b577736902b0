"""Optional libraries, or a refusal that says how to get them; the only file that looks for them."""

from importlib import import_module
from typing import Any

from livelore.intelligence.insight.errors import LibraryMissing

EXTRAS = {
    "cv2": "vision",
    "nltk": "nlp",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "spacy": "nlp",
    "textblob": "nlp",
    "tokenizers": "onnx",
    "torch": "transformers",
    "transformers": "transformers",
}


def library(name: str) -> Any:  # Any: what such a library has is mostly untyped
    """A library, or a part of it, by the name it is imported under.

    Raises:
        LibraryMissing: It is not installed.
    """
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ImportError as error:
        install = f"pip install 'livelore[{EXTRAS[package]}]'"
        raise LibraryMissing(package=package, install=install) from error

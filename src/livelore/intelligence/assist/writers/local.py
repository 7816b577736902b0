"""A model on this machine, by Hugging Face Transformers (extra ``transformers``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from livelore.intelligence.assist.errors import WriterDown, WriterMissing
from livelore.intelligence.assist.writers.deadline import in_seconds
from livelore.intelligence.assist.writers.writer import Message

ROOM_MIN = 32
"""Tokens that must be left for an answer."""
INSTALL = "pip install 'livelore[transformers]'"


@dataclass(frozen=True)
class LocalModel:
    """A causal language model from a folder; nothing is fetched from anywhere.

    Args:
        folder: As ``save_pretrained`` writes it, tokenizer included.
        device: As PyTorch names it.

    Raises:
        WriterMissing: Transformers or PyTorch is not installed, when it is first asked.
    """

    folder: Path
    device: str = "cpu"

    @property
    def name(self) -> str:
        """The folder's name."""
        return f"{self.folder.name} (local)"

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        try:
            from transformers import (  # noqa: PLC0415  an extra
                AutoModelForCausalLM,
                AutoTokenizer,
            )
        except ImportError as error:
            raise WriterMissing(install=INSTALL) from error
        try:
            words = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
            model: Any = AutoModelForCausalLM.from_pretrained(self.folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise WriterDown(model=self.name, detail=str(error).splitlines()[0]) from error
        return words, model.to(self.device).eval()

    def write(self, messages: Sequence[Message], tokens_max: int, seconds: float) -> str:
        """See `Writer.write`; writing stops when the time is up, with what there is."""
        deadline = in_seconds(seconds)
        words, model = self._loaded
        given = words(_prompt(words, messages), return_tensors="pt").to(self.device)
        size = given["input_ids"].shape[1]
        room = min(tokens_max, int(getattr(model.config, "max_position_embeddings", 0)) - size)
        if room < min(tokens_max, ROOM_MIN):
            raise WriterDown(model=self.name, detail=f"{size} tokens are too many for it")
        try:
            left = deadline.left
        except TimeoutError as error:
            raise WriterDown(model=self.name, detail="no answer in time") from error
        written = model.generate(**given, max_new_tokens=room, do_sample=False, max_time=left)
        text: str = words.decode(written[0, size:], skip_special_tokens=True)
        if not text.strip():
            raise WriterDown(model=self.name, detail="it answered nothing")
        return text


def _prompt(words: Any, messages: Sequence[Message]) -> str:
    if getattr(words, "chat_template", None):
        chat = [{"role": each.role, "content": each.text} for each in messages]
        return str(words.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))
    return "\n\n".join(each.text for each in messages) + "\n\n"

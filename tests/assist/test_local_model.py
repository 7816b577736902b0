"""A model from a folder, by Transformers: one with random weights is made here."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from livelore.intelligence.assist.errors import WriterDown, WriterMissing
from livelore.intelligence.assist.writers.local import LocalModel
from livelore.intelligence.assist.writers.writer import Message

ASKED = [Message("system", "导数"), Message("user", "函数")]
needs_transformers = pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None, reason="transformers is not installed"
)


def tiny(folder: Path, positions: int = 64) -> Path:
    """A causal model of one layer over 20 characters, saved as Transformers saves one."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    known = ["<end>", "<unknown>", *dict.fromkeys("\n导数是函数的变化率积分。1[]")]
    words: Any = Tokenizer(
        models.WordLevel({word: n for n, word in enumerate(known)}, unk_token="<unknown>")
    )
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    make: Any = PreTrainedTokenizerFast
    fast = make(tokenizer_object=words, unk_token="<unknown>", eos_token="<end>", pad_token="<end>")
    torch.manual_seed(3)
    config = GPT2Config(
        vocab_size=len(known),
        n_positions=positions,
        n_embd=16,
        n_layer=1,
        n_head=2,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=0,
    )
    fast.save_pretrained(folder)
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


@needs_transformers
def test_a_model_of_the_folder_writes_the_same_each_time(tmp_path: Path) -> None:
    model = LocalModel(tiny(tmp_path / "tiny"))
    text = model.write(ASKED, 8, 30.0)
    assert set(text.replace(" ", "")) <= set("导数是函数的变化率积分。1[]")
    assert LocalModel(tmp_path / "tiny").write(ASKED, 8, 30.0) == text
    assert model.name == "tiny (local)"


@needs_transformers
def test_what_cannot_be_written_is_down(tmp_path: Path) -> None:
    with pytest.raises(WriterDown, match="too many"):
        LocalModel(tiny(tmp_path / "short", positions=10)).write(ASKED * 3, 8, 30.0)
    with pytest.raises(WriterDown, match="in time"):
        LocalModel(tiny(tmp_path / "slow")).write(ASKED, 8, 1e-9)
    with pytest.raises(WriterDown):
        LocalModel(tmp_path / "nothing").write(ASKED, 8, 1.0)


def test_without_transformers_the_install_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(WriterMissing, match="pip install"):
        LocalModel(tmp_path).write(ASKED, 8, 1.0)

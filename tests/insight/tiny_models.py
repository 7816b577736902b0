"""Classifiers of a few thousand weights, made and taught where they are tested."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LETTERS = "天地人东南北你我"
GOOD, BAD = "好棒", "坏差"
KNOWN = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *GOOD, *BAD)
LABELS = ("negative", "neutral", "positive")
POSITIONS = 40


def planted(n_texts: int, seed: int, longest: int = 12) -> tuple[list[str], NDArray[np.int64]]:
    """Noise with one telling letter or none, and -1, 0 or 1."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, 2, n_texts)
    texts: list[str] = []
    for label in labels:
        noise = list(rng.choice(list(LETTERS), rng.integers(2, longest)))
        if label:
            noise[rng.integers(len(noise))] = rng.choice(list(BAD if label < 0 else GOOD))
        texts.append("".join(noise))
    return texts, labels


def tokenizer(known: tuple[str, ...] = KNOWN) -> Any:
    """One token a letter, between [CLS] and [SEP]."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    places = {word: n for n, word in enumerate(known)}
    words: Any = Tokenizer(models.WordLevel(places, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return words


def save_tokenizer(folder: Path, known: tuple[str, ...] = KNOWN) -> None:
    """As Transformers saves one."""
    from transformers import PreTrainedTokenizerFast

    make: Any = PreTrainedTokenizerFast
    make(
        tokenizer_object=tokenizer(known),
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=POSITIONS,
    ).save_pretrained(folder)


def config(labels: tuple[str, ...] = LABELS) -> Any:
    """BERT, two layers of 32."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(KNOWN),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=POSITIONS,
        initializer_range=0.2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
    )


def untaught(kind: str) -> Any:
    """Another kind of network, its weights drawn."""
    import torch
    import transformers

    torch.manual_seed(2)
    t: Any = transformers
    size: dict[str, Any] = {"vocab_size": len(KNOWN), "num_labels": 3, "pad_token_id": 0}
    size |= {"id2label": dict(enumerate(LABELS)), "initializer_range": 0.3}
    makers: dict[str, Any] = {
        "roberta": lambda: t.RobertaForSequenceClassification(
            t.RobertaConfig(
                **(size | {"pad_token_id": 1}),
                hidden_size=32,
                num_hidden_layers=1,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=POSITIONS,
            )
        ),
        "distilbert": lambda: t.DistilBertForSequenceClassification(
            t.DistilBertConfig(
                **size, dim=32, n_layers=1, n_heads=2, hidden_dim=64, max_position_embeddings=40
            )
        ),
        "gpt2": lambda: t.GPT2ForSequenceClassification(
            t.GPT2Config(**size, n_embd=32, n_layer=1, n_head=2, n_positions=POSITIONS)
        ),
    }
    return makers[kind]().eval()


def taught(labels: tuple[str, ...] = LABELS, steps: int = 60) -> Any:
    """A BERT that has learnt `planted`; of two labels, the texts without a side left out."""
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(1)
    model: Any = BertForSequenceClassification(config(labels))
    texts, sides = planted(steps * 64, 5)
    targets = sides + 1
    if len(labels) == 2:
        texts = [text for text, side in zip(texts, sides, strict=True) if side]
        targets = (sides[sides != 0] > 0).astype(np.int64)
    words = tokenizer()
    words.enable_padding()
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for begin in range(0, len(texts), 64):
        given = words.encode_batch(texts[begin : begin + 64])
        loss = model(
            input_ids=torch.tensor([each.ids for each in given]),
            attention_mask=torch.tensor([each.attention_mask for each in given]),
            labels=torch.tensor(targets[begin : begin + 64]),
        ).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def saved(folder: Path, model: Any) -> Path:
    """With its tokenizer, as Transformers saves both."""
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def exported(folder: Path, model: Any, name: str = "model.onnx", is_bare: bool = True) -> Path:
    """Its graph by PyTorch; ``is_bare``: logits, else chances. Tokenizer and labels beside it."""
    import torch

    class Classifier(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            found = self.inner(input_ids=ids, attention_mask=mask, token_type_ids=types).logits
            return found if is_bare else found.softmax(-1)

    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.tensor([[2, 5, 6, 3, 0], [2, 12, 6, 7, 3]])
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with warnings.catch_warnings():  # the quicker of PyTorch's two exporters warns of its age
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Classifier().eval(),
            (ids, (ids != 0).long(), torch.zeros_like(ids)),
            str(folder / name),
            dynamo=False,
            input_names=names,
            output_names=["logits"],
            dynamic_axes={each: {0: "texts", 1: "tokens"} for each in names},
        )
    save_tokenizer(folder)
    model.config.save_pretrained(folder)
    return folder / name

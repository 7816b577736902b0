"""Readers of sentiment by a larger model of the user's own; nothing is fetched from anywhere.

A folder of Hugging Face Transformers (`folder`) or an ONNX graph with its tokenizer (`graph`) gives
the same `Sentiments` as the small model, so it stands wherever that stands. `opening` picks by what
lies at a path; `distilling` teaches the small model what a larger one says; `quantising` makes a
graph smaller.
"""

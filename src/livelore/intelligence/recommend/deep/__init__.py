"""Models that are trained by gradients: the extra `deep`; see docs/explanation/deep-models.md.

The scorers themselves (`lightgcn`, `sasrec`, `two_tower`, `hidden`) answer by numpy, so a saved
model is served where PyTorch is not installed. Only the files named ``*_torch`` import it, for the
fit; without it they refuse by name. `onnx_export` writes encoders for other servers and in int8,
`onnx_serving` answers from them by ONNX Runtime.
"""

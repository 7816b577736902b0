"""Encoders as ONNX graphs, in fp32 or int8, for ONNX Runtime or any other server.

A graph takes the newest events of users and gives scores of all items, so that a server needs
nothing beside it. It is written node by node from the weights: PyTorch is not needed, and what is
in the file is what `last_place` and `user_tower` compute.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.deep.onnx_here import onnx_module
from livelore.intelligence.recommend.deep.onnx_serving import OnnxScorer
from livelore.intelligence.recommend.deep.sasrec import NORM_EPSILON, SASRec, of_block
from livelore.intelligence.recommend.deep.training import Weights
from livelore.intelligence.recommend.deep.two_tower import TwoTower
from livelore.intelligence.recommend.errors import OptionInvalid

OPSET = 17
"""The first with LayerNormalization; every runtime of the last years reads it."""
IR_VERSION = 8
FLOAT = 1
"""``TensorProto.FLOAT``."""
NEVER = np.float32(-1e9)


def exported(model: SASRec | TwoTower, *, int8: bool = False) -> OnnxScorer:
    """The encoder of a fitted model, with its items, as one graph and the scorer that runs it.

    Args:
        model: Fitted.
        int8: Weights in 8 bits, with activations quantised as they come (dynamic).

    Raises:
        NotFitted: The model is not.
        OptionInvalid: It is of another kind.
        DeepMissing: ONNX is not installed.
    """
    kind: type = type(model)
    if not issubclass(kind, SASRec | TwoTower):
        raise OptionInvalid(option="model", detail=f"{kind.__name__} has no encoder")
    if isinstance(model, SASRec):
        graph, n_features = _sasrec(model), 0
    else:
        graph, n_features = _two_tower(model), model.learnt("user_features_").shape[1]
    data = _in_8_bits(graph) if int8 else graph.SerializeToString()
    scorer = OnnxScorer(max_length=model.max_length, n_features=n_features, is_int8=int8)
    scorer.graph_ = np.frombuffer(data, np.uint8).copy()
    if n_features:
        scorer.user_features_ = model.learnt("user_features_")
    return scorer


def write(scorer: OnnxScorer, path: Path | str) -> None:
    """The bare graph, for another server."""
    Path(path).write_bytes(scorer.learnt("graph_").tobytes())


def _in_8_bits(graph: Any) -> bytes:  # Any: an onnx.ModelProto
    quantization = onnx_module("onnxruntime.quantization")
    with tempfile.TemporaryDirectory(prefix="livelore-onnx-") as folder:
        source, target = Path(folder, "fp32.onnx"), Path(folder, "int8.onnx")
        source.write_bytes(graph.SerializeToString())
        quantization.quantize_dynamic(source, target, weight_type=quantization.QuantType.QInt8)
        return target.read_bytes()


class _Graph:
    """Nodes and constants in the making; each method gives the name of what it computes."""

    def __init__(self) -> None:
        self._onnx = onnx_module("onnx")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"v{len(self._nodes)}"
        made = self._onnx.helper.make_node(
            kind, inputs, [name], name=f"{kind}_{name}", **attributes
        )
        self._nodes.append(made)
        return name

    def constant(self, value: NDArray[Any]) -> str:
        name = f"c{len(self._constants)}"
        made = self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name)
        self._constants.append(made)
        return name

    def times(self, value: str, matrix: NDArray[np.float32]) -> str:
        return self.node("MatMul", value, self.constant(matrix))

    def plus(self, value: str, shift: NDArray[np.float32]) -> str:
        return self.node("Add", value, self.constant(shift))

    def whole(self, *numbers: int) -> str:
        return self.constant(np.array(numbers, np.int64))

    def finished(self, inputs: list[Any], output: str, n_items: int) -> Any:
        """The checked model."""
        make = self._onnx.helper
        last = make.make_node("Identity", [output], ["scores"], name="scores")
        result = make.make_tensor_value_info("scores", FLOAT, ["users", n_items])
        graph = make.make_graph(
            [*self._nodes, last], "encoder", inputs, [result], initializer=self._constants
        )
        opset = [make.make_opsetid("", OPSET)]
        model = make.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        self._onnx.checker.check_model(model)
        return model

    def input(self, name: str, kind: int, width: int) -> Any:
        return self._onnx.helper.make_tensor_value_info(name, kind, ["users", width])


WHOLE = 7
"""``TensorProto.INT64``."""


def _sasrec(model: SASRec) -> Any:
    weights: Weights = model.learnt("weights_")
    g, length, width = _Graph(), model.max_length, model.n_factors
    items = weights["items"].copy()
    items[0] = 0
    is_event = g.node("Cast", g.node("Greater", "events", g.whole(0)), to=FLOAT)
    mask = g.node("Unsqueeze", is_event, g.whole(2))
    given = g.node("Gather", g.constant(items), "events")
    values = g.node("Mul", g.plus(given, weights["places"]), mask)
    # what may not be seen: later places, and places without an event
    absent = g.node("Sub", g.constant(np.ones(1, np.float32)), is_event)
    absent = g.node("Mul", g.node("Unsqueeze", absent, g.whole(1, 2)), g.constant(np.array(NEVER)))
    later = np.triu(np.ones((1, 1, length, length), np.float32), 1) * NEVER
    for block in range(model.n_blocks):
        is_last = block == model.n_blocks - 1
        unseen = absent if is_last else g.node("Add", absent, g.constant(later))
        own = of_block(weights, block)
        values = _block(g, own, values, unseen, model.n_heads, is_last=is_last)
    found = g.node(
        "LayerNormalization",
        *(values, g.constant(weights["norm"]), g.constant(weights["shift"])),
        epsilon=NORM_EPSILON,
        axis=-1,
    )
    vector = g.node("Reshape", found, g.whole(-1, width))
    newest = g.node("Gather", is_event, g.whole(length - 1), axis=1)
    scores = g.times(g.node("Mul", vector, newest), weights["items"][1:].T)
    return g.finished([g.input("events", WHOLE, length)], scores, len(items) - 1)


def _block(
    g: _Graph, own: Weights, values: str, unseen: str, n_heads: int, *, is_last: bool
) -> str:
    """One block; of the last, only the newest place is wanted."""
    width = len(own["norm"])

    def normed(value: str, scale: str, shift: str) -> str:
        constants = (g.constant(own[scale]), g.constant(own[shift]))
        return g.node("LayerNormalization", value, *constants, epsilon=NORM_EPSILON, axis=-1)

    def heads(value: str, order: tuple[int, ...]) -> str:
        split = g.node("Reshape", value, g.whole(0, 0, n_heads, width // n_heads))
        return g.node("Transpose", split, perm=order)

    given = normed(values, "norm", "shift")
    asked, query = values, given
    if is_last:
        newest = g.whole(-1)
        asked, query = (g.node("Gather", each, newest, axis=1) for each in (values, given))
    scale = np.float32(1 / np.sqrt(width // n_heads))
    query = heads(g.times(query, own["query"] * scale), (0, 2, 1, 3))
    key = heads(g.times(given, own["key"]), (0, 2, 3, 1))
    value = heads(g.times(given, own["value"]), (0, 2, 1, 3))
    logits = g.node("Add", g.node("MatMul", query, key), unseen)
    mixed = g.node("MatMul", g.node("Softmax", logits, axis=-1), value)
    mixed = g.node("Transpose", mixed, perm=(0, 2, 1, 3))
    mixed = g.times(g.node("Reshape", mixed, g.whole(0, 0, width)), own["out"])
    asked = g.node("Add", asked, mixed)
    hidden = g.plus(g.times(normed(asked, "norm2", "shift2"), own["up"]), own["up_shift"])
    hidden = g.plus(g.times(g.node("Relu", hidden), own["down"]), own["down_shift"])
    return g.node("Add", asked, hidden)


def _two_tower(model: TwoTower) -> Any:
    weights: Weights = model.learnt("weights_")
    g = _Graph()
    # row 0 stands for no event
    table = np.concatenate([np.zeros((1, model.n_factors), np.float32), weights["events"]])
    given = g.node("Gather", g.constant(table), "events")
    shares = g.node("Unsqueeze", "shares", g.whole(1))
    given = g.node("Squeeze", g.node("MatMul", shares, given), g.whole(1))
    inputs = [
        g.input("events", WHOLE, model.max_length),
        g.input("shares", FLOAT, model.max_length),
    ]
    n_features = model.learnt("user_features_").shape[1]
    if n_features:
        given = g.node("Concat", given, "features", axis=1)
        inputs.append(g.input("features", FLOAT, n_features))
    hidden = g.plus(g.times(given, weights["user.in"]), weights["user.shift"])
    hidden = g.times(g.node("Relu", hidden), weights["user.out"])
    found = g.node("Add", hidden, g.times(given, weights["user.past"]))
    length = g.node("ReduceL2", found, axes=[1], keepdims=1)
    smallest = g.constant(np.array([1e-6], np.float32))
    unit = g.node("Div", found, g.node("Max", length, smallest))
    vectors = model.learnt("item_vectors_")
    return g.finished(inputs, g.times(unit, vectors.T), len(vectors))

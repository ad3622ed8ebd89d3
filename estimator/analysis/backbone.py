"""Which family of models a graph belongs to: the families that MicroNets found to differ in speed.

Banbury et al., "MicroNets", arXiv 2010.11267, section 3.3: latency is linear in operations within
a backbone, and backbones differ. One pass over the operators, no search: a layer is known by the
layers that its input comes from, past operators that only move or clip data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from estimator.facts.calibration import Backbone
from estimator.graph import Graph, Op, Subgraph, Tensor, tensor_at

_RECURRENT = frozenset({
    "SVDF", "LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_LSTM", "RNN",
    "UNIDIRECTIONAL_SEQUENCE_RNN",
})  # fmt: skip
_MOBILENET_V1_GROWTH = 8
"""Widest pointwise layer over first layer: 32 in MobileNetV1, below 4 in every published DS-CNN."""


class LayerType(Enum):
    """The layers that tell backbones apart."""

    CONVOLUTION = "convolution"
    POINTWISE = "pointwise convolution"
    DEPTHWISE = "depthwise convolution"
    FULLY_CONNECTED = "fully connected"
    ADD = "addition"


@dataclass(frozen=True, slots=True)
class LayerNode:
    """A layer with the layer that its first input comes from; channels are of the output."""

    layer: LayerType
    channels: int
    source: LayerNode | None


@dataclass(frozen=True, slots=True)
class Recognised:
    """A backbone and what in the graph speaks for it."""

    backbone: Backbone
    evidence: str


def recognise(graph: Graph) -> Recognised:
    """Name the backbone of a model's main subgraph."""
    main = graph.main
    recurrent = sorted({op.name for op in main.operators if op.name in _RECURRENT})
    if recurrent:
        return Recognised(Backbone.RECURRENT, f"has {', '.join(recurrent)}")
    elements = max((main.tensors[index].elements for index in main.inputs), default=0)
    return recognise_layers(_layers(main), elements)


def recognise_layers(layers: list[LayerNode], input_elements: int) -> Recognised:
    """Name the backbone of a model without recurrent operators.

    Args:
        layers: in execution order.
        input_elements: of the model's largest input.
    """
    return (
        _inverted_bottlenecks(layers)
        or _separable(layers)
        or _residual(layers)
        or _autoencoder(input_elements, layers)
        or Recognised(Backbone.OTHER, _counts(layers))
    )


def _layers(subgraph: Subgraph) -> list[LayerNode]:
    """The layers in execution order; other operators pass on the layer of their first input."""
    origin: dict[int, LayerNode] = {}
    layers = []
    for op in subgraph.operators:
        source = next((origin[index] for index in op.inputs if index in origin), None)
        layer = layer_type(op, [tensor_at(subgraph.tensors, index) for index in op.inputs])
        node = source
        if layer is not None:
            output = subgraph.tensors[op.outputs[0]] if op.outputs else None
            node = LayerNode(layer, output.shape[-1] if output and output.shape else 1, source)
            layers.append(node)
        if node is not None:
            origin.update(dict.fromkeys(op.outputs, node))
    return layers


def layer_type(op: Op, inputs: list[Tensor | None]) -> LayerType | None:
    """What an operator with these inputs is; None for what only moves or clips data."""
    if op.name == "CONV_2D":
        weights = inputs[1] if len(inputs) > 1 else None
        plain = weights is not None and weights.shape[1:3] == (1, 1)
        return LayerType.POINTWISE if plain else LayerType.CONVOLUTION
    if op.name == "ADD":
        # With a constant it is a bias, not a skip connection.
        data = [tensor for tensor in inputs if tensor is not None and not tensor.is_constant]
        return LayerType.ADD if len(data) == 2 else None
    return {
        "DEPTHWISE_CONV_2D": LayerType.DEPTHWISE,
        "FULLY_CONNECTED": LayerType.FULLY_CONNECTED,
    }.get(op.name)


def _count(layers: list[LayerNode], layer: LayerType) -> int:
    return sum(node.layer is layer for node in layers)


def _inverted_bottlenecks(layers: list[LayerNode]) -> Recognised | None:
    """1x1 expand, depthwise, 1x1 compress (MobileNetV2, arXiv 1801.04381)."""
    found = 0
    for node in layers:
        depthwise = node.source if node.layer is LayerType.POINTWISE else None
        if depthwise is None or depthwise.layer is not LayerType.DEPTHWISE:
            continue
        expand = depthwise.source
        if expand is None or expand.layer is not LayerType.POINTWISE or expand.source is None:
            continue
        if expand.source.channels < expand.channels > node.channels:
            found += 1
    total = _count(layers, LayerType.DEPTHWISE)
    if found >= 2 and 2 * found >= total:
        text = f"{found} of its {total} depthwise layers stand between a 1x1 expansion and a 1x1 "
        return Recognised(Backbone.MOBILENET_V2, text + "compression")
    return None


def _separable(layers: list[LayerNode]) -> Recognised | None:
    """Pairs of depthwise and pointwise layers: DS-CNN or MobileNetV1, by how channels grow."""
    outputs = [
        node.channels
        for node in layers
        if node.layer is LayerType.POINTWISE
        and node.source is not None
        and node.source.layer is LayerType.DEPTHWISE
    ]
    total = _count(layers, LayerType.DEPTHWISE)
    if len(outputs) < 2 or 2 * len(outputs) < total:
        return None
    growth = max(outputs) / layers[0].channels
    text = f"{len(outputs)} depthwise separable blocks; channels grow {growth:.3g}-fold"
    wide = growth >= _MOBILENET_V1_GROWTH
    return Recognised(Backbone.MOBILENET_V1 if wide else Backbone.DS_CNN, text)


def _residual(layers: list[LayerNode]) -> Recognised | None:
    additions = _count(layers, LayerType.ADD)
    convolutions = _count(layers, LayerType.CONVOLUTION)
    if additions >= 2 and convolutions >= additions and not _count(layers, LayerType.DEPTHWISE):
        text = f"{convolutions} convolutions with {additions} skip connections, none depthwise"
        return Recognised(Backbone.RESNET, text)
    return None


def _autoencoder(elements: int, layers: list[LayerNode]) -> Recognised | None:
    """Fully connected layers only, narrowing and widening again to the size of the input."""
    widths = [node.channels for node in layers]
    if len(layers) < 3 or any(node.layer is not LayerType.FULLY_CONNECTED for node in layers):
        return None
    if min(widths) < widths[-1] == elements:
        text = f"{len(layers)} fully connected layers from {elements} through {min(widths)} back"
        return Recognised(Backbone.FC_AUTOENCODER, text)
    return None


def _counts(layers: list[LayerNode]) -> str:
    counts = {kind.value: _count(layers, kind) for kind in LayerType}
    found = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"no known pattern: {found or 'no layer with weights'}"

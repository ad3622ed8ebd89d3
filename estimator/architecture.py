"""Architectures as lists of layers, lowered to the int8 operators that converters write.

Weights are per channel, biases INT32, activations fused into the layer before them. Weights have
shapes and no content: nothing that mculint estimates depends on it.
"""  # fmt: skip

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import Union

from estimator.geometry import Padding, output_size
from estimator.graph import DType, Graph, Op, OperatorCode, Quantization, Subgraph, Tensor
from estimator.reading.schema import OPERATOR_NAMES

Shape = tuple[int, ...]
"""(1, height, width, channels) or (1, features)."""
Size = tuple[int, int]
"""(height, width) in elements."""
RELU = 1
"""The schema's code of the activation that convolutions fuse."""
_SCALE = 1 / 128
_ZEROS = memoryview(bytes(1 << 24))


@dataclass(frozen=True, slots=True)
class Conv:
    """CONV_2D with bias; ``activation`` is the schema's code, 0 for none."""

    channels: int
    kernel: Size = (3, 3)
    stride: Size = (1, 1)
    padding: Padding = Padding.SAME
    activation: int = RELU


@dataclass(frozen=True, slots=True)
class DepthwiseConv:
    """DEPTHWISE_CONV_2D with bias."""

    kernel: Size = (3, 3)
    stride: Size = (1, 1)
    multiplier: int = 1
    padding: Padding = Padding.SAME
    activation: int = RELU


@dataclass(frozen=True, slots=True)
class Pool:
    """AVERAGE_POOL_2D, or MAX_POOL_2D; over the whole image where ``window`` is None."""

    window: Size | None = None
    stride: Size | None = None
    padding: Padding = Padding.VALID
    maximum: bool = False


@dataclass(frozen=True, slots=True)
class Flatten:
    """RESHAPE to (1, features)."""


@dataclass(frozen=True, slots=True)
class Dense:
    """FULLY_CONNECTED with bias; its input must be flat."""

    units: int
    activation: int = 0


@dataclass(frozen=True, slots=True)
class Softmax:
    """SOFTMAX."""


@dataclass(frozen=True, slots=True)
class Residual:
    """ADD of what goes in and what the layers make of it; ``shortcut`` changes what goes in."""

    layers: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()
    activation: int = 0


Layer = Union[Conv, DepthwiseConv, Pool, Flatten, Dense, Softmax, Residual]


def separable(channels: int, stride: Size = (1, 1), kernel: Size = (3, 3)) -> tuple[Layer, Layer]:
    """A depthwise and a pointwise convolution."""
    return DepthwiseConv(kernel, stride), Conv(channels, (1, 1))


def inverted_bottleneck(
    entering: int, channels: int, expansion: int, stride: Size = (1, 1)
) -> tuple[Layer, ...]:
    """1x1 expansion, depthwise, 1x1 compression; residual where the shapes allow it."""
    layers: tuple[Layer, ...] = (
        Conv(entering * expansion, (1, 1)), DepthwiseConv((3, 3), stride),
        Conv(channels, (1, 1), activation=0),
    )  # fmt: skip
    return (Residual(layers),) if entering == channels and stride == (1, 1) else layers


@dataclass(frozen=True, slots=True)
class Lowered:
    """One operator that a layer becomes, with shapes.

    Attributes:
        op: indices count through ``inputs``, ``constants`` and the output, -1 nowhere.
        tensors: inputs, constants, output.
        inputs: how many of the tensors are inputs.
    """

    op: Op
    tensors: tuple[Tensor, ...]
    inputs: int

    @property
    def output(self) -> Tensor:
        return self.tensors[-1]


@dataclass(frozen=True, slots=True)
class Step:
    """One operator of an architecture; values are numbered, 0 is the input.

    Attributes:
        operator: what runs.
        sources: values that it reads; its own has the number of the step, counted from 1.
        entry: whether it reads the architecture's input.
    """

    operator: Lowered
    sources: tuple[int, ...]

    @property
    def entry(self) -> bool:
        return 0 in self.sources


def steps(layers: Sequence[Layer], input_shape: Shape) -> list[Step]:
    """The operators of an architecture in execution order.

    Raises:
        ValueError: a layer doesn't fit the shape that comes in; with its number.
    """
    found: list[Step] = []
    value = 0
    for position, layer in enumerate(layers):
        try:
            value = _append(found, layer, value, input_shape)
        except ValueError as error:
            raise ValueError(f"layers[{position}]: {error}") from None
    return found


def _append(found: list[Step], layer: Layer, value: int, input_shape: Shape) -> int:
    """Append a layer's operators. Returns the number of its value."""
    if isinstance(layer, Residual):
        left = right = value
        for inner in layer.layers:
            left = _append(found, inner, left, input_shape)
        for inner in layer.shortcut:
            right = _append(found, inner, right, input_shape)
        shapes = tuple(_shape(found, number, input_shape) for number in (right, left))
        found.append(Step(_addition(shapes[0], shapes[1], layer.activation), (right, left)))
    else:
        shape = _shape(found, value, input_shape)
        found.append(Step(_lower(layer, shape), (value,)))
    return len(found)


def _shape(found: list[Step], value: int, input_shape: Shape) -> Shape:
    return found[value - 1].operator.output.shape if value else input_shape


def build_graph(layers: Sequence[Layer], input_shape: Shape) -> Graph:
    """The architecture as a Graph. Raises ValueError as :func:`steps`."""
    return graph_of(steps(layers, input_shape), input_shape)


def graph_of(found: Sequence[Step], input_shape: Shape) -> Graph:
    """The operators as a Graph with one input and, as output, what the last one makes."""
    tensors = [activation(input_shape)]
    values, operators = [0], []
    codes: dict[str, int] = {}
    for index, step in enumerate(found):
        own = step.operator.tensors[step.operator.inputs :]
        base = len(tensors)
        numbers = (*(values[source] for source in step.sources), *range(base, base + len(own)))
        for tensor in own:
            tensors.append(replace(tensor, index=len(tensors)))
        op = step.operator.op
        operators.append(
            replace(
                op, index=index, inputs=numbers[:-1], outputs=numbers[-1:],
                opcode_index=codes.setdefault(op.name, len(codes)),
            )
        )  # fmt: skip
        values.append(numbers[-1])
    main = Subgraph(0, "main", tuple(tensors), (0,), (values[-1],), tuple(operators))
    return Graph(
        (main,), tuple(OperatorCode(name, 1, False, OPERATOR_NAMES.index(name)) for name in codes)
    )


# ---- layers to operators -----------------------------------------------------------------------


def activation(shape: Shape, scale: float = _SCALE, zero_point: int = 0) -> Tensor:
    """An INT8 tensor that a kernel writes."""
    return Tensor(0, "", shape, DType.INT8, Quantization((scale,), (zero_point,)))


def _zeros(size_bytes: int) -> memoryview:
    return _ZEROS[:size_bytes] if size_bytes <= len(_ZEROS) else memoryview(bytes(size_bytes))


def _weights(shape: Shape, axis: int, dtype: DType = DType.INT8) -> Tensor:
    count = shape[axis]
    scale = _SCALE if dtype is DType.INT8 else _SCALE * _SCALE
    quantization = Quantization((scale,) * count, (0,) * count, axis)
    data = _zeros(prod(shape) * (dtype.size_bytes or 1))
    return Tensor(0, "", shape, dtype, quantization, data, buffer=1)


def _lowered(
    name: str, inputs: Sequence[Shape], constants: Sequence[Tensor], output: Tensor, **options: int
) -> Lowered:
    tensors = (*(activation(shape) for shape in inputs), *constants, output)
    if min(map(min, (tensor.shape for tensor in tensors))) < 1:
        raise ValueError(f"{name} would have the shapes {[t.shape for t in tensors]}")
    numbered = tuple(replace(tensor, index=index) for index, tensor in enumerate(tensors))
    last = len(tensors) - 1
    op = Op(0, name, tuple(range(last)), (last,), options=dict(options))
    return Lowered(op, numbered, len(inputs))


@lru_cache(maxsize=1 << 14)
def _lower(layer: Layer, shape: Shape) -> Lowered:
    if isinstance(layer, (Conv, DepthwiseConv, Pool)) and len(shape) != 4:
        raise ValueError(f"{type(layer).__name__} takes (1, height, width, channels), not {shape}")
    if isinstance(layer, Conv):
        return _convolution(layer, shape)
    if isinstance(layer, DepthwiseConv):
        return _depthwise(layer, shape)
    if isinstance(layer, Pool):
        return _pool(layer, shape)
    if isinstance(layer, Flatten):
        return _flatten(shape)
    if isinstance(layer, Dense):
        return _dense(layer, shape)
    if isinstance(layer, Softmax):
        return _lowered("SOFTMAX", [shape], [], activation(shape, 1 / 256, -128), beta=1)
    raise TypeError(f"{layer!r} is no layer")


def _image(layer: Conv | DepthwiseConv, shape: Shape) -> Size:
    height, width = (
        output_size(layer.padding, shape[axis + 1], layer.kernel[axis], layer.stride[axis])
        for axis in (0, 1)
    )
    return height, width


def _window_options(padding: Padding, stride: Size) -> dict[str, int]:
    return {"padding": int(padding), "stride_h": stride[0], "stride_w": stride[1]}


def _convolution(layer: Conv, shape: Shape) -> Lowered:
    weights = _weights((layer.channels, *layer.kernel, shape[3]), 0)
    bias = _weights((layer.channels,), 0, DType.INT32)
    return _lowered(
        "CONV_2D", [shape], [weights, bias],
        activation((1, *_image(layer, shape), layer.channels)),
        **_window_options(layer.padding, layer.stride),
        fused_activation_function=layer.activation, dilation_w_factor=1, dilation_h_factor=1,
    )  # fmt: skip


def _depthwise(layer: DepthwiseConv, shape: Shape) -> Lowered:
    channels = shape[3] * layer.multiplier
    weights = _weights((1, *layer.kernel, channels), 3)
    bias = _weights((channels,), 0, DType.INT32)
    return _lowered(
        "DEPTHWISE_CONV_2D", [shape], [weights, bias],
        activation((1, *_image(layer, shape), channels)),
        **_window_options(layer.padding, layer.stride), depth_multiplier=layer.multiplier,
        fused_activation_function=layer.activation, dilation_w_factor=1, dilation_h_factor=1,
    )  # fmt: skip


def _pool(layer: Pool, shape: Shape) -> Lowered:
    window = layer.window or (shape[1], shape[2])
    stride = layer.stride or window
    height, width = (
        output_size(layer.padding, shape[axis + 1], window[axis], stride[axis]) for axis in (0, 1)
    )
    return _lowered(
        "MAX_POOL_2D" if layer.maximum else "AVERAGE_POOL_2D", [shape], [],
        activation((1, height, width, shape[3])), **_window_options(layer.padding, stride),
        filter_height=window[0], filter_width=window[1], fused_activation_function=0,
    )  # fmt: skip


def _flatten(shape: Shape) -> Lowered:
    flat = (1, prod(shape))
    data = memoryview(struct.pack("<2i", *flat))
    constant = Tensor(0, "", (2,), DType.INT32, data=data, buffer=1)
    return _lowered("RESHAPE", [shape], [constant], activation(flat))


def _dense(layer: Dense, shape: Shape) -> Lowered:
    if len(shape) != 2:
        raise ValueError(f"Dense takes (1, features), not {shape}: put Flatten() before it")
    return _lowered(
        "FULLY_CONNECTED", [shape],
        [_weights((layer.units, shape[1]), 0), _weights((layer.units,), 0, DType.INT32)],
        activation((1, layer.units)), fused_activation_function=layer.activation,
        weights_format=0, keep_num_dims=0,
    )  # fmt: skip


@lru_cache(maxsize=1 << 12)
def _addition(left: Shape, right: Shape, fused: int) -> Lowered:
    if left != right:
        raise ValueError(f"the residual adds {left} and {right}: give it a shortcut")
    return _lowered("ADD", [left, right], [], activation(left), fused_activation_function=fused)

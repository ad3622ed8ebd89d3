"""Writes .tflite files tensor by tensor and operator by operator."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from estimator.graph import DType
from estimator.reading.schema import CUSTOM, OPERATOR_NAMES, table, union_member
from estimator.reading.tree import Node, encode

OPTIONS = {
    "CONV_2D": "Conv2D", "DEPTHWISE_CONV_2D": "DepthwiseConv2D", "AVERAGE_POOL_2D": "Pool2D",
    "MAX_POOL_2D": "Pool2D", "L2_POOL_2D": "Pool2D", "SVDF": "SVDF",
    "FULLY_CONNECTED": "FullyConnected", "SOFTMAX": "Softmax", "CONCATENATION": "Concatenation",
    "ADD": "Add", "L2_NORMALIZATION": "L2Norm", "RESIZE_BILINEAR": "ResizeBilinear",
    "RESHAPE": "Reshape", "SPACE_TO_DEPTH": "SpaceToDepth", "DEPTH_TO_SPACE": "DepthToSpace",
    "MUL": "Mul", "GATHER": "Gather", "MEAN": "Reducer", "SUM": "Reducer",
    "REDUCE_MAX": "Reducer", "REDUCE_MIN": "Reducer", "REDUCE_ALL": "Reducer", "SUB": "Sub",
    "DIV": "Div", "SQUEEZE": "Squeeze", "STRIDED_SLICE": "StridedSlice", "SPLIT": "Split",
    "SPLIT_V": "SplitV", "CAST": "Cast", "ARG_MAX": "ArgMax", "ARG_MIN": "ArgMin",
    "TRANSPOSE_CONV": "TransposeConv", "SHAPE": "Shape", "PACK": "Pack", "UNPACK": "Unpack",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighbor", "LEAKY_RELU": "LeakyRelu",
    "MIRROR_PAD": "MirrorPad", "IF": "If", "WHILE": "While", "CALL_ONCE": "CallOnce",
    "BATCH_MATMUL": "BatchMatMul", "CUMSUM": "Cumsum", "VAR_HANDLE": "VarHandle",
}  # fmt: skip
"""Operator -> its options in the schema's union BuiltinOptions, of those that have fields."""
_UNION_CODES = {
    name.removesuffix("Options"): code
    for code in range(1, 130)
    if (name := union_member("BuiltinOptions", code))
}
_BUILTIN_CODES = {name: code for code, name in enumerate(OPERATOR_NAMES)}
_OLD_CODES = 127
"""Greater codes have only the newer field; the old one then holds this placeholder."""


@dataclass(slots=True)
class TensorSpec:
    """A tensor to write; ``data`` None for one without a buffer of its own."""

    shape: tuple[int, ...]
    dtype: DType
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    dimension: int = 0
    data: bytes | None = None
    is_variable: bool = False
    name: str = ""

    @property
    def elements(self) -> int:
        return prod(self.shape)


@dataclass(slots=True)
class OpSpec:
    """An operator to write; ``custom`` holds a custom operator's options."""

    name: str
    inputs: list[int]
    outputs: list[int]
    options: dict[str, Any] | None = None
    version: int = 1
    custom: bytes | None = None
    is_custom: bool = False
    intermediates: list[int] = field(default_factory=list)


@dataclass(slots=True)
class SubgraphSpec:
    """A subgraph to write."""

    tensors: list[TensorSpec] = field(default_factory=list)
    ops: list[OpSpec] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def add(self, tensor: TensorSpec) -> int:
        """Append a tensor. Returns its index."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1


@dataclass(slots=True)
class ModelSpec:
    """A model to write.

    Attributes:
        metadata: name -> content.
        old_codes: write as schema v3 did: deprecated_builtin_code alone.
        extra_buffers: contents of buffers that no tensor has, behind all others.
        focus: the operator that every other mutation should hit.
    """

    subgraphs: list[SubgraphSpec] = field(default_factory=list)
    metadata: dict[str, bytes] = field(default_factory=dict)
    old_codes: bool = False
    extra_buffers: list[bytes] = field(default_factory=list)
    focus: str = ""

    @property
    def first_extra_buffer(self) -> int:
        """The index that the first of ``extra_buffers`` gets."""
        constants = sum(t.data is not None for s in self.subgraphs for t in s.tensors)
        return 1 + constants + len(self.metadata)

    def to_bytes(self) -> bytes:
        """The .tflite file."""
        return encode(_Writer(self).model())


class _Writer:
    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.buffers = [Node("Buffer")]
        self.codes: list[tuple[str, int, bool]] = []

    def model(self) -> Node:
        subgraphs = [self.subgraph(subgraph) for subgraph in self.spec.subgraphs]
        metadata = [
            Node("Metadata", {"name": name.encode(), "buffer": _u32(self.buffer(content))})
            for name, content in self.spec.metadata.items()
        ]
        for content in self.spec.extra_buffers:
            self.buffer(content)
        return Node(
            "Model",
            {
                "version": _u32(3), "operator_codes": [self.code(*key) for key in self.codes],
                "subgraphs": subgraphs, "buffers": self.buffers, "metadata": metadata,
            },
        )  # fmt: skip

    def buffer(self, content: bytes) -> int:
        self.buffers.append(Node("Buffer", {"data": content}))
        return len(self.buffers) - 1

    def code(self, name: str, version: int, custom: bool) -> Node:
        number = CUSTOM if custom else _BUILTIN_CODES[name]
        old = min(number, _OLD_CODES)
        fields: dict[str, Any] = {"deprecated_builtin_code": bytes([old])}
        if not self.spec.old_codes or number > _OLD_CODES:
            fields["builtin_code"] = _u32(number)
        if custom:
            fields["custom_code"] = name.encode()
        if version != 1:
            fields["version"] = _u32(version)
        return Node("OperatorCode", fields)

    def subgraph(self, spec: SubgraphSpec) -> Node:
        return Node(
            "SubGraph",
            {
                "tensors": [self.tensor(t, i) for i, t in enumerate(spec.tensors)],
                "inputs": _i32(spec.inputs), "outputs": _i32(spec.outputs),
                "operators": [self.op(op) for op in spec.ops],
            },
        )  # fmt: skip

    def tensor(self, spec: TensorSpec, index: int) -> Node:
        fields: dict[str, Any] = {
            "shape": _i32(spec.shape), "type": bytes([spec.dtype.value]),
            "name": (spec.name or f"t{index}").encode(),
        }  # fmt: skip
        if spec.data is not None:
            fields["buffer"] = _u32(self.buffer(spec.data))
        if spec.scales or spec.zero_points:
            quantization = {
                "scale": struct.pack(f"<{len(spec.scales)}f", *spec.scales),
                "zero_point": struct.pack(f"<{len(spec.zero_points)}q", *spec.zero_points),
                "quantized_dimension": _i32([spec.dimension]),
            }
            fields["quantization"] = Node("QuantizationParameters", quantization)
        if spec.is_variable:
            fields["is_variable"] = b"\1"
        return Node("Tensor", fields)

    def op(self, spec: OpSpec) -> Node:
        key = (spec.name, spec.version, spec.is_custom)
        if key not in self.codes:
            self.codes.append(key)
        fields: dict[str, Any] = {
            "opcode_index": _u32(self.codes.index(key)), "inputs": _i32(spec.inputs),
            "outputs": _i32(spec.outputs),
        }  # fmt: skip
        if spec.intermediates:
            fields["intermediates"] = _i32(spec.intermediates)
        if spec.custom is not None:
            fields["custom_options"] = spec.custom
        if spec.options is not None and spec.name in OPTIONS:
            name = OPTIONS[spec.name]
            fields["builtin_options_type"] = bytes([_UNION_CODES[name]])
            fields["builtin_options"] = options_node(f"{name}Options", spec.options)
        return Node("Operator", fields)


def options_node(name: str, values: Mapping[str, Any]) -> Node:
    """The options' table. Raises KeyError for a field that the schema lacks."""
    slots = {slot.name: slot for slot in table(name)}
    fields: dict[str, Any] = {}
    for key, value in values.items():
        slot = slots[key]
        if slot.kind == "string":
            fields[key] = value.encode()
        elif slot.kind == "vector":
            fields[key] = struct.pack(f"<{len(value)}{slot.item}", *value)
        else:
            code = slot.item if slot.item == "f" else {1: "b", 2: "h", 4: "i", 8: "q"}[slot.bytes]
            fields[key] = struct.pack(f"<{code}", value)
    return Node(name, fields)


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _i32(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)

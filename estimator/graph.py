"""The model as frozen values: tensors, operators, subgraphs; no trace of the file format."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Union

from estimator.transport import light

if TYPE_CHECKING:
    import networkx

OptionValue = Union[int, float, bool, str, tuple[int, ...]]
"""The value of one field of an operator's builtin options."""


class DType(Enum):
    """TensorType of the TFLite schema (tflite-micro 90b983c2, schema.fbs).

    Attributes:
        value: its code.
        size_bytes: bytes per element as TFLM counts them; None where TFLM knows no size. Mirrors
            TfLiteTypeSizeOf in tensorflow/lite/micro/memory_helpers.cc (INT4 counts a whole byte
            per element: TFLM unpacks it).
    """

    size_bytes: int | None

    def __new__(cls, code: int, size_bytes: int | None) -> DType:
        member = object.__new__(cls)
        member._value_ = code
        member.size_bytes = size_bytes
        return member

    __hash__ = object.__hash__  # Enum's own is slow, and types are looked up all the time

    FLOAT32 = 0, 4
    FLOAT16 = 1, 2
    INT32 = 2, 4
    UINT8 = 3, 1
    INT64 = 4, 8
    STRING = 5, None
    BOOL = 6, 1
    INT16 = 7, 2
    COMPLEX64 = 8, 8
    INT8 = 9, 1
    FLOAT64 = 10, 8
    COMPLEX128 = 11, 16
    UINT64 = 12, 8
    RESOURCE = 13, 4
    VARIANT = 14, None
    UINT32 = 15, 4
    UINT16 = 16, 2
    INT4 = 17, 1
    BFLOAT16 = 18, 2
    INT2 = 19, None
    UINT4 = 20, None
    FLOAT8_E4M3FN = 21, None
    FLOAT8_E5M2 = 22, None


_VALUE_FORMAT = {
    DType.FLOAT32: "f", DType.FLOAT64: "d", DType.INT8: "b", DType.UINT8: "B", DType.INT16: "h",
    DType.UINT16: "H", DType.INT32: "i", DType.UINT32: "I", DType.INT64: "q", DType.UINT64: "Q",
    DType.BOOL: "?",
}  # fmt: skip


@light
@dataclass(frozen=True, slots=True)
class Quantization:
    """Affine quantization parameters of a tensor, as the file has them.

    TFLM takes a tensor for quantized only if both ``scales`` and ``zero_points`` have entries
    (see Tensor.is_quantized).
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    dimension: int = 0


@light
@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a subgraph.

    Attributes:
        index: position in its subgraph.
        shape: dimensions; () for a scalar.
        dtype: element type.
        data: the constant bytes (a view into the file, not a copy), or None.
        buffer: index of the model's buffer, 0 for none.
        shape_signature: the shape with -1 for dimensions not known; () if the file has none.
        sparse: whether the file stores the constant in a sparse encoding.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: DType
    quantization: Quantization | None = None
    data: memoryview | None = field(default=None, repr=False, compare=False)
    is_variable: bool = False
    buffer: int = 0
    shape_signature: tuple[int, ...] = ()
    sparse: bool = False
    external_buffer: int = 0

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes that TFLM counts for the tensor; 0 for types that it has no size for."""
        return prod(self.shape) * (self.dtype.size_bytes or 0)

    @property
    def is_constant(self) -> bool:
        return self.data is not None and len(self.data) > 0

    @property
    def is_quantized(self) -> bool:
        """Whether TFLM attaches kTfLiteAffineQuantization to the tensor."""
        q = self.quantization
        return q is not None and bool(q.scales) and bool(q.zero_points)

    @property
    def scale(self) -> float:
        """params.scale of TFLM: the first scale, 0 where TFLM doesn't take it for quantized."""
        q = self.quantization
        return q.scales[0] if q is not None and q.scales and q.zero_points else 0.0

    @property
    def zero_point(self) -> int:
        """params.zero_point of TFLM: the first zero point, 0 where not quantized."""
        q = self.quantization
        return q.zero_points[0] if q is not None and q.scales and q.zero_points else 0

    def values(self) -> tuple[Any, ...]:
        """Decode the constant's elements (for small ones: shapes, axes, paddings).

        Raises:
            ValueError: the tensor is not constant, its type has no plain encoding, or the buffer
                is shorter than the shape needs.
        """
        code = _VALUE_FORMAT.get(self.dtype)
        if self.data is None or code is None:
            raise ValueError(f"tensor {self.index} has no constant data of a plain type")
        size = struct.calcsize(code)
        if not 0 <= self.elements * size <= len(self.data):
            raise ValueError(f"tensor {self.index}: its buffer doesn't hold what its shape says")
        return struct.unpack_from(f"<{self.elements}{code}", self.data)


@light
@dataclass(frozen=True, slots=True)
class Op:
    """One operator of a subgraph, in execution order.

    Attributes:
        name: the schema's name of a builtin ("CONV_2D"), the custom code of a custom operator.
        inputs, outputs, intermediates: tensor indices; -1 is an omitted optional tensor.
        options: the builtin options' fields in snake case; None where the file has no table.
        custom_options: the bytes of a custom operator's options, or None.
    """

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    version: int = 1
    is_custom: bool = False
    intermediates: tuple[int, ...] = ()
    options: Mapping[str, OptionValue] | None = None
    custom_options: memoryview | None = field(default=None, repr=False, compare=False)
    opcode_index: int = 0


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Tensors and the operators over them, in execution order."""

    index: int
    name: str
    tensors: tuple[Tensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[Op, ...]


@light
@dataclass(frozen=True, slots=True)
class OperatorCode:
    """An entry of the model's operator code table.

    ``extended_code`` is the field builtin_code alone (0 in files of schema v3, which have only
    deprecated_builtin_code): TFLM's lifetime analysis looks at nothing else.
    """

    name: str
    version: int
    is_custom: bool
    extended_code: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """A named blob of the model, such as OfflineMemoryAllocation."""

    name: str
    buffer: int
    data: memoryview | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Graph:
    """A whole model. ``subgraphs[0]`` is the main one.

    ``buffer_bytes`` holds the size of each buffer of the file, 0 for one without content.
    """

    subgraphs: tuple[Subgraph, ...]
    operator_codes: tuple[OperatorCode, ...] = ()
    metadata: tuple[Metadata, ...] = ()
    description: str = ""
    schema_version: int = 3
    size_bytes: int = 0
    buffer_bytes: tuple[int, ...] = ()

    @property
    def main(self) -> Subgraph:
        return self.subgraphs[0]

    @cached_property
    def operators(self) -> tuple[tuple[Subgraph, Op], ...]:
        """All operators with their subgraphs, in file order."""
        return tuple((subgraph, op) for subgraph in self.subgraphs for op in subgraph.operators)

    def to_networkx(self, subgraph: int = 0) -> networkx.MultiDiGraph:
        """The dataflow of one subgraph: nodes are operator indices, edges are tensors.

        Nodes carry ``op`` (Op), edges ``tensor`` (Tensor). Graph inputs and constants have no
        producer and so give no edge.
        """
        import networkx

        source = self.subgraphs[subgraph]
        view = networkx.MultiDiGraph()
        producer: dict[int, int] = {}
        for op in source.operators:
            view.add_node(op.index, op=op)
            for tensor in op.inputs:
                if tensor in producer:
                    view.add_edge(producer[tensor], op.index, tensor=source.tensors[tensor])
            producer.update(dict.fromkeys(op.outputs, op.index))
        return view


def tensor_at(tensors: Sequence[Tensor], index: int) -> Tensor | None:
    """The tensor at an operator's index; None for -1, the omitted optional tensor."""
    return tensors[index] if index >= 0 else None

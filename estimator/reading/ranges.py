"""What a stretch of a .tflite file is for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RangeKind(str, Enum):
    """Kinds of bytes in a model file."""

    WEIGHTS = "weights"
    BIASES = "biases"
    CONSTANTS = "other constants"
    SCALES = "quantization scales"
    ZERO_POINTS = "zero points"
    MIN_MAX = "min and max"
    QUANTIZATION = "quantization tables"
    TENSORS = "tensor tables"
    SHAPES = "shapes"
    SPARSITY = "sparsity"
    OPERATORS = "operator tables"
    OPERATOR_TENSORS = "operators' tensor lists"
    OPTIONS = "operator options"
    OPERATOR_CODES = "operator codes"
    SUBGRAPHS = "subgraph tables"
    BUFFERS = "buffer tables"
    NAMES = "names"
    METADATA = "metadata"
    SIGNATURES = "signatures"
    UNUSED_BUFFERS = "unused buffers"
    DUPLICATE_BUFFERS = "duplicate buffers"
    OFFSETS = "vectors of offsets"
    VTABLES = "vtables"
    HEADER = "header and root"
    PADDING = "alignment padding"
    UNREFERENCED = "unreferenced"


@dataclass(frozen=True, slots=True)
class Range:
    """The bytes ``[start, end)`` of the file.

    Attributes:
        start, end: byte offsets, half-open.
        kind: what they are.
        owner: path in the file, such as ``subgraphs[0].tensors[3].name``.
        reason: why they are there, in words, where the kind and owner don't say so.
        subgraph: index of the subgraph that they serve; None for the model as a whole.
        tensor: index of the tensor in that subgraph, or None.
        operator: index of the operator that reads or writes the tensor, or None.
    """

    start: int
    end: int
    kind: RangeKind
    owner: str
    reason: str = ""
    subgraph: int | None = None
    tensor: int | None = None
    operator: int | None = None

    @property
    def size_bytes(self) -> int:
        return self.end - self.start

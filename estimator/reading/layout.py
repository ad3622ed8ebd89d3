"""Label every byte of a .tflite file once: what it is, whose it is and why it is there.

Schema: tensorflow/compiler/mlir/lite/schema/schema.fbs of tflite-micro 90b983c2.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from estimator.graph import Graph
from estimator.reading.buffers import BufferUse, buffer_uses
from estimator.reading.ranges import Range, RangeKind
from estimator.reading.verification import sound_walk
from estimator.reading.walk import Owner, Span, path

MAX_ALIGNMENT_BYTES = 16
"""The schema's largest force_align: a longer run of zeros is no padding."""

_KINDS = {
    "Tensor": RangeKind.TENSORS,
    "VariantSubType": RangeKind.TENSORS,
    "Tensor.name": RangeKind.NAMES,
    "Tensor.shape": RangeKind.SHAPES,
    "Tensor.shape_signature": RangeKind.SHAPES,
    "VariantSubType.shape": RangeKind.SHAPES,
    "QuantizationParameters": RangeKind.QUANTIZATION,
    "QuantizationParameters.scale": RangeKind.SCALES,
    "QuantizationParameters.zero_point": RangeKind.ZERO_POINTS,
    "QuantizationParameters.min": RangeKind.MIN_MAX,
    "QuantizationParameters.max": RangeKind.MIN_MAX,
    "CustomQuantization": RangeKind.QUANTIZATION,
    "BlockwiseQuantization": RangeKind.QUANTIZATION,
    "MultiAxisQuantization": RangeKind.QUANTIZATION,
    "SparsityParameters": RangeKind.SPARSITY,
    "DimensionMetadata": RangeKind.SPARSITY,
    "Int32Vector": RangeKind.SPARSITY,
    "Uint16Vector": RangeKind.SPARSITY,
    "Uint8Vector": RangeKind.SPARSITY,
    "Operator": RangeKind.OPERATORS,
    "Operator.inputs": RangeKind.OPERATOR_TENSORS,
    "Operator.outputs": RangeKind.OPERATOR_TENSORS,
    "Operator.intermediates": RangeKind.OPERATOR_TENSORS,
    "Operator.custom_options": RangeKind.OPTIONS,
    "Operator.mutating_variable_inputs": RangeKind.OPTIONS,
    "OperatorCode": RangeKind.OPERATOR_CODES,
    "SubGraph": RangeKind.SUBGRAPHS,
    "SubGraph.name": RangeKind.NAMES,
    "Buffer": RangeKind.BUFFERS,
    "ExternalBufferGroup": RangeKind.BUFFERS,
    "ExternalBuffer": RangeKind.BUFFERS,
    "Metadata": RangeKind.METADATA,
    "Model.metadata_buffer": RangeKind.METADATA,
    "SignatureDef": RangeKind.SIGNATURES,
    "TensorMap": RangeKind.SIGNATURES,
    "Model.description": RangeKind.NAMES,
    "Model": RangeKind.HEADER,
}
_REASONS = {
    "Tensor.name": "for people and tools: TFLM never reads it",
    "SubGraph.name": "for people and tools: TFLM never reads it",
    "Model.description": "for people and tools: TFLM never reads it",
    "QuantizationParameters.min": "calibration range: TFLM never reads it",
    "QuantizationParameters.max": "calibration range: TFLM never reads it",
    "SignatureDef": "for interpreters with signatures: TFLM never reads it",
    "Buffer": "a table per buffer, and the length of its data",
}


def partition(data: memoryview, graph: Graph, name: str = "model") -> tuple[Range, ...]:
    """Label all bytes of a model file.

    Args:
        data: the file's bytes.
        graph: the Graph that was read from them.
        name: what to call the file in errors.

    Returns:
        Ranges in file order that touch each other, from 0 to ``len(data)``.

    Raises:
        ModelError: the file's structure is broken (see :func:`verify`).
    """
    walk = sound_walk(data, name)
    labeller = _Labeller(data, graph)
    ranges: list[Range] = []
    at = 0
    outside = sorted(Span(o, o + n, t, "outside", who) for o, n, t, who in walk.outside)
    for span in [*walk.spans, *_disjoint(outside, walk.spans[-1].end)]:
        if span.start > at:
            ranges.append(_gap(data, at, span.start))
        ranges.extend(labeller.label(span))
        at = span.end
    if at < len(data):
        ranges.append(_gap(data, at, len(data)))
    return tuple(ranges)


def _disjoint(spans: list[Span], at: int) -> Iterator[Span]:
    """Data behind the FlatBuffer, without what is already labelled."""
    for span in spans:
        if span.end > at:
            yield span._replace(start=max(at, span.start))
            at = span.end


def _gap(data: memoryview, start: int, end: int) -> Range:
    """Bytes that nothing points to: padding if they are few zeros."""
    if end - start < MAX_ALIGNMENT_BYTES and not any(data[start:end]):
        return Range(start, end, RangeKind.PADDING, "", "aligns what follows")
    return Range(start, end, RangeKind.UNREFERENCED, "", "nothing in the file points here")


class _Labeller:
    """Turns the objects of a file into ranges."""

    def __init__(self, data: memoryview, graph: Graph) -> None:
        self.graph = graph
        self.uses = buffer_uses(graph)
        self.data = data
        self.operators = {
            (subgraph.index, tensor): operator
            for subgraph in graph.subgraphs
            for tensor, operator in _operator_of_tensor(subgraph.operators).items()
        }
        self.first: dict[int, tuple[int, str]] = {}
        self.contents: dict[tuple[int, bytes], str] = {}

    def label(self, span: Span) -> Iterator[Range]:
        """The ranges of one object: one, or two where a buffer's length precedes its data."""
        table, field, owner = span.table, span.field, span.owner
        key = f"{table}.{field}"
        if key == "Buffer.data" or (table, field) == ("Buffer", "outside"):
            yield from self.buffer(span)
            return
        subgraph, tensor, operator = self.place(owner)
        yield Range(
            span.start, span.end, _kind(table, field, owner), path(owner, field),
            _REASONS.get(key) or _REASONS.get(table, ""), subgraph, tensor, operator,
        )  # fmt: skip

    def place(self, owner: Owner) -> tuple[int | None, int | None, int | None]:
        """Subgraph, tensor and operator of an object by its chain of owners."""
        subgraph = tensor = operator = None
        while owner is not None:
            owner, step, index = owner
            if step == "subgraphs" and owner is None:
                subgraph = index
            elif step == "tensors":
                tensor = index
            elif step == "operators":
                operator = index
        if subgraph is None:
            return None, None, None
        if tensor is not None:
            operator = self.operators.get((subgraph, tensor))
        return subgraph, tensor, operator

    def buffer(self, span: Span) -> Iterator[Range]:
        """The length and the data of a buffer."""
        owner = path(span.owner)
        use = self.uses.get(span.owner[2], BufferUse())
        place = (use.subgraph, use.tensor, use.operator)
        start = span.start
        if span.field == "data":
            yield Range(start, start + 4, RangeKind.BUFFERS, owner, _REASONS["Buffer"], *place)
            start += 4
        if start == span.end:
            return
        twin = self.twin(start, span.end, owner)
        if twin and use.kind is not RangeKind.UNUSED_BUFFERS:
            kind, reason = RangeKind.DUPLICATE_BUFFERS, f"the same bytes as {twin}"
        else:
            kind, reason = use.kind, use.reason
        yield Range(start, span.end, kind, owner, reason, *place)

    def twin(self, start: int, end: int, owner: str) -> str:
        """An earlier buffer with the same bytes, or ""; content is read where sizes are equal."""
        size = end - start
        if size not in self.first:
            self.first[size] = (start, owner)
            return ""
        first, first_owner = self.first[size]
        if first >= 0:
            self.first[size] = (-1, "")
            self.contents[size, self.digest(first, first + size)] = first_owner
        known = self.contents.setdefault((size, self.digest(start, end)), owner)
        return "" if known == owner else known

    def digest(self, start: int, end: int) -> bytes:
        return blake2b(self.data[start:end], digest_size=16).digest()


def _operator_of_tensor(operators: tuple) -> dict[int, int]:  # type: ignore[type-arg]
    """Tensor -> the operator that writes it or, for what none writes, first reads it."""
    found: dict[int, int] = {}
    for op in operators:
        for tensor in op.inputs:
            found.setdefault(tensor, op.index)
    for op in operators:
        found.update(dict.fromkeys((*op.outputs, *op.intermediates), op.index))
    return found


def _kind(table: str, field: str, owner: Owner) -> RangeKind:
    if field == "vtable":
        return RangeKind.VTABLES
    if field == "header":
        return RangeKind.HEADER
    exact = _KINDS.get(f"{table}.{field}") if field else None
    if exact is not None:
        return exact
    if table in ("Model", "SubGraph") and field not in ("", "inputs", "outputs"):
        return RangeKind.OFFSETS
    return _KINDS.get(table, RangeKind.OPTIONS)

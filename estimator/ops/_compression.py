"""Compressed tensors: what they cost, in builds with USE_TFLM_COMPRESSION (the x86-64 layout).

Mirrors GetCompressionMetadata and AllocateCompressedTensorsList in micro_allocator.cc and
AllocateDecompressionScratchBuffer in micro_interpreter_context.cc (tflite-micro 90b983c2). The
application is taken to give no decompression memory of its own (SetDecompressionMemory).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from estimator.facts.runtime import Layout
from estimator.graph import DType, Graph, Subgraph, Tensor
from estimator.opmodel import Node, Refusal, Request, RequestKind, Stage
from estimator.reading.compression import (
    COMPRESSION_METADATA,
    SCHEMA_VERSION,
    CompressionMetadata,
    LutTensor,
    read_compression_metadata,
)

MAXIMUM_BIT_WIDTH = 7
"""LookupTableData::kMaxBitWidth in compression.h."""
FIX = "compress the model again, from its uncompressed original"


class CompressedTensorsList(NamedTuple):
    """What AllocateCompressedTensorsList asks for, in order, and why it may refuse the model.

    The requests come after SubgraphAllocations and before the eval tensors.
    """

    requests: tuple[Request, ...]
    refusals: tuple[Refusal, ...]


def compression_metadata(graph: Graph) -> CompressionMetadata | None:
    """GetCompressionMetadata: None where the model has none that TFLM takes."""
    for entry in graph.metadata:
        if entry.name == COMPRESSION_METADATA and entry.buffer != 0 and entry.data is not None:
            found = read_compression_metadata(entry.data)
            if found is None or found.schema_version > SCHEMA_VERSION:
                return None
            return found
    return None


def is_tensor_compressed(node: Node, position: int) -> bool:
    """IsTensorCompressed of an input; never in builds without compression."""
    tensor = node.input(position)
    if tensor is None or not node.layout.compression:
        return False
    metadata = compression_metadata(node.graph)
    subgraphs = metadata.subgraphs if metadata is not None else None
    if subgraphs is None or node.subgraph.index >= len(subgraphs):
        return False
    entries = subgraphs[node.subgraph.index] or ()
    return any(entry.tensor == tensor.index for entry in entries)


def allocate_decompression_scratch_buffer(node: Node, position: int) -> None:
    """AllocateDecompressionScratchBuffer: room for the whole tensor, if it is compressed."""
    tensor = node.input(position)
    if tensor is not None and is_tensor_compressed(node, position):
        node.request_scratch_buffer(tensor.size_bytes, f"decompressed {tensor.name}")


def allocate_weights_and_bias_scratch(node: Node, weights: int, bias: int) -> None:
    """What the kernels with weights do: INT4 can't be compressed; then a buffer for each."""
    tensor = node.input(weights)
    if tensor is not None and tensor.dtype is DType.INT4:
        node.ensure(
            not is_tensor_compressed(node, weights),
            "its weights are INT4 and compressed: TFLM can't have both",
            tensor=tensor, fix="compress INT8 weights, or leave INT4 weights as they are",
        )  # fmt: skip
    allocate_decompression_scratch_buffer(node, weights)
    allocate_decompression_scratch_buffer(node, bias)


def allocate_compressed_tensors_list(graph: Graph, layout: Layout) -> CompressedTensorsList:
    """AllocateCompressedTensorsList; nothing in builds without compression."""
    metadata = compression_metadata(graph) if layout.compression else None
    if metadata is None:
        return CompressedTensorsList((), ())
    if not metadata.subgraphs:
        return CompressedTensorsList((), (_refusal("its list of subgraphs is empty"),))
    requests: list[Request] = []
    for index, entries in enumerate(metadata.subgraphs):
        problem = "it names a subgraph that the model lacks"
        if index < len(graph.subgraphs):
            problem = "" if entries else "its list of tensors is empty"
        if problem:
            return CompressedTensorsList(tuple(requests), (_refusal(problem, index),))
        subgraph = graph.subgraphs[index]
        seen: set[int] = set()
        for position, entry in enumerate(entries or ()):
            requests += _lut_requests(layout)
            problem = _problem(graph, subgraph, entry, seen)
            if problem:
                return CompressedTensorsList(tuple(requests), (_refusal(problem, index),))
            if position == 0:
                pointer = layout.pointer_bytes
                size = pointer * len(subgraph.tensors)
                requests.append(_persistent(size, pointer, "list of compressed tensors"))
            seen.add(entry.tensor)
    return CompressedTensorsList(tuple(requests), ())


def _lut_requests(layout: Layout) -> Iterator[Request]:
    for struct in ("CompressionTensorData", "LookupTableData"):
        yield _persistent(layout.size_of(struct), layout.align_of(struct), struct)


def _persistent(size_bytes: int, alignment: int, what: str) -> Request:
    return Request(RequestKind.PERSISTENT, size_bytes, alignment, what)


def _problem(graph: Graph, subgraph: Subgraph, entry: LutTensor, seen: set[int]) -> str:
    """InitializeCompressionTensorDataFromFlatbuffer: why it fails, or ""."""
    if not 0 <= entry.tensor < len(subgraph.tensors):
        return f"it names tensor {entry.tensor}, the subgraph has {len(subgraph.tensors)}"
    tensor = subgraph.tensors[entry.tensor]
    if entry.index_bitwidth > MAXIMUM_BIT_WIDTH:
        return f"tensor {tensor.index} has indices of {entry.index_bitwidth} bits, more than 7"
    sizes = graph.buffer_bytes
    if entry.value_buffer >= len(sizes) or not sizes[entry.value_buffer]:
        return f"the value buffer {entry.value_buffer} of tensor {tensor.index} has no content"
    return _tensor_problem(tensor) or (
        f"it names tensor {tensor.index} twice" if tensor.index in seen else ""
    )


def _tensor_problem(tensor: Tensor) -> str:
    if tensor.rank == 0:
        return f"tensor {tensor.index} is a scalar"
    if tensor.dtype.size_bytes is None:
        return f"tensor {tensor.index} has type {tensor.dtype.name}, of which TFLM knows no size"
    q = tensor.quantization
    if q is None or len(q.scales) < 2 or q.dimension in (0, tensor.rank - 1):
        return ""
    return f"tensor {tensor.index} is quantized along axis {q.dimension}: neither first nor last"


def _refusal(problem: str, subgraph: int | None = None) -> Refusal:
    return Refusal(
        Stage.LOAD, f"compression metadata: {problem}", FIX, "micro_allocator.cc", subgraph
    )

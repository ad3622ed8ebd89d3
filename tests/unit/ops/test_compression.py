"""Compressed tensors; the sizes are those that the wheel tflite-micro 0.dev20261009205824 asks for.

That wheel is built with USE_TFLM_COMPRESSION; its arena was compared byte by byte for convolutions,
fully connected layers, concatenation and assignment with compressed weights, biases and inputs.
"""

from __future__ import annotations

import flatbuffers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.facts.layout import load_layout
from estimator.graph import DType, Graph, Metadata, Quantization, Subgraph, Tensor
from estimator.opmodel import RequestKind, Stage
from estimator.ops._compression import allocate_compressed_tensors_list, compression_metadata
from estimator.reading.compression import (
    COMPRESSION_METADATA,
    CompressionMetadata,
    LutTensor,
    read_compression_metadata,
)
from tests.unit.ops.graphs import op, sizes, subgraph, tensor, traced

VALUES = 9
"""Index of the buffer that holds the values."""
Entries = list[tuple[int, int, int]]


def blob(subgraphs: list[Entries | None], version: int | None = None) -> bytes:
    """The metadata: per subgraph (tensor, value buffer, bits), or None for no vector."""
    builder = flatbuffers.Builder(256)
    tables = [_subgraph(builder, entries) for entries in subgraphs]
    vector = _vector(builder, tables)
    builder.StartObject(2)
    if version is not None:
        builder.PrependUint32Slot(0, version, 1)
    builder.PrependUOffsetTRelativeSlot(1, vector, 0)
    builder.Finish(builder.EndObject())
    return bytes(builder.Output())


def _subgraph(builder: flatbuffers.Builder, entries: Entries | None) -> int:
    tables = []
    for index, buffer, bits in entries or ():
        builder.StartObject(3)
        builder.PrependInt32Slot(0, index, 0)
        builder.PrependUint32Slot(1, buffer, 0)
        builder.PrependUint8Slot(2, bits, 0)
        tables.append(builder.EndObject())
    vector = _vector(builder, tables) if entries is not None else 0
    builder.StartObject(1)
    if entries is not None:
        builder.PrependUOffsetTRelativeSlot(0, vector, 0)
    return int(builder.EndObject())


def _vector(builder: flatbuffers.Builder, tables: list[int]) -> int:
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return int(builder.EndVector())


def _layer(weights: DType = DType.FLOAT32) -> Subgraph:
    """FULLY_CONNECTED 16 -> 8 with a bias; weights and bias could be compressed."""
    tensors = (
        tensor(0, (1, 16), DType.FLOAT32),
        tensor(1, (8, 16), weights, bytes(64)),
        tensor(2, (8,), DType.FLOAT32, bytes(4)),
        tensor(3, (1, 8), DType.FLOAT32),
    )
    return subgraph(0, tensors, (op(0, "FULLY_CONNECTED", (0, 1, 2), (3,)),), (0,), (3,))


def _graph(entries: Entries | None = None, data: bytes | None = None, *layers: Subgraph) -> Graph:
    content = data if data is not None else blob([entries])
    metadata = Metadata(COMPRESSION_METADATA, 8, memoryview(content))
    return Graph(layers or (_layer(),), metadata=(metadata,), buffer_bytes=(0,) * VALUES + (64,))


def _scratch(graph: Graph, layout: str = "x86-64") -> list[list[int]]:
    return sizes(traced(graph, layout), RequestKind.SCRATCH)


def test_compressed_weights_and_bias_are_decompressed_into_scratch() -> None:
    assert _scratch(_graph([(1, VALUES, 4)])) == [[512]]
    assert _scratch(_graph([(2, VALUES, 2), (1, VALUES, 4)])) == [[512, 32]]
    assert _scratch(_graph([(0, VALUES, 4)])) == [[]]


def test_builds_without_compression_ignore_it() -> None:
    graph = _graph([(1, VALUES, 4)])
    assert _scratch(graph, "arm-none-eabi") == [[]]
    assert allocate_compressed_tensors_list(graph, load_layout("arm-none-eabi")) == ((), ())


def test_the_list_takes_two_structs_per_tensor_and_a_pointer_per_tensor_of_the_subgraph() -> None:
    found = allocate_compressed_tensors_list(
        _graph([(1, VALUES, 4), (2, VALUES, 4)]), load_layout("x86-64")
    )
    asked = [(request.size_bytes, request.alignment) for request in found.requests]
    assert asked == [(16, 8), (16, 8), (32, 8), (16, 8), (16, 8)]
    assert found.refusals == ()


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([(1, VALUES, 8)], "8 bits"),
        ([(1, VALUES, 4), (1, VALUES, 4)], "twice"),
        ([(7, VALUES, 4)], "tensor 7"),
        ([(-1, VALUES, 4)], "tensor -1"),
        ([(1, 99, 4)], "value buffer 99"),
        ([(1, 0, 4)], "value buffer 0"),
        ([], "list of tensors is empty"),
        (None, "list of tensors is empty"),
    ],
)
def test_what_tflm_refuses(entries: Entries | None, reason: str) -> None:
    (refusal,) = traced(_graph(entries), "x86-64").refusals
    assert refusal.stage is Stage.LOAD
    assert reason in refusal.reason


def test_a_middle_axis_is_refused() -> None:
    weights = Tensor(
        1, "w", (2, 3, 2), DType.INT8, Quantization((1.0,) * 3, (0,), 1), memoryview(bytes(8))
    )
    layer = _layer()
    tensors = (layer.tensors[0], weights, *layer.tensors[2:])
    found = allocate_compressed_tensors_list(
        _graph([(1, VALUES, 4)], None, subgraph(0, tensors, ())), load_layout("x86-64")
    )
    assert "axis 1" in found.refusals[0].reason


def test_more_subgraphs_than_the_model_has() -> None:
    graph = _graph(data=blob([[(1, VALUES, 4)], [(1, VALUES, 4)]]))
    (refusal,) = allocate_compressed_tensors_list(graph, load_layout("x86-64")).refusals
    assert refusal.subgraph == 1


def test_int4_weights_cannot_be_compressed() -> None:
    graph = _graph([(1, VALUES, 4)], None, _int4_layer())
    (refusal,) = traced(graph, "x86-64").refusals
    assert "INT4 and compressed" in refusal.reason


def _int4_layer() -> Subgraph:
    scale = Quantization((0.5,), (0,))
    tensors = (
        Tensor(0, "in", (1, 16), DType.INT8, scale),
        Tensor(1, "w", (8, 16), DType.INT4, scale, memoryview(bytes(64))),
        Tensor(2, "out", (1, 8), DType.INT8, scale),
    )
    return subgraph(0, tensors, (op(0, "FULLY_CONNECTED", (0, 1, -1), (2,)),), (0,), (2,))


def test_newer_and_damaged_metadata_are_ignored_as_tflm_does() -> None:
    whole = blob([[(1, VALUES, 4)]])
    assert read_compression_metadata(whole) == CompressionMetadata(1, ((LutTensor(1, VALUES, 4),),))
    assert compression_metadata(_graph(data=blob([[(1, VALUES, 4)]], version=2))) is None
    for length in range(len(whole)):
        assert compression_metadata(_graph(data=whole[:length])) is None
    assert _scratch(_graph(data=whole[:20])) == [[]]


@given(st.binary(max_size=120))
def test_arbitrary_bytes_never_raise(content: bytes) -> None:
    read_compression_metadata(content)


@given(st.integers(0, 200), st.integers(0, 255))
def test_changed_bytes_never_raise(position: int, value: int) -> None:
    content = bytearray(blob([[(1, VALUES, 4), (2, VALUES, 4)]]))
    content[position % len(content)] = value
    traced(_graph(data=bytes(content)), "x86-64")

"""The partition of a model file: every byte once, with the right label and owner."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from struct import pack

import pytest
import tflite

from estimator.reading import read
from estimator.reading.layout import partition
from estimator.reading.ranges import Range, RangeKind
from estimator.reading.tree import Node, decode, encode

MODELS = sorted((Path(__file__).parents[3] / "golden" / "models").glob("*.tflite"))


def parts(data: bytes) -> tuple[Range, ...]:
    view = memoryview(data)
    return partition(view, read(view))


def assert_partition(ranges: tuple[Range, ...], size: int) -> None:
    at = 0
    for piece in ranges:
        assert piece.start == at
        assert piece.end > at
        at = piece.end
    assert at == size


def totals(ranges: tuple[Range, ...]) -> Counter[RangeKind]:
    counted: Counter[RangeKind] = Counter()
    for piece in ranges:
        counted[piece.kind] += piece.size_bytes
    return counted


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_golden_models_fall_apart_without_rest(path: Path) -> None:
    data = path.read_bytes()
    ranges = parts(data)
    assert_partition(ranges, len(data))
    assert totals(ranges)[RangeKind.UNREFERENCED] == 0


def test_shared_models_fall_apart(shared: Path) -> None:
    for path in sorted((shared / "models").rglob("*.tflite")):
        data = path.read_bytes()
        assert_partition(parts(data), len(data))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_weights_are_the_tensors_that_the_operators_read(path: Path) -> None:
    """An independent count: the constants at the weight inputs of convolutions and so on."""
    graph = read(memoryview(path.read_bytes()))
    expected = {RangeKind.WEIGHTS: 0, RangeKind.BIASES: 0}
    seen = set()
    for subgraph, op in graph.operators:
        if op.name not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            continue
        for kind, index in zip(expected, op.inputs[1:3]):
            tensor = subgraph.tensors[index]
            if index >= 0 and tensor.data is not None and tensor.buffer not in seen:
                seen.add(tensor.buffer)
                expected[kind] += len(tensor.data)
    counted = totals(parts(path.read_bytes()))
    duplicates = counted[RangeKind.DUPLICATE_BUFFERS]
    assert counted[RangeKind.WEIGHTS] + counted[RangeKind.BIASES] + duplicates == sum(
        expected.values()
    )


def small_model(*, twin: bool = False, unused: bool = False, tail: bytes = b"") -> bytes:
    """x -> FULLY_CONNECTED with constant weights w -> y; v is w's twin if asked for."""
    contents = [b"", bytes(range(1, 33)), bytes(range(101, 133)) if twin else b"", b"\1" * 24]
    buffers = [
        Node("Buffer", {"data": content} if content else {})
        for content in contents[: 4 if unused else 3]
    ]
    tensors = [
        Node(
            "Tensor",
            {
                "name": name,
                "buffer": pack("<I", buffer),
                "shape": pack("<2i", *shape),
                "type": bytes([tflite.TensorType.INT8]),
            },
        )
        for name, buffer, shape in (
            (b"x", 0, (1, 4)), (b"w", 1, (8, 4)), (b"v", 2, (8, 4)), (b"y", 0, (1, 8)),
        )
    ]  # fmt: skip
    op = {"inputs": pack("<3i", 0, 1, 2 if twin else -1), "outputs": pack("<i", 3)}
    subgraph = {
        "name": b"main",
        "tensors": tensors,
        "operators": [Node("Operator", op)],
        "inputs": pack("<i", 0),
        "outputs": pack("<i", 3),
    }
    code = pack("<b", tflite.BuiltinOperator.FULLY_CONNECTED)
    model = {
        "version": pack("<I", 3),
        "operator_codes": [Node("OperatorCode", {"deprecated_builtin_code": code})],
        "buffers": buffers,
        "subgraphs": [Node("SubGraph", subgraph)],
    }
    # encode() would write equal buffers once.
    return encode(Node("Model", model)).replace(bytes(range(101, 133)), bytes(range(1, 33))) + tail


def test_duplicate_unused_and_unreferenced_bytes_are_found() -> None:
    counted = totals(parts(small_model()))
    assert counted[RangeKind.WEIGHTS] == 32
    assert counted[RangeKind.DUPLICATE_BUFFERS] == counted[RangeKind.UNUSED_BUFFERS] == 0
    data = small_model(twin=True, unused=True, tail=b"tail")
    ranges = parts(data)
    assert_partition(ranges, len(data))
    counted = totals(ranges)
    assert counted[RangeKind.WEIGHTS] + counted[RangeKind.BIASES] == 32
    assert counted[RangeKind.DUPLICATE_BUFFERS] == 32
    assert counted[RangeKind.UNUSED_BUFFERS] == 24
    assert counted[RangeKind.UNREFERENCED] == 4


def test_ranges_name_tensor_and_operator() -> None:
    ranges = parts(small_model())
    weights = next(piece for piece in ranges if piece.kind is RangeKind.WEIGHTS)
    assert (weights.subgraph, weights.tensor, weights.operator) == (0, 1, 0)
    assert weights.owner == "buffers[1]"
    names = {piece.owner: piece for piece in ranges if piece.kind is RangeKind.NAMES}
    assert names["subgraphs[0].tensors[3].name"].operator == 0
    assert names["subgraphs[0].tensors[0].name"].operator == 0


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_decoding_and_encoding_loses_nothing(path: Path) -> None:
    data = memoryview(path.read_bytes())
    written = encode(decode(data))
    before, after = read(data), read(memoryview(written))
    assert before.subgraphs == after.subgraphs
    assert before.operator_codes == after.operator_codes
    assert before.metadata == after.metadata
    for old, new in zip(before.main.tensors, after.main.tensors):
        assert bytes(old.data or b"") == bytes(new.data or b"")
    assert_partition(parts(written), len(written))
    assert len(written) <= len(data)

"""A stripped model is smaller, and TFLM computes the same with it."""

from __future__ import annotations

from pathlib import Path
from struct import pack
from typing import Any

import numpy
import pytest

from estimator.errors import ModelError
from estimator.reading import read
from estimator.reading.layout import partition
from estimator.reading.ranges import RangeKind
from estimator.reading.tree import Node, decode, encode
from estimator.rewriting.strip import Removal, savings, strip

MODELS = sorted((Path(__file__).parents[3] / "golden" / "models").glob("*.tflite"))
KWS = (Path(__file__).parents[3] / "golden/models/kws_ds_cnn_int8.tflite").read_bytes()


def run(model: bytes) -> list[Any]:
    """What TFLM answers on seeded inputs, twice in a row (for models with state)."""
    runtime = pytest.importorskip("tflite_micro", reason="no tflite-micro wheel").runtime
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=2_000_000)
    random = numpy.random.default_rng(1)
    main = read(memoryview(model)).main
    answers = []
    for _ in range(2):
        for position in range(len(main.inputs)):
            details = interpreter.get_input_details(position)
            if numpy.issubdtype(details["dtype"], numpy.integer):
                values = random.integers(-100, 100, details["shape"])
            else:
                values = random.normal(size=details["shape"])
            interpreter.set_input(values.astype(details["dtype"]), position)
        interpreter.invoke()
        answers += [interpreter.get_output(i).copy() for i in range(len(main.outputs))]
    return answers


def assert_same_answers(before: bytes, after: bytes) -> None:
    assert_equal(run(before), run(after))


def assert_equal(expected: list[Any], found: list[Any]) -> None:
    assert expected
    for old, new in zip(expected, found, strict=True):
        numpy.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_golden_models_answer_the_same(path: Path) -> None:
    data = path.read_bytes()
    smaller = strip(memoryview(data))
    assert len(smaller) < len(data)
    assert_same_answers(data, smaller)


def test_real_models_answer_the_same(shared: Path) -> None:
    models = sorted((shared / "models" / "mlperf_tiny").glob("*.tflite"))
    refused = []
    for path in models:
        data = path.read_bytes()
        smaller = strip(memoryview(data), path.name)
        assert len(smaller) < len(data), path.name
        try:
            expected = run(data)
        except RuntimeError:
            refused.append(path.name)
            with pytest.raises(RuntimeError):
                run(smaller)
        else:
            assert_equal(expected, run(smaller))
    assert len(models) - len(refused) >= 9, refused  # TFLM refuses weight-only quantization


def test_stripping_twice_changes_nothing() -> None:
    once = strip(memoryview(KWS))
    assert strip(memoryview(once)) == once


def test_savings_are_what_the_file_shrinks_by() -> None:
    data = memoryview(KWS)
    found = {saving.what: saving.bytes for saving in savings(data)}
    anew = len(strip(data, removals=()))
    assert found["writing the file anew"] == len(data) - anew
    assert found["names"] == anew - len(strip(data, removals=[Removal.NAMES])) > 0
    assert all(size > 0 for size in found.values())


def test_savings_of_a_huge_model_come_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("estimator.rewriting.strip.MAX_DETAILED_TABLES", 5)
    data = memoryview(KWS)
    (saving,) = savings(data)
    assert saving.bytes == len(data) - len(strip(data))


def edited(change: Any) -> memoryview:
    model = decode(memoryview(KWS))
    change(model)
    return memoryview(encode(model))


def kinds(data: memoryview) -> set[RangeKind]:
    return {piece.kind for piece in partition(data, read(data))}


def test_buffers_that_nothing_uses_go() -> None:
    data = edited(lambda m: m.fields["buffers"].append(Node("Buffer", {"data": b"\7" * 999})))
    assert RangeKind.UNUSED_BUFFERS in kinds(data)
    smaller = strip(data, removals=[Removal.UNUSED_BUFFERS])
    assert RangeKind.UNUSED_BUFFERS not in kinds(memoryview(smaller))
    assert len(data) - len(smaller) >= 999
    assert_same_answers(bytes(data), smaller)


def test_a_constant_that_no_operator_reads_goes() -> None:
    def add_float_weights(model: Node) -> None:
        """In front of the other tensors, so that all have to be numbered anew."""
        model.fields["buffers"].append(Node("Buffer", {"data": b"\0\0\x80\x3f" * 100}))
        buffer = pack("<I", len(model.fields["buffers"]) - 1)
        subgraph = model.nodes("subgraphs")[0]
        weights = Node("Tensor", {"shape": pack("<i", 100), "name": b"float", "buffer": buffer})
        subgraph.fields["tensors"].insert(0, weights)
        for node in (subgraph, *subgraph.nodes("operators")):
            for field in ("inputs", "outputs"):
                old = node.numbers(field)
                node.fields[field] = pack(f"<{len(old)}i", *(i + (i >= 0) for i in old))

    data = edited(add_float_weights)
    assert_same_answers(KWS, bytes(data))
    smaller = strip(data, removals=[Removal.UNUSED_TENSORS, Removal.UNUSED_BUFFERS])
    assert len(read(memoryview(smaller)).main.tensors) == len(read(memoryview(KWS)).main.tensors)
    assert_same_answers(KWS, smaller)


def test_duplicate_buffers_are_merged() -> None:
    def double(model: Node) -> None:
        subgraph = model.nodes("subgraphs")[0]
        weights = subgraph.nodes("tensors")[subgraph.nodes("operators")[1].numbers("inputs")[1]]
        content = bytes(model.fields["buffers"][weights.number("buffer")].fields["data"])
        model.fields["buffers"].append(Node("Buffer", {"data": content}))
        weights.fields["buffer"] = pack("<I", len(model.fields["buffers"]) - 1)
        model.fields["metadata"] = []

    data = edited(double)
    buffers = len(decode(data).nodes("buffers"))
    smaller = strip(data, removals=[Removal.DUPLICATE_BUFFERS, Removal.UNUSED_BUFFERS])
    assert len(decode(memoryview(smaller)).nodes("buffers")) < buffers
    assert_same_answers(KWS, smaller)


def test_equal_channels_get_one_scale() -> None:
    def make_alike(model: Node) -> None:
        subgraph = model.nodes("subgraphs")[0]
        weights = subgraph.nodes("tensors")[subgraph.nodes("operators")[0].numbers("inputs")[1]]
        quantization = weights.fields["quantization"]
        count = len(quantization.fields["scale"]) // 4
        assert count > 1
        quantization.fields["scale"] = bytes(quantization.fields["scale"][:4]) * count

    data = edited(make_alike)
    smaller = strip(data, removals=[Removal.EQUAL_CHANNELS])
    assert len(smaller) < len(strip(data, removals=()))
    assert_same_answers(bytes(data), smaller)


def test_calibration_ranges_go() -> None:
    def add_ranges(model: Node) -> None:
        for tensor in model.nodes("subgraphs")[0].nodes("tensors"):
            quantization = tensor.fields.setdefault(
                "quantization", Node("QuantizationParameters", {})
            )
            quantization.fields |= {"min": pack("<f", -1), "max": pack("<f", 1)}

    data = edited(add_ranges)
    assert RangeKind.MIN_MAX in kinds(data)
    smaller = strip(data, removals=[Removal.MIN_MAX])
    assert RangeKind.MIN_MAX not in kinds(memoryview(smaller))
    saved = {saving.what: saving.bytes for saving in savings(data)}["min and max"]
    assert saved == len(strip(data, removals=())) - len(smaller)
    tensors = len(read(data).main.tensors)
    assert saved >= 2 * 4 * tensors
    assert_same_answers(bytes(data), smaller)


def test_metadata_that_tflm_never_reads_goes() -> None:
    def add_note(model: Node) -> None:
        model.fields["buffers"].append(Node("Buffer", {"data": b"\7" * 999}))
        buffer = pack("<I", len(model.fields["buffers"]) - 1)
        note = Node("Metadata", {"name": b"a note", "buffer": buffer})
        model.fields["metadata"] = [*model.nodes("metadata"), note]

    data = edited(add_note)
    smaller = strip(data, removals=[Removal.METADATA, Removal.UNUSED_BUFFERS])
    assert read(memoryview(smaller)).metadata == ()
    assert {saving.what: saving.bytes for saving in savings(data)}["metadata"] >= 999
    assert_same_answers(bytes(data), smaller)


def test_offline_plans_keep_their_tensors() -> None:
    def add_plan(model: Node) -> None:
        model.fields["buffers"].append(Node("Buffer", {"data": b"\7" * 99}))
        model.fields["buffers"].append(Node("Buffer", {"data": bytes(16)}))
        buffer = pack("<I", len(model.fields["buffers"]) - 1)
        plan = Node("Metadata", {"name": b"OfflineMemoryAllocation", "buffer": buffer})
        model.fields["metadata"] = [*model.nodes("metadata"), plan]

    smaller = memoryview(strip(edited(add_plan)))
    assert [entry.name for entry in read(smaller).metadata] == ["OfflineMemoryAllocation"]
    assert RangeKind.UNUSED_BUFFERS in kinds(smaller)


def test_broken_files_are_refused() -> None:
    with pytest.raises(ModelError):
        strip(memoryview(KWS[:1000]))

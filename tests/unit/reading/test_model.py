"""The Graph must hold what the `tflite` package, generated from the schema, reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import flatbuffers
import pytest
import tflite
from tflite.utils import BUILTIN_OPCODE2NAME

from estimator.errors import ModelError
from estimator.graph import Graph, Op, Tensor
from estimator.reading import open_model, read
from estimator.reading.schema import CUSTOM, OPERATOR_NAMES, table, union_member
from estimator.reading.view import File, View
from tests.conftest import SHARED

MODELS = sorted((Path(__file__).parents[3] / "golden" / "models").glob("*.tflite"))


def _text(value: bytes | None) -> str:
    return (value or b"").decode()


def _numbers(vector: Any) -> tuple[Any, ...]:
    return tuple(vector.tolist()) if hasattr(vector, "tolist") else ()


def _accessor(field: str) -> str:
    return re.sub(r"(^|_)([a-z])", lambda match: match.group(2).upper(), field)


def _assert_tensor(tensor: Tensor, known: Any, model: Any) -> None:
    assert tensor.name == _text(known.Name())
    assert tensor.shape == _numbers(known.ShapeAsNumpy())
    assert tensor.shape_signature == _numbers(known.ShapeSignatureAsNumpy())
    assert tensor.dtype.value == known.Type()
    assert tensor.is_variable == bool(known.IsVariable())
    data = model.Buffers(known.Buffer()).DataAsNumpy()
    assert bytes(tensor.data or b"") == (data.tobytes() if hasattr(data, "tobytes") else b"")
    quantization = known.Quantization()
    assert (tensor.quantization is None) == (quantization is None)
    if tensor.quantization is not None:
        assert tensor.quantization.scales == _numbers(quantization.ScaleAsNumpy())
        assert tensor.quantization.zero_points == _numbers(quantization.ZeroPointAsNumpy())
        assert tensor.quantization.dimension == quantization.QuantizedDimension()


def _assert_op(op: Op, known: Any, model: Any) -> None:
    code = model.OperatorCodes(known.OpcodeIndex())
    builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = _text(code.CustomCode()) if builtin == CUSTOM else BUILTIN_OPCODE2NAME[builtin]
    assert (op.name, op.version) == (name, code.Version())
    assert op.inputs == _numbers(known.InputsAsNumpy())
    assert op.outputs == _numbers(known.OutputsAsNumpy())
    union = known.BuiltinOptions()
    assert (op.options is None) == (union is None)
    if op.options is not None:
        options = getattr(tflite, union_member("BuiltinOptions", known.BuiltinOptionsType()))()
        options.Init(union.Bytes, union.Pos)
        for field, value in op.options.items():
            accessor = _accessor(field)
            if not hasattr(options, accessor):  # reserved in the schema, or newer than the package
                continue
            vector = getattr(options, f"{accessor}AsNumpy", None)
            other = _numbers(vector()) if vector else getattr(options, accessor)()
            assert value == (_text(other) if isinstance(value, str) else other), field


def _assert_same(graph: Graph, data: memoryview) -> int:
    model = tflite.Model.GetRootAs(data, 0)
    assert graph.description == _text(model.Description())
    assert len(graph.subgraphs) == model.SubgraphsLength()
    assert graph.buffer_bytes == tuple(
        model.Buffers(index).DataLength() for index in range(model.BuffersLength())
    )
    compared = 0
    for subgraph in graph.subgraphs:
        known = model.Subgraphs(subgraph.index)
        assert subgraph.inputs == _numbers(known.InputsAsNumpy())
        assert subgraph.outputs == _numbers(known.OutputsAsNumpy())
        assert len(subgraph.tensors) == known.TensorsLength()
        assert len(subgraph.operators) == known.OperatorsLength()
        for tensor in subgraph.tensors:
            _assert_tensor(tensor, known.Tensors(tensor.index), model)
        for op in subgraph.operators:
            _assert_op(op, known.Operators(op.index), model)
        compared += len(subgraph.tensors) + len(subgraph.operators)
    return compared


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_graph_holds_what_the_schema_package_reads(path: Path) -> None:
    data = open_model(path)
    assert _assert_same(read(data), data) > 10


def test_real_models_hold_what_the_schema_package_reads(shared: Path) -> None:
    paths = sorted(SHARED.glob("models/**/*.tflite"))
    assert sum(_assert_same(read(open_model(p)), open_model(p)) for p in paths) > 4000


def test_operator_names_are_those_of_the_schema() -> None:
    for code, name in BUILTIN_OPCODE2NAME.items():
        assert OPERATOR_NAMES[code] == name


def test_an_absent_string_is_not_an_empty_one() -> None:
    """VAR_HANDLE without a container matches any: a null pointer is not an empty string."""
    builder = flatbuffers.Builder()
    name = builder.CreateString("counter")
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(1, name, 0)
    builder.Finish(builder.EndObject())
    data = memoryview(bytes(builder.Output()))
    options = View(File(data), "VarHandleOptions", int.from_bytes(data[:4], "little"))
    assert dict(options.plain_fields()) == {"shared_name": "counter"}


def test_defaults_are_those_of_the_schema() -> None:
    """An options table without any field gives the schema's defaults."""
    empty = b"\x04\x00\x04\x00\x04\x00\x00\x00"  # a vtable without slots, then the table
    compared = 0
    for name in {union_member("BuiltinOptions", code) for code in range(1, 130)} - {""}:
        options = getattr(tflite, name)()
        options.Init(empty, 4)
        for field in table(name):
            if field.kind == "scalar":
                accessor = getattr(options, _accessor(field.name), None)
                if accessor is not None:  # reserved or newer than the package
                    assert accessor() == field.default, f"{name}.{field.name}"
                    compared += 1
    assert compared > 120


@pytest.mark.parametrize("missing", ["nowhere.tflite", "."])
def test_unreadable_paths_are_named(missing: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be read") as caught:
        open_model(tmp_path / missing)
    assert str(tmp_path) in caught.value.where


def test_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.tflite"
    path.touch()
    with pytest.raises(ModelError, match="is empty"):
        open_model(path)

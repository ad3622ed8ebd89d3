"""Broken files give a ModelError that names the place, and nothing else."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
import tflite
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.errors import ModelError
from estimator.reading import schema, verify
from estimator.reading.walk import MAX_TABLES

MODELS = sorted((Path(__file__).parents[3] / "golden" / "models").glob("*.tflite"))
SMALL = (Path(__file__).parents[3] / "golden/models/kws_ds_cnn_int8.tflite").read_bytes()


def view(data: bytes | bytearray) -> memoryview:
    return memoryview(bytes(data))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_golden_models_are_sound(path: Path) -> None:
    verify(view(path.read_bytes()), path.name)


def test_shared_models_are_sound(shared: Path) -> None:
    models = sorted((shared / "models").rglob("*.tflite"))
    assert len(models) > 400
    for path in models:
        verify(view(path.read_bytes()), str(path))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + bytes(100), "zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (bytes(100), "identifier TFL3"),
        (b"\xff\xff\xff\x7fTFL3" + bytes(8), "points to byte 2147483647"),
        (SMALL[:64], "the file has 64"),
    ],
)
def test_other_files_are_named(data: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=re.escape(message)) as raised:
        verify(view(data), "m.tflite")
    assert raised.value.where.startswith("m.tflite")
    assert raised.value.fix


def patched(position: int, form: str, value: int) -> memoryview:
    data = bytearray(SMALL)
    struct.pack_into(form, data, position, value)
    return view(data)


def table_position(table: object) -> int:
    return table._tab.Pos  # type: ignore[attr-defined,no-any-return]


def test_faults_name_their_place() -> None:
    model = tflite.Model.GetRootAs(SMALL, 0)
    subgraph = model.Subgraphs(0)
    tensor = subgraph.Tensors(3)
    tab = tensor._tab
    at_buffer = tab.Pos + tab.Offset(8)
    with pytest.raises(ModelError, match=r"subgraphs\[0\].tensors\[3\].buffer: 999 is out of"):
        verify(patched(at_buffer, "<I", 999), "m")
    at_name = tab.Pos + tab.Offset(10)
    with pytest.raises(ModelError, match=r"subgraphs\[0\].tensors\[3\].name: points to byte"):
        verify(patched(at_name, "<I", 0x7FFFFFF0), "m")
    tab = subgraph.Operators(1)._tab
    inputs = tab.Vector(tab.Offset(6))
    with pytest.raises(ModelError, match=r"subgraphs\[0\].operators\[1\].inputs: -2 is out of"):
        verify(patched(inputs, "<i", -2), "m")
    with pytest.raises(ModelError, match=r"operators\[1\].inputs: has 4294967295 elements"):
        verify(patched(inputs - 4, "<I", 0xFFFFFFFF), "m")
    at_options = tab.Pos + tab.Offset(12)
    with pytest.raises(ModelError, match=r"operators\[1\].builtin_options"):
        verify(patched(at_options, "<I", 0xFFFFFFF0), "m")


def test_overlapping_objects_are_refused() -> None:
    tab = tflite.Model.GetRootAs(SMALL, 0).Subgraphs(0).Operators(1)._tab
    inputs = tab.Vector(tab.Offset(6)) - 4
    length = struct.unpack_from("<I", SMALL, inputs)[0]
    with pytest.raises(ModelError, match=r"also belong to|out of range"):
        verify(patched(inputs, "<I", length + 3), "m")


def many_subgraphs(offsets: int, *, shared_table: bool) -> memoryview:
    """A model with that many subgraphs, each of 4 bytes, or all the same one."""
    data = bytearray(struct.pack("<I4s5HxxiI", 20, b"TFL3", 10, 8, 0, 0, 4, 12, 4))
    base = len(data) + 4
    tables = base + 4 * offsets
    data += struct.pack("<I", offsets)
    for index in range(offsets):
        target = tables + 4 + (0 if shared_table else 4 * index)
        data += struct.pack("<I", target - (base + 4 * index))
    data += struct.pack("<2H", 4, 4)
    data += b"".join(struct.pack("<i", 4 + 4 * i) for i in range(1 if shared_table else offsets))
    return view(data)


@pytest.mark.parametrize("shared_table", [True, False])
def test_endless_tables_are_refused(shared_table: bool) -> None:
    with pytest.raises(ModelError, match=f"over {MAX_TABLES} tables"):
        verify(many_subgraphs(MAX_TABLES, shared_table=shared_table), "m")
    verify(many_subgraphs(100, shared_table=shared_table), "m")


@settings(max_examples=300, deadline=2000)
@given(st.data())
def test_mutations_raise_nothing_but_model_errors(data: st.DataObject) -> None:
    mutated = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(0, len(mutated) - 4))
        value = data.draw(
            st.one_of(
                st.integers(0, 2**32 - 1),
                st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1, len(mutated)]),
            )
        )
        struct.pack_into("<I", mutated, position, value)
    if data.draw(st.booleans()):
        del mutated[data.draw(st.integers(0, len(mutated))) :]
    try:
        verify(view(mutated), "m")
    except ModelError as error:
        assert error.where.startswith("m")
        assert error.message


def test_schema_agrees_with_the_tflite_package() -> None:
    """Every field that the package has an accessor for is in our tables, and none is missing."""
    ours_alone = {"external_buffer", "external_buffer_groups", "external_buffers"}
    checked = 0
    for name in dir(tflite):
        accessors = getattr(tflite, name)
        if not hasattr(accessors, "GetRootAs"):
            continue
        fields = {
            re.sub(r"(?<!^)(?=[A-Z])", "_", member).lower().replace("_", "")
            for member in vars(accessors)
            if not member.startswith("_")
            and not re.match(
                r"^(Init|GetRootAs.*|.*(AsNumpy|Length|IsNone|HasIdentifier))$", member
            )
        }
        ours = {
            field.name.replace("_", "").lower()
            for field in schema.table(name)
            if field.name not in ours_alone
        }
        assert fields <= ours, name
        checked += 1
    assert checked > 150


def test_union_members_agree_with_the_tflite_package() -> None:
    for union in ("BuiltinOptions", "BuiltinOptions2"):
        for member, code in vars(getattr(tflite, union)).items():
            if isinstance(code, int) and not member.startswith("__"):
                assert schema.union_member(union, code) == (member if code else "")

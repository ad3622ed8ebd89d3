"""Runs the cases of tests/cases/ops/*.toml: what one operator asks of TFLM, or why it is refused.

A case describes one operator with its tensors (see ``_tensor`` for the fields), a build of TFLM,
and either ``expect`` (sizes in bytes, in order; an absent key is not compared) or ``refusal``.
"""

from __future__ import annotations

import importlib
import struct
import sys
from math import prod
from pathlib import Path
from typing import Any

import pytest

from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.graph import DType, Graph, Metadata, Op, Quantization, Subgraph, Tensor
from estimator.opmodel import Answer, Node, OperatorModel, RequestKind, Stage, Trace, trace
from estimator.ops import operators

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CASES = Path(__file__).parent.parent / "cases" / "ops"
OPS = Path(__file__).parent.parent.parent / "estimator" / "ops"
FIELDS = {
    "name", "operator", "kernels", "core", "layout", "inputs", "outputs", "intermediates",
    "options", "custom_options", "version", "metadata", "earlier_scratch", "expect", "refusal",
    "why",
}  # fmt: skip
EXPECTATIONS = {"builtin", "init", "persistent", "scratch", "temps", "owned", "macs", "other_ops"}
NEVER_ACCEPTED = {"ethosu"}  # of neither kernel library
SCALE = 1 / 128  # of tensors whose case gives only the number of scales

CORES = {
    "cortex-m0plus": Core("cortex-m0plus"),
    "cortex-m3": Core("cortex-m3"),
    "cortex-m4": Core("cortex-m4", dsp=True, fpu=True),
    "cortex-m7": Core("cortex-m7", dsp=True, fpu=True),
    "cortex-m33": Core("cortex-m33", dsp=True, fpu=True),
    "cortex-m55": Core("cortex-m55", dsp=True, mve=True, fpu=True),
}


def _load() -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.stem, case)
        for path in sorted(CASES.glob("*.toml"))
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


ALL = _load()
OP_FILES = sorted(path.stem for path in OPS.glob("[!_]*.py"))


def _tensor(index: int, entry: dict[str, Any]) -> Tensor:
    """A tensor of a case.

    Fields: shape, dtype; scales (a number of equal scales, or the scales), zero_point, dimension;
    constant (zeros), values (constant elements), bytes (constant raw bytes); variable; name.
    """
    fields = dict(entry)
    shape, dtype = tuple(fields.pop("shape")), DType[fields.pop("dtype")]
    scales = fields.pop("scales", 0)
    scales = tuple(scales) if isinstance(scales, list) else (SCALE,) * scales
    zero_points = (fields.pop("zero_point", 0),) * len(scales)
    quantization = Quantization(scales, zero_points, fields.pop("dimension", 0))
    data = None
    if "bytes" in fields:
        data = bytes(fields.pop("bytes"))
    elif "values" in fields:
        code = {DType.FLOAT32: "f", DType.INT8: "b", DType.INT16: "h", DType.INT32: "i",
                DType.INT64: "q", DType.BOOL: "?", DType.UINT8: "B"}[dtype]  # fmt: skip
        values = fields.pop("values")
        data = struct.pack(f"<{len(values)}{code}", *values)
    elif fields.pop("constant", False):
        data = bytes(prod(shape) * (dtype.size_bytes or 1))
    tensor = Tensor(
        index, fields.pop("name", f"t{index}"), shape, dtype,
        quantization if scales else None, memoryview(data) if data is not None else None,
        is_variable=fields.pop("variable", False), buffer=index + 1,
    )  # fmt: skip
    assert not fields, f"unknown fields of a tensor: {sorted(fields)}"
    return tensor


def _node(case: dict[str, Any], model: OperatorModel) -> Node:
    """The case's operator in a model of its own; ``{omitted = true}`` is a tensor index of -1."""
    tensors: list[Tensor] = []
    indices: dict[str, tuple[int, ...]] = {}
    for role in ("inputs", "outputs", "intermediates"):
        places = []
        for entry in case.get(role, ()):
            places.append(-1 if entry.get("omitted") else len(tensors))
            if not entry.get("omitted"):
                tensors.append(_tensor(len(tensors), entry))
        indices[role] = tuple(places)
    options = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in case.get("options", {}).items()
    }
    custom = case.get("custom_options")
    op = Op(
        0, case["operator"], indices["inputs"], indices["outputs"], case.get("version", 1),
        is_custom=custom is not None,
        intermediates=indices["intermediates"],
        options=options if "options" in case else None,
        custom_options=memoryview(bytes(custom)) if custom is not None else None,
    )  # fmt: skip
    given = tuple(i for i in indices["inputs"] if i >= 0 and not tensors[i].is_constant)
    subgraph = Subgraph(0, "main", tuple(tensors), given, indices["outputs"], (op,))
    metadata = tuple(
        Metadata(name, 0, memoryview(bytes(data)))
        for name, data in case.get("metadata", {}).items()
    )
    runtime = Runtime(
        Kernels(case["kernels"]),
        CORES[case.get("core", "cortex-m4")],
        load_layout(case.get("layout", "arm-none-eabi")),
    )
    node = Node(Graph((subgraph,), metadata=metadata), subgraph, op, runtime, model.source)
    node.earlier_scratch = case.get("earlier_scratch")
    return node


def _sizes(found: Trace, kind: RequestKind) -> list[int]:
    steps = found.parse + found.init + found.prepare
    return [request.size_bytes for request in steps if request.kind is kind]


def _found(found: Trace, node: Node, model: OperatorModel) -> dict[str, Any]:
    """What the operator asks for, in the words of ``expect``."""
    done = {
        "builtin": _sizes(found, RequestKind.BUILTIN),
        "init": [r.size_bytes for r in found.init if r.kind is RequestKind.PERSISTENT],
        "persistent": [r.size_bytes for r in found.prepare if r.kind is RequestKind.PERSISTENT],
        "scratch": _sizes(found, RequestKind.SCRATCH),
        "temps": len(_sizes(found, RequestKind.TEMP)),
        "owned": [
            request.tensor
            for request in found.init + found.prepare
            if request.kind is RequestKind.OWNED
        ],
    }
    if not isinstance(model.work, Answer):
        work = model.work(node)
        done |= {"macs": work.macs, "other_ops": work.other_ops}
    return done


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{file}: {c['name']}") for file, c in ALL])
def test_case(case: dict[str, Any]) -> None:
    assert set(case) <= FIELDS, f"unknown fields {set(case) - FIELDS}"
    assert case["why"], "a case says where its numbers come from"
    assert ("expect" in case) != ("refusal" in case), "a case is accepted or refused"
    model = operators()[case["operator"]]
    node = _node(case, model)
    found = trace(model, node)
    assert not found.unknown, f"not modelled: {found.unknown}"
    if "expect" in case:
        assert not found.refusals
        expected = case["expect"]
        assert expected and set(expected) <= EXPECTATIONS, f"unknown: {expected}"
        answers = _found(found, node, model)
        assert {key: answers[key] for key in expected} == expected
    else:
        expected = case["refusal"]
        assert found.refusals, "accepted, though it should be refused"
        first = found.refusals[0]
        assert (first.stage, first.aborts) == (
            Stage(expected["stage"]), expected.get("aborts", False)
        )  # fmt: skip
        assert expected["contains"] in first.reason


@pytest.mark.parametrize("file", OP_FILES)
def test_each_operator_file_has_cases(file: str) -> None:
    """Each ops/<file>.py has cases of its operators: one accepted, one refused if it can refuse."""
    cases = [case for stem, case in ALL if stem == file]
    assert any("expect" in case for case in cases) or file in NEVER_ACCEPTED, "no accepted case"
    source = (OPS / f"{file}.py").read_text(encoding="utf-8")
    if any(word in source for word in ("ensure(", "refuse(", "temp_", "require")):
        assert any("refusal" in case for case in cases), "no refused case"
    module = importlib.import_module(f"estimator.ops.{file}")
    own = {operator.name for operator in module.OPERATORS}
    assert {case["operator"] for case in cases} <= own, "cases of another file's operators"


def test_no_case_file_without_an_operator_file() -> None:
    assert {stem for stem, _ in ALL} <= set(OP_FILES)

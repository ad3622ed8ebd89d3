"""Builds small models from the notation of tests/cases/checks/*.toml, without any file.

A tensor is ``name: TYPE shape words...``, such as ``w: INT8 8x3x3x4 q8 const``: ``q`` or ``q8`` is
quantized with 1 or 8 equal scales, ``zp3`` with zero point 3, ``const`` has data (zeros),
``=1,2,3`` has these values, ``var`` is a variable tensor, ``sig=-1x8`` has a shape signature,
``scalar`` stands for an empty shape.
An operator is ``NAME inputs... -> outputs... | option=value ...``; ``-`` is an omitted input,
``custom:`` before the name makes it a custom one.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

from estimator.analysis.reordering import find_order
from estimator.api import estimate_graph
from estimator.budgets import Budget
from estimator.graph import (
    DType,
    Graph,
    Metadata,
    Op,
    OperatorCode,
    Quantization,
    Subgraph,
    Tensor,
)
from estimator.lint import Reordering, Subject, Thresholds
from estimator.ops import operators
from estimator.reading.ranges import Range, RangeKind
from estimator.settings.config import load_config

_CONVOLUTION = {"stride_w": 1, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1}
_CODES = {
    DType.INT8: "b", DType.UINT8: "B", DType.INT16: "h", DType.INT32: "i", DType.FLOAT32: "f",
}  # fmt: skip


def tensor(index: int, text: str) -> Tensor:
    """One tensor of the notation."""
    name, _, rest = text.partition(": ")
    kind, shape_text, *words = rest.split()
    shape = () if shape_text == "scalar" else tuple(map(int, shape_text.split("x")))
    dtype = DType[kind]
    scales: tuple[float, ...] = ()
    data: bytes | None = None
    signature: tuple[int, ...] = ()
    zero_point = 0
    for word in words:
        if word.startswith("q"):
            scales = (1 / 128,) * int(word[1:] or 1)
        elif word.startswith("zp"):
            zero_point = int(word[2:])
        elif word == "const":
            data = bytes(prod(shape) * (dtype.size_bytes or 1))
        elif word.startswith("="):
            values = [int(value) for value in word[1:].split(",")]
            data = struct.pack(f"<{len(values)}{_CODES[dtype]}", *values)
        elif word.startswith("sig="):
            signature = tuple(map(int, word[4:].split("x")))
        else:
            assert word == "var", f"unknown word {word!r}"
    quantization = Quantization(scales, (zero_point,) * len(scales)) if scales else None
    return Tensor(
        index, name, shape, dtype, quantization, memoryview(data) if data is not None else None,
        is_variable="var" in words, buffer=index + 1, shape_signature=signature,
    )  # fmt: skip


def op(index: int, text: str, names: dict[str, int]) -> Op:
    """One operator of the notation."""
    text, _, option_text = text.partition(" | ")
    left, _, right = text.partition(" -> ")
    name, *inputs = left.split()
    options: dict[str, Any] = {}
    if name in ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"):
        options = dict(_CONVOLUTION)
    for entry in option_text.split():
        key, _, value = entry.partition("=")
        options[key] = int(value)
    return Op(
        index, name.removeprefix("custom:"),
        tuple(-1 if i == "-" else names[i] for i in inputs),
        tuple(names[o] for o in right.split()),
        is_custom=name.startswith("custom:"), options=options,
    )  # fmt: skip


def graph(case: dict[str, Any]) -> Graph:
    """The case's model: inputs are what nothing writes, outputs what nothing reads."""
    tensors = tuple(tensor(i, text) for i, text in enumerate(case["tensors"]))
    names = {t.name: t.index for t in tensors}
    ops = tuple(op(i, text, names) for i, text in enumerate(case["operators"]))
    written = {i for o in ops for i in o.outputs}
    read = {i for o in ops for i in o.inputs}
    inputs = [t.index for t in tensors if t.index in read - written and t.data is None
              and not t.is_variable]  # fmt: skip
    outputs = [t.index for t in tensors if t.index in written - read]
    if "outputs" in case:
        outputs = [names[name] for name in case["outputs"]]
    metadata = [Metadata(name, 0, memoryview(bytes(16))) for name in case.get("metadata", ())]
    if "offline" in case:
        words = [1, 0, len(tensors), *case["offline"]]
        data = memoryview(struct.pack(f"<{len(words)}i", *words))
        metadata.append(Metadata("OfflineMemoryAllocation", 0, data))
    return Graph(
        subgraphs=(Subgraph(0, "main", tensors, tuple(inputs), tuple(outputs), ops),),
        operator_codes=tuple(OperatorCode(o.name, 1, o.is_custom, 1) for o in ops),
        metadata=tuple(metadata),
        description=case.get("description", "a case"),
        size_bytes=case.get("size_bytes", 5000),
    )


def budget(case: dict[str, Any], folder: Path) -> Budget:
    """The case's deployment, read as the user's own configuration is."""
    if "budget" not in case:
        kernels = case.get("kernels", "cmsis-nn")
        return Budget(target=case.get("target", "cortex-m4"), kernels=kernels)
    lines = ["[budgets.case]", 'paths = ["*"]']
    lines += [f"{key} = {_toml(value)}" for key, value in case["budget"].items()]
    path = folder / "mculint.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_config(path).budgets[0]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def subject(case: dict[str, Any], folder: Path, path: str = "model.tflite") -> Subject:
    """The case as a rule sees it."""
    chosen = budget(case, folder)
    model = graph(case)
    estimate = estimate_graph(model, name=path, target=chosen.target, kernels=chosen.kernels)
    if "unknown" in case:
        estimate = replace(estimate, unknown=tuple(case["unknown"]))
    found = find_order(model, estimate.arena) if estimate.arena else None
    return Subject(
        path=path, deployment=chosen.name, estimate=estimate, labels=ranges(case), budget=chosen,
        operators=operators(), thresholds=Thresholds(**case.get("thresholds", {})),
        reordering=Reordering(*found) if found else None,
    )  # fmt: skip


def ranges(case: dict[str, Any]) -> tuple[Range, ...]:
    """``ranges = {NAMES = 100, WEIGHTS = 900}``: the bytes of the file by kind."""
    found, at = [], 0
    for name, size in case.get("ranges", {}).items():
        found.append(Range(at, at + size, RangeKind[name], f"{name.lower()}"))
        at += size
    return tuple(found)

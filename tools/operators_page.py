"""docs/operators.md: what is modelled of each operator, which types it takes, what it asks for.

Found by running the models of estimator/ops on the cases of tests/cases/ops, retyped for the types.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from estimator.facts.runtime import Kernels  # noqa: E402
from estimator.graph import DType  # noqa: E402
from estimator.opmodel import Answer, Kernel, OperatorModel, RequestKind, Trace, trace  # noqa: E402
from estimator.ops import operators  # noqa: E402
from tests.unit.test_op_cases import ALL, CORES, _node  # noqa: E402

Case = dict[str, Any]
BUILDS = (
    ("reference", "reference", "cortex-m4"), ("M0+, M3", "cmsis-nn", "cortex-m3"),
    ("M4, M7, M33", "cmsis-nn", "cortex-m4"), ("M55", "cmsis-nn", "cortex-m55"),
)  # fmt: skip
"""(column, kernel library, a core that stands for the column's). CMSIS-NN asks for the same on all
cores with the same of DSP and MVE; the reference kernels, on all."""
TYPES = (
    "FLOAT32", "INT4", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT32", "UINT64", "BOOL",
    "RESOURCE",
)  # fmt: skip
_OTHERS = ("INT8", "INT32", "INT64", "FLOAT32", "BOOL")
_SCALES: tuple[dict[str, Any], ...] = (
    {}, {"scales": 1, "zero_point": 0}, {"scales": [1 / 256], "zero_point": -128},
    {"scales": [1 / 32768], "zero_point": 0}, {"scales": [16 / 256], "zero_point": 127},
)  # fmt: skip
"""Quantizations to try on an output: the case's own, and those that some kernels prescribe."""
FILTERS = {
    "CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "SVDF",
    "UNIDIRECTIONAL_SEQUENCE_LSTM", "EMBEDDING_LOOKUP",
}  # fmt: skip
NOT_ALIKE = {"LOGICAL_NOT", "REDUCE_ALL", "PADV2"}
"""Operators that share a kernel file with others but not their types or inputs."""
_HEAD = """\
# Operators

Written by `tools/generate_docs.py` from `estimator/ops` and `tests/cases/ops`; don't edit it.

All {count} operators that TFLM 90b983c2 registers are modelled, for its reference kernels and for
CMSIS-NN 4ab83cc3. Where TFLM has no kernel of CMSIS-NN, it runs the reference kernel.

## Kernels and types

The types of the first input (of the output, where there is none) for which both `AllocateTensors()`
and `Invoke()` succeed, with that of a constant filter behind `x`. They are found by retyping the
cases of `tests/cases/ops` and asking the model: a type that none of these variations makes work is
missing here, even if some other shape or quantization would do. Some kernels don't look at a type
at all. *not modelled* would stand where a step isn't.
"""
_BYTES = """
## Bytes

What the first accepted case of each type asks for, on arm-none-eabi: *persistent* (the parser's
params, Init, Prepare) + *scratch*, in bytes, before alignment. `refused`: that build doesn't take
the case.
"""


def page() -> str:
    """The whole page."""
    models = [operators()[name] for name in sorted(operators())]
    lines = [_HEAD.format(count=len(models)), *_table("operator", "TFLM's kernel",
             "with CMSIS-NN", "types, reference", "types, CMSIS-NN")]  # fmt: skip
    for model in models:
        own = "its own kernel" if isinstance(model.cmsis_nn, Kernel) else "the reference kernel"
        reference = _types(model, Kernels.REFERENCE)
        optimized = (
            _types(model, Kernels.CMSIS_NN) if isinstance(model.cmsis_nn, Kernel) else "same"
        )
        lines.append(_row(model.name, model.source, own, reference, optimized))
    lines += [_BYTES, *_table("operator", "case", "first input", *(name for name, *_ in BUILDS))]
    for model in models:
        lines += [_row(model.name, *cells) for cells in _byte_rows(model)]
    return "\n".join(lines) + "\n"


def _table(*titles: str) -> list[str]:
    return [_row(*titles), _row(*("---" for _ in titles))]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


@cache
def _cases(name: str) -> tuple[Case, ...]:
    """An operator's accepted cases, those of the reference kernels first.

    Operators of one kernel file share their cases: its own come before those of its siblings.
    """
    accepted = [(file, case) for file, case in ALL if "expect" in case]
    own = [case for _, case in accepted if case["operator"] == name]
    shared = [
        {**case, "operator": name}
        for file, case in accepted
        if file == _file_of(name) and case["operator"] != name and name not in NOT_ALIKE
    ]
    own.sort(key=lambda case: case["kernels"] != "reference")
    return (*own, *shared)


@cache
def _file_of(name: str) -> str:
    files = {file for file, _ in ALL}
    modules = ((file, importlib.import_module(f"estimator.ops.{file}")) for file in files)
    return next(f for f, module in modules if name in {o.name for o in module.OPERATORS})


def _run(case: Case, kernels: str, core: str) -> Trace:
    model = operators()[case["operator"]]
    node = _node({**case, "kernels": kernels, "core": core, "layout": "arm-none-eabi"}, model)
    assert core in CORES
    return trace(model, node)


# ---- types -------------------------------------------------------------------------------------


def _types(model: OperatorModel, kernels: Kernels) -> str:
    if _unknown(model.kernel(kernels), model):
        return "*not modelled*"
    found: list[str] = []
    for first in TYPES:
        for case in _cases(model.name):
            for words in _accepted(case, first, kernels):
                if words not in found:
                    found.append(words)
    if not found:
        return "no tensors" if _cases(model.name) else "none: refused by these builds"
    return ", ".join(found)


def _unknown(kernel: Kernel, model: OperatorModel) -> bool:
    return Answer.UNKNOWN in (model.parse, kernel.init, kernel.prepare, kernel.invoke)


def _accepted(case: Case, first: str, kernels: Kernels) -> Iterator[str]:
    """Descriptions of the variations of a case, with a first input of one type, that are taken."""
    lead = _lead(case)
    if lead is None:
        return
    filters = ("",)
    if _has_filter(case):
        filters = ("FLOAT32", "INT4", "INT8", "INT16")
    for filter_ in filters:
        for variation in _variations(case, first, filter_):
            steps = _run(variation, kernels.value, "cortex-m4")
            if not steps.refusals and not steps.unknown:
                yield f"{first} x {filter_}" if filter_ else first
                break


def _lead(case: Case) -> dict[str, Any] | None:
    """The tensor that names the type: the first input that is computed, else the first output."""
    computed = [t for t in case.get("inputs", ()) if not t.get("constant")]
    return next((t for t in (*computed, *case.get("outputs", ())) if not _is_fixed(t)), None)


def _is_fixed(tensor: dict[str, Any]) -> bool:
    """Omitted, or its values matter (axes, shapes, headers)."""
    return bool({"omitted", "values", "bytes"} & set(tensor))


def _is_filter(tensor: dict[str, Any]) -> bool:
    return bool(tensor.get("constant", False) and len(tensor["shape"]) > 1)


def _has_filter(case: Case) -> bool:
    return case["operator"] in FILTERS and any(map(_is_filter, case["inputs"]))


def _variations(case: Case, first: str, filter_: str) -> Iterator[Case]:
    """The case retyped: tensors of one type change together, the lead's to ``first``."""
    lead = _lead(case)
    assert lead is not None
    tensors = [
        t for role in ("inputs", "outputs") for t in case.get(role, ()) if not _is_fixed(t)
    ]  # fmt: skip
    others = sorted({t["dtype"] for t in tensors} - {lead["dtype"]})
    choices = [list(dict.fromkeys((name, first, *_OTHERS))) for name in others[:2]]
    choices += [[name] for name in others[2:]]
    for picked in product(*choices):
        types = {lead["dtype"]: first, **dict(zip(others, picked))}
        for scales in _SCALES if first in ("INT8", "INT16") else _SCALES[:1]:
            yield _retyped(case, types, filter_, scales)


def _retyped(case: Case, types: dict[str, str], filter_: str, scales: dict[str, Any]) -> Case:
    done = dict(case)
    for role in ("inputs", "outputs", "intermediates"):
        tensors = []
        for old in case.get(role, ()):
            tensor = dict(old)
            if not _is_fixed(tensor):
                tensor["dtype"] = types.get(tensor["dtype"], tensor["dtype"])
                if filter_ and role == "inputs" and _is_filter(tensor):
                    tensor["dtype"] = filter_
                if DType[tensor["dtype"]] in (DType.INT8, DType.INT16, DType.UINT8, DType.INT4):
                    tensor.setdefault("scales", 1)
                    if role == "outputs":
                        tensor |= scales
                    if tensor["dtype"] == "INT16":
                        tensor.pop("zero_point", None)
            tensors.append(tensor)
        done[role] = tensors
    return done


# ---- bytes -------------------------------------------------------------------------------------


def _byte_rows(model: OperatorModel) -> Iterator[tuple[str, ...]]:
    seen = set()
    for case in _cases(model.name):
        lead = _lead(case)
        kind = lead["dtype"] if lead else "-"
        cells = [_bytes(_run(case, kernels, core)) for _, kernels, core in BUILDS]
        if kind not in seen and set(cells) != {"refused"}:
            seen.add(kind)
            yield case["name"].replace("|", "/"), kind, *cells


def _bytes(steps: Trace) -> str:
    if steps.refusals or steps.unknown:
        return "refused" if steps.refusals else "*unknown*"
    requests = (*steps.parse, *steps.init, *steps.prepare)
    kept = (RequestKind.BUILTIN, RequestKind.PERSISTENT)
    persistent = sum(r.size_bytes for r in requests if r.kind in kept)
    scratch = sum(r.size_bytes for r in requests if r.kind is RequestKind.SCRATCH)
    return f"{persistent:,} + {scratch:,}"


if __name__ == "__main__":
    sys.stdout.write(page())

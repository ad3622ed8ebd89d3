"""An operator has float activations and integer weights.

Why: dynamic-range quantization makes such hybrid operators; phones run them, TFLM refuses most of
them and runs the rest without any gain in speed or SRAM.

How to fix: convert with a representative dataset, so that activations become int8 too.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import inputs, ops, weights
from estimator.graph import DType
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph, op in ops(subject):
        tensor = weights(subgraph, op)
        values = [t for t in inputs(subgraph, op) if not t.is_constant]
        if tensor is None or not values or values[0].dtype is not DType.FLOAT32:
            continue
        if tensor.dtype is not DType.FLOAT32:
            yield Problem(
                f"float32 activations with {tensor.dtype.name.lower()} weights (dynamic-range "
                "quantization)",
                "convert with a representative dataset", subgraph.index, op.index, tensor.index,
            )  # fmt: skip


RULES = (Rule("MCU404", "hybrid-operator", Severity.WARNING, check),)

"""The model is quantized to uint8, the scheme of before 2019.

Why: TFLM's kernels have dropped uint8: most operators refuse it. Only images as raw inputs are
usually uint8, behind a QUANTIZE.

How to fix: convert again with a current converter: int8, symmetric weights.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import inputs, ops, weights
from estimator.graph import DType
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph, op in ops(subject):
        if weights(subgraph, op) is None:
            continue
        if any(t.dtype is DType.UINT8 and t.is_quantized for t in inputs(subgraph, op)[:2]):
            yield Problem("uint8 quantization", "convert again to int8", subgraph.index, op.index)


RULES = (Rule("MCU407", "legacy-uint8", Severity.WARNING, check),)

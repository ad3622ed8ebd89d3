"""The model computes in float.

Why: int8 takes a quarter of the Flash and SRAM, and CMSIS-NN has no float kernels: floats run in
the reference kernels, many times slower, and in software on cores without an FPU.

How to fix: convert with full integer quantization: a representative dataset,
`TFLITE_BUILTINS_INT8`, and int8 as type of inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import WEIGHTED, computes_in_float, is_quantized_model, ops
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    if is_quantized_model(subject.estimate.graph):
        return  # float islands are another rule's
    found = [op for subgraph, op in ops(subject)
             if op.name in WEIGHTED and computes_in_float(subgraph, op)]  # fmt: skip
    if found:
        fpu = "" if subject.estimate.runtime.core.fpu else ", on a core without FPU"
        yield Problem(
            f"{len(found)} operators with weights compute in float32{fpu}",
            "convert with full int8 quantization",
        )


RULES = (Rule("MCU401", "float-model", Severity.WARNING, check),)

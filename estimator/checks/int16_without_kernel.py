"""An operator with int16 activations runs in the reference kernel.

Why: CMSIS-NN has 16x8 kernels for convolution, depthwise convolution, fully connected, pooling,
elementwise addition and multiplication, batch matrix product, softmax and LSTM. TFLM's glue for
PAD, TRANSPOSE, TRANSPOSE_CONV, MAXIMUM and MINIMUM calls the reference code for int16 (files of
the same names in kernels/cmsis_nn of TFLM 90b983c2), and operators without any glue always do.

How to fix: use int8 activations where accuracy allows it, or other operators.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import inputs, ops
from estimator.facts.runtime import Kernels
from estimator.graph import DType, Op
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Answer

_INT8_ONLY = frozenset({"PAD", "PADV2", "TRANSPOSE", "TRANSPOSE_CONV", "MAXIMUM", "MINIMUM"})
_BORDERS = frozenset({"QUANTIZE", "DEQUANTIZE"})


def check(subject: Subject) -> Iterator[Problem]:
    if subject.estimate.runtime.kernels is not Kernels.CMSIS_NN:
        return
    for subgraph, op in ops(subject):
        values = [t for t in inputs(subgraph, op) if not t.is_constant]
        if not values or values[0].dtype is not DType.INT16 or not values[0].is_quantized:
            continue
        if op.name not in _BORDERS and _in_reference(subject, op):
            yield Problem(
                "int16 activations: TFLM has no optimized kernel and runs the reference one",
                "use int8 activations here", subgraph.index, op.index,
            )  # fmt: skip


def _in_reference(subject: Subject, op: Op) -> bool:
    model = subject.operators.get(op.name)
    return op.name in _INT8_ONLY or (model is not None and model.cmsis_nn is Answer.FALLBACK)


RULES = (Rule("MCU405", "int16-without-kernel", Severity.WARNING, check),)

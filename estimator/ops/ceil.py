"""CEIL, after kernels/ceil.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, LayerKind, OperatorModel
from estimator.ops._float_only import prepare_rounding
from estimator.ops._work import per_element

OPERATORS = (
    OperatorModel(
        name="CEIL",
        resolver="AddCeil",
        source="kernels/ceil.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare_rounding, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

"""FLOOR, after kernels/floor.cc, which has no Prepare (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, OperatorModel
from estimator.ops._checks import switch_on_input
from estimator.ops._work import per_element

OPERATORS = (
    OperatorModel(
        name="FLOOR",
        resolver="AddFloor",
        source="kernels/floor.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=Answer.NONE,
            prepare=Answer.NONE,
            invoke=switch_on_input(DType.FLOAT32, same_shape_as_output=True),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

"""LOGICAL_OR, LOGICAL_AND, after kernels/logical.cc and logical_common.cc, which check no type.

tflite-micro 90b983c2.
"""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, LayerKind, OperatorModel
from estimator.ops._two_inputs import walkable
from estimator.ops._work import per_element

OPERATORS = tuple(
    OperatorModel(
        name=name,
        resolver=resolver,
        source="kernels/logical.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=Answer.NONE, invoke=walkable),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    )
    for name, resolver in (("LOGICAL_OR", "AddLogicalOr"), ("LOGICAL_AND", "AddLogicalAnd"))
)

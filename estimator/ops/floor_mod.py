"""FLOOR_MOD, after kernels/floor_mod.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel
from estimator.ops._require import types
from estimator.ops._two_inputs import both_inputs, prepare_same_types, walkable
from estimator.ops._work import per_element


def invoke(node: Node) -> None:
    first, _ = both_inputs(node)
    types(node, first, (DType.FLOAT32,), "input")
    walkable(node)


OPERATORS = (
    OperatorModel(
        name="FLOOR_MOD",
        resolver="AddFloorMod",
        source="kernels/floor_mod.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare_same_types, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE, ops=2),
    ),
)

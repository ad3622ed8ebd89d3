"""SPLIT, after kernels/split.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import is_constant
from estimator.ops._split import invoke_split
from estimator.ops._work import data_movement

AXIS, INPUT = 0, 1


def prepare(node: Node) -> None:
    is_constant(node, node.temp_input(AXIS), "axis")


def invoke(node: Node) -> None:
    invoke_split(node, INPUT, AXIS, equal_parts=True)


OPERATORS = (
    OperatorModel(
        name="SPLIT",
        resolver="AddSplit",
        source="kernels/split.cc",
        parse=params("TfLiteSplitParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

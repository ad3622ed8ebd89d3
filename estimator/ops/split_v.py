"""SPLIT_V, after kernels/split_v.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import is_constant
from estimator.ops._require import arity
from estimator.ops._split import invoke_split
from estimator.ops._work import data_movement

INPUT, AXIS = 0, 2


def prepare(node: Node) -> None:
    arity(node, 3, None)
    is_constant(node, node.temp_input(AXIS), "axis")


def invoke(node: Node) -> None:
    """The sizes come from the outputs' shapes: the size_splits input is never read."""
    invoke_split(node, INPUT, AXIS, equal_parts=False)


OPERATORS = (
    OperatorModel(
        name="SPLIT_V",
        resolver="AddSplitV",
        source="kernels/split_v.cc",
        parse=params("TfLiteSplitVParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

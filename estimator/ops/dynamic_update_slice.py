"""DYNAMIC_UPDATE_SLICE, after kernels/dynamic_update_slice.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, rank_at_most
from estimator.ops._require import arity, rank, same_type, types
from estimator.ops._work import data_movement

SUPPORTED = (DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32)


def prepare(node: Node) -> None:
    arity(node, 3, 1)
    operand = node.temp_input(0)
    update = node.temp_input(1)
    start = node.temp_input(2)
    node.temp_output(0)
    same_type(node, operand, update)
    types(node, start, (DType.INT32, DType.INT64), "start indices")
    rank(node, start, 1, "start indices")
    node.ensure(
        start.shape[0] == operand.rank,
        f"it has {start.shape[0]} start indices for an operand of rank {operand.rank}",
        tensor=start,
    )
    rank(node, update, operand.rank, "update")
    node.ensure(
        all(size <= whole for size, whole in zip(update.shape, operand.shape)),
        f"its update {list(update.shape)} is larger than its operand {list(operand.shape)}",
        tensor=update,
    )


def invoke(node: Node) -> None:
    operand = eval_input(node, 0)
    rank_at_most(node, operand)
    types(node, operand, SUPPORTED, "operand")


OPERATORS = (
    OperatorModel(
        name="DYNAMIC_UPDATE_SLICE",
        resolver="AddDynamicUpdateSlice",
        source="kernels/dynamic_update_slice.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

"""FILL, after kernels/fill.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, is_constant
from estimator.ops._require import rank, same_type, types, values
from estimator.ops._work import data_movement

DIMS_TYPES = (DType.INT8, DType.INT16, DType.INT32, DType.INT64)


def prepare(node: Node) -> None:
    dims = node.temp_input(0)
    value = node.temp_input(1)
    output = node.temp_output(0)
    rank(node, value, 0, "value")
    same_type(node, value, output)
    is_constant(node, dims, "dims")
    rank(node, dims, 1, "dims")
    node.ensure(
        dims.shape[0] == output.rank,
        f"its dims have {dims.shape[0]} elements for an output of rank {output.rank}",
        tensor=dims,
    )
    types(node, dims, DIMS_TYPES, "dims")
    wanted = values(node, dims, "dims")
    node.ensure(
        wanted == output.shape,
        f"its output is declared as {list(output.shape)}, its dims say {list(wanted)}",
        tensor=output,
    )


def invoke(node: Node) -> None:
    types(node, eval_input(node, 1), (DType.FLOAT32, DType.INT32, DType.INT8), "value")


OPERATORS = (
    OperatorModel(
        name="FILL",
        resolver="AddFill",
        source="kernels/fill.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

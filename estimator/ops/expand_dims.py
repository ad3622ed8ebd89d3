"""EXPAND_DIMS, after kernels/expand_dims.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import int32_values, is_constant, switch_on_input
from estimator.ops._require import CONVERT, arity, types
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source, axis, output = node.temp_input(0), node.temp_input(1), node.temp_output(0)
    is_constant(node, axis, "axis")
    node.ensure(axis.rank <= 1, f"its axis has rank {axis.rank}, not 0 or 1", tensor=axis)
    types(node, axis, (DType.INT32,), "axis")
    value = int32_values(node, axis, 1)[0]
    position = value if value >= 0 else source.rank + 1 + value
    node.ensure(
        0 <= position <= source.rank,
        f"its axis {value} is not in an output of rank {source.rank + 1}",
        tensor=axis, aborts=position < 0,  # then it asserts when it reads dimension -1
    )  # fmt: skip
    shape = (*source.shape[:position], 1, *source.shape[position:])
    node.ensure(
        output.shape == shape, f"its output is {list(output.shape)}, not {list(shape)}",
        tensor=output, fix=CONVERT,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="EXPAND_DIMS",
        resolver="AddExpandDims",
        source="kernels/expand_dims.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=Answer.NONE,
            prepare=prepare,
            invoke=switch_on_input(DType.FLOAT32, DType.INT16, DType.INT8),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

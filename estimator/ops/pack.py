"""PACK, after kernels/pack.cc, which has no Prepare (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._require import CONVERT, types
from estimator.ops._work import data_movement

TYPES = (DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64)


def invoke(node: Node) -> None:
    output = eval_output(node, 0)
    types(node, output, TYPES, "output")
    axis = node.option("axis")
    axis = axis if axis >= 0 else axis + output.rank
    count = node.option("values_count")
    first, *others = (eval_input(node, position) for position in range(max(count, 1)))
    for other in others:
        node.ensure(
            other.elements == first.elements,
            f"it copies {first.elements} elements of each input: tensor {other.index} has "
            f"{other.elements}",
            tensor=other, fix=CONVERT, aborts=True,
        )  # fmt: skip
    node.ensure(
        0 <= axis < output.rank
        and output.shape[axis] == count
        and output.elements == count * first.elements,
        f"its output {list(output.shape)} does not hold {count} inputs {list(first.shape)} along "
        f"axis {axis}",
        tensor=output, fix=CONVERT, aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="PACK",
        resolver="AddPack",
        source="kernels/pack.cc",
        parse=params("TfLitePackParams"),
        reference=Kernel(init=Answer.NONE, prepare=Answer.NONE, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

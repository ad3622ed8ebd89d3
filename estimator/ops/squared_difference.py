"""SQUARED_DIFFERENCE, after kernels/squared_difference.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._binary import invoke_broadcast, temporaries
from estimator.ops._checks import zero_point_is
from estimator.ops._quantization import divides_by_scale, multiplier_below_one, ratio
from estimator.ops._require import arity, same_type
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    first, second, output = temporaries(node)
    same_type(node, first, second)
    if first.dtype is DType.INT8:
        for tensor in (first, second, output):
            node.ensure(
                -128 <= tensor.zero_point <= 127,
                f"tensor {tensor.index} has zero point {tensor.zero_point}, which is no INT8",
                tensor=tensor,
            )
    elif first.dtype is DType.INT16:
        for tensor in (first, second, output):
            zero_point_is(node, tensor, 0)
    else:
        return
    twice_max_scale = 2 * max(first.scale, second.scale)
    for tensor, which in ((first, "first"), (second, "second")):
        multiplier = ratio(tensor.scale, twice_max_scale)
        multiplier_below_one(node, multiplier, f"the {which} input's multiplier", tensor)
    divides_by_scale(node, output)


def invoke(node: Node) -> None:
    invoke_broadcast(node, (DType.FLOAT32, DType.INT32, DType.INT8, DType.INT16))


OPERATORS = (
    OperatorModel(
        name="SQUARED_DIFFERENCE",
        resolver="AddSquaredDifference",
        source="kernels/squared_difference.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=op_data("squared_difference.cc:OpData"), prepare=prepare, invoke=invoke
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE, ops=2),
    ),
)

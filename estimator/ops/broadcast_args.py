"""BROADCAST_ARGS, after kernels/broadcast_args.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import broadcast
from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel
from estimator.ops._checks import eval_input
from estimator.ops._require import arity, rank, same_type, types, values
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    first = node.temp_input(0)
    second = node.temp_input(1)
    output = node.temp_output(0)
    types(node, first, (DType.INT32, DType.INT64), "first shape")
    same_type(node, first, second)
    same_type(node, first, output)
    for tensor, role in ((first, "first shape"), (second, "second shape"), (output, "output")):
        rank(node, tensor, 1, role)


def invoke(node: Node) -> None:
    """The reference loop asserts that the shapes fit (internal/reference/broadcast_args.h)."""
    first, second = eval_input(node, 0), eval_input(node, 1)
    if first.is_constant and second.is_constant:
        shapes = values(node, first, "first shape"), values(node, second, "second shape")
        node.ensure(
            broadcast(*shapes) is not None,
            f"the shapes {list(shapes[0])} and {list(shapes[1])} don't broadcast",
            aborts=True,
        )


OPERATORS = (
    OperatorModel(
        name="BROADCAST_ARGS",
        resolver="AddBroadcastArgs",
        source="kernels/broadcast_args.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.DATA_MOVEMENT),
    ),
)

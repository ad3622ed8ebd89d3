"""PRELU, after kernels/prelu.cc and prelu_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import broadcast
from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import MAX_RANK, eval_input, eval_output, rank_at_most, room_for
from estimator.ops._require import types
from estimator.ops._work import per_element

MAX_RANK_OF_FLOAT = 4


def prepare(node: Node) -> None:
    node.temp_input(0)
    alpha, output = node.temp_input(1), node.temp_output(0)
    if output.dtype is DType.INT16:
        types(node, alpha, (DType.INT8,), "alpha for an INT16 output")


def invoke(node: Node) -> None:
    source, alpha, output = eval_input(node, 0), eval_input(node, 1), eval_output(node, 0)
    types(node, source, (DType.FLOAT32, DType.INT8, DType.INT16), "input")
    room_for(node, output, output.elements, source.dtype)
    is_float = source.dtype is DType.FLOAT32
    for tensor in (source, alpha, output):
        rank_at_most(node, tensor, MAX_RANK_OF_FLOAT if is_float else MAX_RANK)
    node.ensure(
        not is_float or broadcast(source.shape, alpha.shape) is not None,
        f"its input {list(source.shape)} and alpha {list(alpha.shape)} don't broadcast",
        tensor=alpha, aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="PRELU",
        resolver="AddPrelu",
        source="kernels/prelu.cc",
        parse=Answer.NONE,
        reference=Kernel(init=op_data("PreluParams"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION, ops=2),
    ),
)

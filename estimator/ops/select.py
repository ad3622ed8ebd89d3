"""SELECT_V2, after kernels/select.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import broadcast
from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import eval_input, eval_output, rank_at_most, room_for, same_shape
from estimator.ops._require import CONVERT, arity, same_type, types
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    arity(node, 3, 1)
    condition, x, y = (node.temp_input(position) for position in range(3))
    output = node.temp_output(0)
    types(node, condition, (DType.BOOL,), "condition")
    same_type(node, x, y)
    tensors = (condition, x, y, output)
    single = all(tensor.elements == 1 for tensor in tensors)
    if not single and not condition.shape == x.shape == y.shape:
        _check_broadcast_shape(node, condition, x, y, output)


def _check_broadcast_shape(
    node: Node, condition: Tensor, x: Tensor, y: Tensor, output: Tensor
) -> None:
    both = broadcast(x.shape, y.shape)
    shape = broadcast(condition.shape, both) if both is not None else None
    node.ensure(
        shape is not None,
        f"its inputs {list(condition.shape)}, {list(x.shape)} and {list(y.shape)} don't broadcast",
        tensor=condition, fix=CONVERT,
    )  # fmt: skip
    node.ensure(
        output.shape == shape,
        f"its output {list(output.shape)} is not what its inputs broadcast to: {shape}",
        tensor=output, fix=CONVERT,
    )  # fmt: skip


def invoke(node: Node) -> None:
    condition, x, y = (eval_input(node, position) for position in range(3))
    output = eval_output(node, 0)
    types(node, x, (DType.FLOAT32, DType.INT8, DType.INT16), "input")
    room_for(node, output, output.elements, x.dtype)
    rank_at_most(node, output)
    if condition.shape == x.shape == y.shape and output.elements > 1:
        same_shape(node, x, output)


OPERATORS = (
    OperatorModel(
        name="SELECT_V2",
        resolver="AddSelectV2",
        source="kernels/select.cc",
        parse=Answer.NONE,
        reference=Kernel(init=op_data("select.cc:OpData"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

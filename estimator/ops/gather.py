"""GATHER, after kernels/gather.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, params
from estimator.ops._checks import create_writable_dims, eval_input, eval_output, room_for
from estimator.ops._require import CONVERT, arity, types, values
from estimator.ops._work import data_movement


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source, positions, output = node.temp_input(0), node.temp_input(1), node.temp_output(0)
    types(node, positions, (DType.INT32,), "positions")
    types(node, source, (DType.FLOAT32, DType.INT8), "input")
    axis, batch_dims = _axis_and_batch_dims(node, source, positions)
    shape = source.shape[:axis] + positions.shape[batch_dims:] + source.shape[axis + 1 :]
    create_writable_dims(node, output, shape)


def _axis_and_batch_dims(node: Node, source: Tensor, positions: Tensor) -> tuple[int, int]:
    axis, batch_dims = node.option("axis"), node.option("batch_dims")
    axis = axis if axis >= 0 else axis + source.rank
    batch_dims = batch_dims if batch_dims >= 0 else batch_dims + positions.rank
    node.ensure(
        0 <= axis < source.rank, f"its axis {axis} is not in an input of rank {source.rank}",
        tensor=source, fix=CONVERT,
    )  # fmt: skip
    node.ensure(
        0 <= batch_dims <= min(axis, positions.rank),
        f"its {batch_dims} batch dimensions go beyond axis {axis} or the positions' rank "
        f"{positions.rank}",
        tensor=positions, fix=CONVERT,
    )  # fmt: skip
    node.ensure(
        source.shape[:batch_dims] == positions.shape[:batch_dims],
        f"its input {list(source.shape)} and positions {list(positions.shape)} differ in their "
        f"{batch_dims} batch dimensions",
        tensor=positions, fix=CONVERT,
    )  # fmt: skip
    return axis, batch_dims


def invoke(node: Node) -> None:
    """Asserts that the positions are in the input, which shows here where they are constant."""
    source, positions = eval_input(node, 0), eval_input(node, 1)
    axis = node.option("axis")
    if positions.is_constant:
        constant = values(node, positions, "positions")
        node.ensure(
            all(0 <= position < source.shape[axis] for position in constant),
            f"its constant positions are not all in 0 to {source.shape[axis] - 1}",
            tensor=positions, aborts=True,
        )  # fmt: skip
    output = eval_output(node, 0)
    room_for(node, output, output.elements, source.dtype)


OPERATORS = (
    OperatorModel(
        name="GATHER",
        resolver="AddGather",
        source="kernels/gather.cc",
        parse=params("TfLiteGatherParams"),
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

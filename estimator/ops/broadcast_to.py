"""BROADCAST_TO, after kernels/broadcast_to.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import is_constant
from estimator.ops._require import arity, rank, same_type, types, values
from estimator.ops._work import data_movement

MAX_DIMS = 5


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source = node.temp_input(0)
    shape = node.temp_input(1)
    output = node.temp_output(0)
    _at_most_five(node, source)
    types(node, shape, (DType.INT32, DType.INT64), "shape")
    same_type(node, source, output)
    node.ensure(source.dtype is not DType.STRING, "strings can't be broadcast", tensor=source)
    is_constant(node, shape, "shape")
    _validate_output(node, source, shape, output)


def _at_most_five(node: Node, tensor: Tensor) -> None:
    node.ensure(
        tensor.rank <= MAX_DIMS,
        f"tensor {tensor.index} has rank {tensor.rank}; at most {MAX_DIMS} are supported",
        tensor=tensor,
    )


def _validate_output(node: Node, source: Tensor, shape: Tensor, output: Tensor) -> None:
    """ValidateOutputTensor."""
    rank(node, shape, 1, "shape")
    node.ensure(
        output.rank == shape.shape[0],
        f"its output has rank {output.rank}, its shape {shape.shape[0]} elements",
        tensor=output,
    )
    wanted = values(node, shape, "shape")
    fits = source.rank <= output.rank and all(
        size in (1, target)
        for size, target in zip(source.shape, wanted[output.rank - source.rank :])
    )
    node.ensure(fits, f"{list(source.shape)} can't be broadcast to {list(wanted)}", tensor=source)
    _at_most_five(node, output)
    node.ensure(
        output.shape == wanted,
        f"its output is declared as {list(output.shape)}, its shape says {list(wanted)}",
        tensor=output,
    )


OPERATORS = (
    OperatorModel(
        name="BROADCAST_TO",
        resolver="AddBroadcastTo",
        source="kernels/broadcast_to.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

"""GATHER_ND, after kernels/gather_nd.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from math import prod

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import create_writable_dims, eval_input, eval_output, room_for
from estimator.ops._require import arity, types, values
from estimator.ops._work import data_movement

MAX_INDICES = 5


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source, indices, output = node.temp_input(0), node.temp_input(1), node.temp_output(0)
    types(node, source, (DType.FLOAT32, DType.INT8), "params")
    types(node, indices, (DType.INT32,), "indices")
    node.ensure(source.rank >= 1, "its params are a scalar", tensor=source)
    node.ensure(indices.rank >= 1, "its indices are a scalar", tensor=indices)
    length = indices.shape[-1]
    limit = min(source.rank, MAX_INDICES)
    node.ensure(
        length <= limit, f"its indices have {length} numbers each: {limit} at most",
        tensor=indices,
    )  # fmt: skip
    create_writable_dims(node, output, indices.shape[:-1] + source.shape[length:])


def invoke(node: Node) -> None:
    """Refuses slices beyond the params, which shows here where the indices are constant."""
    source, indices, output = eval_input(node, 0), eval_input(node, 1), eval_output(node, 0)
    room_for(node, output, output.elements, source.dtype)
    length = indices.shape[-1]
    if not indices.is_constant or length == 0:
        return
    strides = [prod(source.shape[axis + 1 :]) for axis in range(length)]
    flat = values(node, indices, "indices")
    last = source.elements - strides[-1]
    for start in range(0, len(flat), length):
        position = sum(i * stride for i, stride in zip(flat[start : start + length], strides))
        node.ensure(
            0 <= position <= last,
            f"its constant indices {list(flat[start : start + length])} are beyond its params "
            f"{list(source.shape)}",
            tensor=indices,
        )


OPERATORS = (
    OperatorModel(
        name="GATHER_ND",
        resolver="AddGatherNd",
        source="kernels/gather_nd.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

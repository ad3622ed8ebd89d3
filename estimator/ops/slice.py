"""SLICE, after kernels/slice.cc, whose Prepare only asserts (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, rank_at_most
from estimator.ops._require import CONVERT, arity, types
from estimator.ops._work import data_movement

MAX_RANK = 5
TYPES = (DType.FLOAT32, DType.INT32, DType.INT8, DType.INT16, DType.BOOL)


def prepare(node: Node) -> None:
    arity(node, 3, 1)
    source, begin, size = (node.temp_input(position) for position in range(3))
    output = node.temp_output(0)
    types(node, output, (source.dtype,), "output", aborts=True)
    types(node, size, (begin.dtype,), "size", aborts=True)
    types(node, begin, (DType.INT32, DType.INT64), "begin", aborts=True)
    _check_vectors(node, begin, size)
    rank_at_most(node, source, MAX_RANK)


def _check_vectors(node: Node, begin: Tensor, size: Tensor) -> None:
    node.ensure(
        begin.rank == 1 and size.rank == 1 and begin.elements == size.elements,
        f"its begin {list(begin.shape)} and size {list(size.shape)} are no vectors of one length",
        tensor=begin, fix=CONVERT, aborts=True,
    )  # fmt: skip


def invoke(node: Node) -> None:
    source, begin = eval_input(node, 0), eval_input(node, 1)
    types(node, source, TYPES, "input")
    node.ensure(
        begin.elements >= source.rank,
        f"its begin has {begin.elements} numbers for an input of rank {source.rank}: its kernel "
        "reads beyond them",
        tensor=begin, fix=CONVERT, aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="SLICE",
        resolver="AddSlice",
        source="kernels/slice.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

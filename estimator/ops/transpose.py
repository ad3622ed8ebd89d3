"""TRANSPOSE, after kernels/transpose.cc, transpose_common.cc and cmsis_nn/transpose.cc
(tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import int32_values, is_constant
from estimator.ops._require import arity, rank, same_type, types
from estimator.ops._work import data_movement

MAX_RANK = 5
MAX_RANK_CMSIS_NN_INT8 = 4


def prepare(node: Node) -> None:
    """TransposePrepare."""
    arity(node, 2, 1)
    source = node.temp_optional_input(0)
    permutation = node.temp_optional_input(1)
    output = node.temp_optional_output(0)
    if source is None or permutation is None or output is None:
        node.ensure(False, "a tensor is omitted, which its Prepare doesn't check", aborts=True)
        return
    node.ensure(
        source.rank <= MAX_RANK, f"its input has rank {source.rank}, more than {MAX_RANK}",
        tensor=source, fix=f"reshape to at most {MAX_RANK} dimensions",
    )  # fmt: skip
    same_type(node, source, output)
    is_constant(node, permutation, "permutation")
    rank(node, permutation, 1, "permutation")
    node.ensure(
        permutation.shape[0] == source.rank,
        f"its permutation has {permutation.shape[0]} elements for {source.rank} dimensions",
        tensor=permutation,
    )
    for axis in int32_values(node, permutation, source.rank):
        node.ensure(
            0 <= axis < source.rank,
            f"its permutation names axis {axis} of {source.rank} dimensions",
            tensor=permutation,
        )


def invoke_reference(node: Node) -> None:
    source, permutation, output = node.input(0), node.input(1), node.output(0)
    assert source is not None and permutation is not None and output is not None  # Prepare checks
    types(node, source, (DType.FLOAT32, DType.INT8, DType.INT16), "input")
    axes = int32_values(node, permutation, source.rank)
    shape = tuple(source.shape[axis] for axis in axes)
    node.ensure(
        output.shape == shape,
        f"its output is {list(output.shape)}, but the permuted input is {list(shape)}",
        tensor=output, aborts=True,
    )  # fmt: skip


def invoke_cmsis_nn(node: Node) -> None:
    invoke_reference(node)
    source = node.input(0)
    assert source is not None  # Prepare checks
    node.ensure(
        source.dtype is not DType.INT8 or source.rank <= MAX_RANK_CMSIS_NN_INT8,
        f"CMSIS-NN's kernel fails for INT8 of rank {source.rank}, which TFLM ignores: the output "
        "stays unset",
        tensor=source, fix=f"reshape to at most {MAX_RANK_CMSIS_NN_INT8} dimensions", aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="TRANSPOSE",
        resolver="AddTranspose",
        source="kernels/transpose.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke_reference),
        cmsis_nn=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke_cmsis_nn),
        work=data_movement,
    ),
)

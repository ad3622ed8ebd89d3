"""EMBEDDING_LOOKUP, after kernels/embedding_lookup.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from math import prod

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work
from estimator.ops._checks import create_writable_dims, eval_input, zero_point_is
from estimator.ops._require import CONVERT, arity, types, values
from estimator.ops._work import data_movement, output_elements


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    lookup = node.temp_input(0)
    node.ensure(lookup.rank == 1, f"its lookup has rank {lookup.rank}, not 1", tensor=lookup)
    types(node, lookup, (DType.INT32,), "lookup")
    value = node.temp_input(1)
    node.ensure(value.rank >= 2, f"its value has rank {value.rank}, not 2 or more", tensor=value)
    types(node, value, (DType.FLOAT32, DType.INT8), "value")
    output = node.temp_output(0)
    allowed = (DType.FLOAT32,) if value.dtype is DType.FLOAT32 else (DType.FLOAT32, DType.INT8)
    types(node, output, allowed, f"output of {value.dtype.name} values")
    _set_output_dims(node, lookup, value, output)
    node.allocate_persistent_struct("embedding_lookup.cc:OpData")
    if _dequantizes(value, output):
        zero_point_is(node, value, 0)


def _set_output_dims(node: Node, lookup: Tensor, value: Tensor, output: Tensor) -> None:
    node.ensure(
        output.rank >= value.rank,
        f"its output has rank {output.rank}, less than its value's {value.rank}", tensor=output,
    )  # fmt: skip
    shape = lookup.shape + value.shape[1:] + output.shape[value.rank :]
    create_writable_dims(node, output, shape)
    node.ensure(
        prod(shape) <= output.elements or output.elements < 0,  # an unsigned comparison
        f"it looks up {list(shape)}, more than its output {list(output.shape)} holds",
        tensor=output, fix=CONVERT,
    )  # fmt: skip


def _dequantizes(value: Tensor, output: Tensor) -> bool:
    return value.dtype is DType.INT8 and output.dtype is DType.FLOAT32


def invoke(node: Node) -> None:
    lookup, value = eval_input(node, 0), eval_input(node, 1)
    rows = value.shape[0]
    if lookup.is_constant:
        node.ensure(
            all(0 <= row < rows for row in values(node, lookup, "lookup")),
            f"its constant lookup is not all in 0 to {rows - 1}", tensor=lookup,
        )  # fmt: skip


def lookup_work(node: Node) -> Work:
    """A copy, or one multiplication per element where INT8 rows become FLOAT32."""
    value, output = node.input(1), node.output(0)
    moved = data_movement(node)
    if value is None or output is None or not _dequantizes(value, output):
        return moved
    elements = output_elements(node)
    return moved._replace(kind=LayerKind.ELEMENTWISE, other_ops=elements, read_bytes=elements)


OPERATORS = (
    OperatorModel(
        name="EMBEDDING_LOOKUP",
        resolver="AddEmbeddingLookup",
        source="kernels/embedding_lookup.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=lookup_work,
    ),
)

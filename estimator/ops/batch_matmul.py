"""BATCH_MATMUL, after kernels/batch_matmul.cc, batch_matmul_common.cc and
cmsis_nn/batch_matmul.cc (tflite-micro 90b983c2).

The scratch of CMSIS-NN follows Source/FullyConnectedFunctions/
arm_fully_connected_get_buffer_sizes_s8.c (CMSIS-NN 4ab83cc3).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._checks import create_writable_dims, zero_point_is
from estimator.ops._quantization import convolution_multiplier
from estimator.ops._require import arity, same_type, types
from estimator.ops._work import work

LHS, RHS, OUTPUT = 0, 1, 0
INT8_OR_INT16 = (DType.INT8, DType.INT16)
TYPES = (DType.FLOAT32, *INT8_OR_INT16)


def _temporaries(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    return node.temp_input(LHS), node.temp_input(RHS), node.temp_output(OUTPUT)


def prepare_reference(node: Node) -> None:
    arity(node, 2, 1)
    lhs, rhs, output = _temporaries(node)
    types(node, lhs, TYPES, "left input")
    types(node, rhs, (lhs.dtype,), "right input")
    same_type(node, lhs, output)
    _require_ranks(node, lhs, rhs, highest=5)
    if lhs.dtype in INT8_OR_INT16:
        node.allocate_persistent_struct("QuantizationOpDataBatchMatmul")
    _allocate_transposed(node, lhs, rhs)
    _require_quantization(node, lhs, rhs, output)
    _reshape_output(node, output, _product_shape(node, lhs, rhs))


def prepare_cmsis_nn(node: Node) -> None:
    lhs, rhs, output = _temporaries(node)
    same_type(node, lhs, rhs)
    same_type(node, lhs, output)
    types(node, lhs, TYPES, "left input")
    _require_ranks(node, lhs, rhs, highest=4)
    shape = _product_shape(node, lhs, rhs)
    _allocate_transposed(node, lhs, rhs)
    _reshape_output(node, output, shape)
    if lhs.dtype in INT8_OR_INT16:
        node.allocate_persistent_struct("QuantizationOpDataBatchMatmul")
    _require_quantization(node, lhs, rhs, output)
    if lhs.dtype is DType.INT8 and node.mve and shape[-1] > 0:
        node.request_scratch_buffer(4 * shape[-1], "kernel sums")


def _require_ranks(node: Node, lhs: Tensor, rhs: Tensor, highest: int) -> None:
    for tensor in (lhs, rhs):
        node.ensure(
            2 <= tensor.rank <= highest,
            f"tensor {tensor.index} has rank {tensor.rank}, not 2 to {highest}",
            tensor=tensor,
        )


def _allocate_transposed(node: Node, lhs: Tensor, rhs: Tensor) -> None:
    """Persistent copies, which even constant tensors get: lhs if adj_x, rhs unless adj_y."""
    for tensor, is_transposed in ((lhs, node.option("adj_x")), (rhs, not node.option("adj_y"))):
        if is_transposed:
            node.allocate_persistent_struct("TfLiteEvalTensor")
            node.allocate_persistent_buffer(4 + 4 * tensor.rank, "shape of a transposed input")
            node.allocate_persistent_buffer(tensor.size_bytes, "transposed input")


def _require_quantization(node: Node, lhs: Tensor, rhs: Tensor, output: Tensor) -> None:
    if lhs.dtype in INT8_OR_INT16:
        convolution_multiplier(node, lhs, rhs, output)
    if lhs.dtype is DType.INT16:
        for tensor in (lhs, rhs, output):
            zero_point_is(node, tensor, 0)


def _product_shape(node: Node, lhs: Tensor, rhs: Tensor) -> tuple[int, ...]:
    """The shape of the product: broadcast batches, rows of lhs, columns of rhs."""
    rank = max(lhs.rank, rhs.rank)
    left = (1,) * (rank - lhs.rank) + lhs.shape
    right = (1,) * (rank - rhs.rank) + rhs.shape
    for first, second in zip(left[:-2], right[:-2]):
        node.ensure(
            first == second or 1 in (first, second),
            f"batches {list(left[:-2])} and {list(right[:-2])} can't be broadcast",
            tensor=rhs,
        )
    rows, accumulated = reversed(left[-2:]) if node.option("adj_x") else left[-2:]
    summed, columns = reversed(right[-2:]) if node.option("adj_y") else right[-2:]
    node.ensure(
        accumulated == summed,
        f"its left input has {accumulated} columns, its right input {summed} rows",
        tensor=rhs,
    )
    batches = tuple(b if a == 1 else a for a, b in zip(left[:-2], right[:-2]))
    return (*batches, rows, columns)


def _reshape_output(node: Node, output: Tensor, shape: tuple[int, ...]) -> None:
    """ReshapeOutputTensor."""
    node.ensure(
        len(shape) <= output.rank,
        f"its output has rank {output.rank}, the product {len(shape)}",
        tensor=output,
    )
    create_writable_dims(node, output, shape)
    elements = 1
    for size in shape:
        elements *= size
    node.ensure(
        elements == output.elements,
        f"its output is {list(output.shape)}, the product {list(shape)}",
        tensor=output,
    )


def batch_matmul_work(node: Node) -> Work:
    lhs, output = node.input(LHS), node.output(OUTPUT)
    if lhs is None or output is None or lhs.rank < 2:
        return work(node, LayerKind.FULLY_CONNECTED)
    accumulated = lhs.shape[-2] if node.option("adj_x") else lhs.shape[-1]
    return work(node, LayerKind.FULLY_CONNECTED, macs=output.elements * accumulated)


OPERATORS = (
    OperatorModel(
        name="BATCH_MATMUL",
        resolver="AddBatchMatMul",
        source="kernels/batch_matmul.cc",
        parse=params("TfLiteBatchMatMulParams"),
        reference=Kernel(
            init=op_data("OpDataBatchMatmul"), prepare=prepare_reference, invoke=Answer.NONE
        ),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/batch_matmul.cc:OpData"),
            prepare=prepare_cmsis_nn,
            invoke=Answer.NONE,
        ),
        work=batch_matmul_work,
    ),
)

"""TRANSPOSE_CONV, after kernels/transpose_conv.cc and cmsis_nn/transpose_conv.cc (tflite-micro
90b983c2).

The scratch of CMSIS-NN follows Source/ConvolutionFunctions/
arm_transpose_conv_get_buffer_sizes_s8.c (CMSIS-NN 4ab83cc3).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._compression import allocate_decompression_scratch_buffer
from estimator.ops._convolution import INT8_OR_INT16, per_channel_buffers, require_types, strides
from estimator.ops._convolution_scratch import im2col_s8_bytes
from estimator.ops._quantization import convolution_quantization, scales_per_channel
from estimator.ops._require import same_type, types
from estimator.ops._work import work

FILTER, INPUT, BIAS, OUTPUT = 1, 2, 3, 0
"""Input 0 is the output's shape, which TFLM ignores."""
SUPPORTED = frozenset(
    {
        (DType.FLOAT32, DType.FLOAT32),
        (DType.INT16, DType.INT8),
        (DType.INT8, DType.INT8),
    }
)
REVERSE_ABOVE_CHANNELS = 16
"""REVERSE_TCOL_EFFICIENT_THRESHOLD of Include/arm_nnsupportfunctions.h."""


def _temporaries(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    output = node.temp_output(OUTPUT)
    return node.temp_input(INPUT), node.temp_input(FILTER), output


def prepare_reference(node: Node) -> None:
    source, filter_, output = _temporaries(node)
    require_types(node, source, filter_, SUPPORTED | {(source.dtype, source.dtype)})
    node.dim(output, 2)
    node.dim(filter_, 2)
    per_channel_buffers(node, filter_.shape[0])
    if source.dtype is DType.INT8:
        node.request_scratch_buffer(4 * output.elements, "INT32 accumulators")
    if source.dtype is DType.INT16:
        node.request_scratch_buffer(8 * output.elements, "INT64 accumulators")
    _calculate_op_data(node, source, filter_, output, None)
    allocate_decompression_scratch_buffer(node, FILTER)
    allocate_decompression_scratch_buffer(node, BIAS)


def prepare_cmsis_nn(node: Node) -> None:
    source, filter_, output = _temporaries(node)
    same_type(node, source, output)
    require_types(node, source, filter_, SUPPORTED)
    node.dim(output, 2)
    node.dim(filter_, 2)
    per_channel_buffers(node, filter_.shape[0])
    if source.dtype is DType.INT8:
        _check_shapes(node, source, filter_, output)
        _request_int8_scratch(node, source, filter_, output)
    if source.dtype is DType.INT16:
        node.request_scratch_buffer(8 * output.elements, "INT64 accumulators")
    _calculate_op_data(node, source, filter_, output, 0)
    node.ensure(
        source.dtype is not DType.INT16 or node.input(BIAS) is not None,
        "its Prepare follows the null pointer of the bias that is missing",
        fix="convert with a bias", aborts=True,
    )  # fmt: skip


def _calculate_op_data(
    node: Node, source: Tensor, filter_: Tensor, output: Tensor, activation: int | None
) -> None:
    if source.dtype in INT8_OR_INT16:
        scales_per_channel(node, filter_, filter_.shape[0])
    node.ensure(
        len(node.op.inputs) in (3, 4) and len(node.op.outputs) == 1,
        f"it has {len(node.op.inputs)} inputs and {len(node.op.outputs)} outputs, not 3 or 4 and 1",
    )
    if source.dtype is DType.FLOAT32:
        return
    node.temp_input(INPUT)
    node.temp_input(FILTER)
    bias = node.temp_optional_input(BIAS)
    node.temp_output(OUTPUT)
    channels = filter_.shape[0]
    convolution_quantization(node, source, filter_, output, channels, bias, activation)
    if source.dtype is DType.INT16:
        types(node, filter_, (DType.INT8,), "filter", aborts=True)
        types(node, output, (DType.INT16,), "output", aborts=True)
        if bias is not None and bias.dtype is DType.INT16:
            node.request_scratch_buffer(8 * bias.elements, "bias as INT64")


def _request_int8_scratch(node: Node, source: Tensor, filter_: Tensor, output: Tensor) -> None:
    """Two buffers, of which either may have 0 bytes."""
    height, width = filter_.shape[1:3]
    stride_height, stride_width = strides(node)
    channels = source.shape[3]
    if stride_width <= 2 and stride_height <= 2 and channels > REVERSE_ABOVE_CHANNELS:
        size = im2col_s8_bytes(node, height * width * channels)
        node.request_scratch_buffer(size, "im2col")
        node.request_scratch_buffer(filter_.shape[0] * height * width * channels, "turned filter")
        return
    columns = (source.shape[2] - 1) * stride_width + max(width, stride_height)  # as upstream has it
    rows = max(height, stride_height)
    node.request_scratch_buffer(4 * columns * output.shape[3] * rows, "INT32 rows")
    node.request_scratch_buffer(0, "turned filter")


def _check_shapes(node: Node, source: Tensor, filter_: Tensor, output: Tensor) -> None:
    for tensor in (source, filter_, output):
        node.ensure(
            tensor.rank == 4, f"tensor {tensor.index} has rank {tensor.rank}, not 4",
            tensor=tensor, aborts=True,
        )  # fmt: skip
    node.ensure(
        source.shape[0] == output.shape[0]
        and source.shape[3] == filter_.shape[3]
        and filter_.shape[0] == output.shape[3],
        f"its input {list(source.shape)}, filter {list(filter_.shape)} and output "
        f"{list(output.shape)} don't fit together",
        tensor=filter_, aborts=True,
    )  # fmt: skip


def invoke(node: Node) -> None:
    source, filter_, output = node.input(INPUT), node.input(FILTER), node.output(OUTPUT)
    assert source is not None and filter_ is not None and output is not None  # Prepare checks
    same_type(node, source, output)
    types(node, source, (DType.FLOAT32, *INT8_OR_INT16), "input")
    _check_shapes(node, source, filter_, output)


def transpose_conv_work(node: Node) -> Work:
    """Each input element is multiplied with the whole filter, cropped outputs included."""
    source, filter_ = node.input(INPUT), node.input(FILTER)
    if source is None or filter_ is None or filter_.rank != 4:
        return work(node, LayerKind.CONV)
    macs = source.elements * filter_.shape[0] * filter_.shape[1] * filter_.shape[2]
    return work(node, LayerKind.CONV, macs=macs)


OPERATORS = (
    OperatorModel(
        name="TRANSPOSE_CONV",
        resolver="AddTransposeConv",
        source="kernels/transpose_conv.cc",
        parse=params("TfLiteTransposeConvParams"),
        reference=Kernel(
            init=op_data("transpose_conv.cc:OpData"), prepare=prepare_reference, invoke=invoke
        ),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/transpose_conv.cc:OpData"),
            prepare=prepare_cmsis_nn,
            invoke=invoke,
        ),
        work=transpose_conv_work,
    ),
)

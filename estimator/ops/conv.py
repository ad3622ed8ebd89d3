"""CONV_2D, after kernels/conv.cc, conv_common.cc and cmsis_nn/conv.cc (tflite-micro 90b983c2).

The scratch of CMSIS-NN follows Source/ConvolutionFunctions/arm_convolve_get_buffer_sizes_s8.c and
arm_convolve_get_buffer_sizes_s16.c (CMSIS-NN 4ab83cc3).
"""

from __future__ import annotations

from estimator.geometry import round_up, window_padding
from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._quantization import convolution_quantization
from estimator.ops._work import work

INPUT, FILTER, BIAS, OUTPUT = 0, 1, 2, 0
HYBRID = "quantize weights and activations alike: hybrid models are not supported by TFLM"


def _require_types(node: Node, source: Tensor, filter_: Tensor, output: Tensor) -> None:
    node.ensure(
        source.dtype is output.dtype,
        f"input ({source.dtype.name}) and output ({output.dtype.name}) have different types",
        tensor=output,
    )
    node.ensure(
        (source.dtype, filter_.dtype)
        in {
            (DType.FLOAT32, DType.FLOAT32), (DType.INT16, DType.INT8),
            (DType.INT8, DType.INT4), (DType.INT8, DType.INT8),
        },
        f"hybrid: a {source.dtype.name} input with a {filter_.dtype.name} filter",
        tensor=filter_, fix=HYBRID,
    )  # fmt: skip


def _calculate_op_data(
    node: Node, source: Tensor, filter_: Tensor, output: Tensor
) -> None:
    """CalculateOpDataConv: takes its own temporary tensors and checks the quantization."""
    node.temp_input(INPUT)
    node.temp_input(FILTER)
    node.temp_optional_input(BIAS)
    node.temp_output(OUTPUT)
    if source.dtype is not DType.FLOAT32:
        convolution_quantization(node, source, filter_, output, node.dim(filter_, 0))


def _per_channel_buffers(node: Node, filter_: Tensor) -> None:
    channels = node.dim(filter_, 0)
    node.allocate_persistent_buffer(4 * channels, "per-channel output multipliers")
    node.allocate_persistent_buffer(4 * channels, "per-channel output shifts")


def prepare_reference(node: Node) -> None:
    output = node.temp_output(OUTPUT)
    source = node.temp_input(INPUT)
    filter_ = node.temp_input(FILTER)
    _require_types(node, source, filter_, output)
    _per_channel_buffers(node, filter_)
    if source.dtype in (DType.INT8, DType.INT16):
        node.ensure(filter_.is_quantized, "its filter has no quantization", tensor=filter_)
        assert filter_.quantization is not None  # is_quantized
        scales = len(filter_.quantization.scales)
        node.ensure(
            scales in (1, node.dim(filter_, 0)),
            f"the filter has {scales} scales for {filter_.shape[0]} output channels",
            tensor=filter_,
        )
    _calculate_op_data(node, source, filter_, output)
    if filter_.dtype is DType.INT4:
        node.request_scratch_buffer(filter_.elements, "unpacked INT4 filter")


def prepare_cmsis_nn(node: Node) -> None:
    source = node.temp_input(INPUT)
    filter_ = node.temp_input(FILTER)
    output = node.temp_output(OUTPUT)
    # Looks for the bias among the outputs, so never sees it (cmsis_nn/conv.cc, Prepare).
    bias = node.temp_optional_output(BIAS)
    _require_types(node, source, filter_, output)
    for tensor in (source, filter_, output):
        node.ensure(tensor.rank == 4, f"tensor {tensor.index} has rank {tensor.rank}, not 4")
    node.ensure(source.shape[0] == output.shape[0], "input and output differ in batch size")
    node.ensure(
        filter_.shape[3] > 0 and source.shape[3] % filter_.shape[3] == 0,
        f"{source.shape[3]} input channels are no multiple of the filter's {filter_.shape[3]}",
        tensor=filter_,
    )
    groups = source.shape[3] // filter_.shape[3]
    node.ensure(
        groups > 0 and output.shape[3] % groups == 0,
        f"{output.shape[3]} output channels are no multiple of {groups} groups",
        tensor=output, aborts=True,
    )  # fmt: skip
    if bias is not None:
        node.ensure(bias.rank == 4, f"the bias has rank {bias.rank}, not 4", tensor=bias)
    if source.dtype is not DType.FLOAT32:
        _per_channel_buffers(node, filter_)
    _calculate_op_data(node, source, filter_, output)
    if source.dtype is DType.INT8:
        size = conv_s8_buffer_bytes(node, source, filter_, output)
    elif source.dtype is DType.INT16 and (bias is None or bias.dtype is DType.INT64):
        for tensor in (source, output):
            node.ensure(tensor.zero_point == 0, "16x8 needs zero points of 0", tensor=tensor)
        size = _conv_s16_buffer_bytes(node, source, filter_)
    else:
        size = 0
    if size > 0:
        node.request_scratch_buffer(size, "im2col")


def conv_s8_buffer_bytes(node: Node, source: Tensor, filter_: Tensor, output: Tensor) -> int:
    """arm_convolve_wrapper_s8_get_buffer_size, bytes."""
    stride = (node.option("stride_h"), node.option("stride_w"))
    dilation = (node.option("dilation_h_factor"), node.option("dilation_w_factor"))
    padding = window_padding(
        node.option("padding"), stride, dilation, source.shape[1:3], filter_.shape[1:3]
    )
    plain = dilation == (1, 1) and padding[:2] == (0, 0)
    if plain and filter_.shape[1:3] == (1, 1) and source.shape[3] == filter_.shape[3]:
        return 0
    general = _im2col_s8_bytes(node, source, filter_)
    one_by_n = (
        source.shape[1] == 1 and dilation[1] == 1 and filter_.shape[1] == 1
        and stride[1] * source.shape[3] % 4 == 0 and source.shape[3] == filter_.shape[3]
    )  # fmt: skip
    if node.mve and one_by_n:
        return _one_by_n_mve_bytes(source, filter_, output, stride[1], padding.width) or general
    return general


def _im2col_s8_bytes(node: Node, source: Tensor, filter_: Tensor) -> int:
    column = filter_.shape[1] * filter_.shape[2] * source.shape[3]
    return 4 * round_up(column, 16) if node.mve else 4 * round_up(column, 4)


def _one_by_n_mve_bytes(
    source: Tensor, filter_: Tensor, output: Tensor, stride: int, pad: int
) -> int:
    """arm_convolve_1_x_n_s8_get_buffer_size_mve; 0 where it falls back to the general size."""
    window, channels = filter_.shape[2], source.shape[3]
    uneven = int(abs((output.shape[2] - 1) * stride + window - source.shape[2]) % 2)
    right = max(1, (pad + uneven + stride - 1) // stride) if pad + uneven else 0
    left = max(1, (pad + stride - 1) // stride) if pad else 0
    middle = max(output.shape[2] - (right + left), 0)
    if left + middle + right != output.shape[2]:
        return 0
    pad_left = pad * channels
    pad_right = right * channels if uneven else pad_left
    return max(window * channels + pad_left, (window - 1) * channels + pad_right)


def _conv_s16_buffer_bytes(node: Node, source: Tensor, filter_: Tensor) -> int:
    """arm_convolve_wrapper_s16_get_buffer_size, bytes."""
    column = filter_.shape[1] * filter_.shape[2] * source.shape[3]
    return 8 * round_up(column, 8) if node.mve else 4 * column


def conv_work(node: Node) -> Work:
    source, filter_, output = node.input(INPUT), node.input(FILTER), node.output(OUTPUT)
    if source is None or filter_ is None or output is None or filter_.rank != 4:
        return work(node, LayerKind.CONV)
    macs = output.elements * filter_.shape[1] * filter_.shape[2] * filter_.shape[3]
    if source.index in node.subgraph.inputs:
        kind = LayerKind.FIRST_CONV
    else:
        kind = LayerKind.POINTWISE if filter_.shape[1:3] == (1, 1) else LayerKind.CONV
    return work(node, kind, macs=macs)


OPERATORS = (
    OperatorModel(
        name="CONV_2D",
        resolver="AddConv2D",
        source="kernels/conv.cc",
        parse=params("TfLiteConvParams"),
        reference=Kernel(
            init=op_data("OpDataConv"), prepare=prepare_reference, invoke=Answer.NONE
        ),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/conv.cc:OpData"), prepare=prepare_cmsis_nn, invoke=Answer.NONE
        ),
        work=conv_work,
    ),
)

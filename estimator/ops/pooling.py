"""AVERAGE_POOL_2D and MAX_POOL_2D, after kernels/pooling.cc, pooling_common.cc and
cmsis_nn/pooling.cc (tflite-micro 90b983c2).

The scratch of CMSIS-NN follows Source/PoolingFunctions/arm_avgpool_get_buffer_sizes_s8.c and
arm_avgpool_get_buffer_sizes_s16.c (CMSIS-NN 4ab83cc3).
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, Step, Work, op_data, params
from estimator.ops._require import types
from estimator.ops._work import output_elements, work

INT8_OR_INT16 = (DType.INT8, DType.INT16)


def prepare(node: Node) -> None:
    """PoolingPrepare."""
    source = node.temp_input(0)
    output = node.temp_output(0)
    node.dim(source, 2)
    if source.dtype in INT8_OR_INT16:
        node.ensure(
            abs(source.scale - output.scale) <= 1e-6 and source.zero_point == output.zero_point,
            f"its input and output are quantized differently (scale {source.scale:g}, zero point "
            f"{source.zero_point}; {output.scale:g}, {output.zero_point})",
            tensor=output, fix="quantize the model again with the TFLite converter",
        )  # fmt: skip
    types(node, source, (DType.FLOAT32, *INT8_OR_INT16), "input")


def prepare_average_cmsis_nn(node: Node) -> None:
    prepare(node)
    source = node.temp_input(0)
    output = node.temp_output(0)
    if source.dtype in INT8_OR_INT16:
        _check_shapes(node, source, output)
        if node.dsp and not node.mve and source.shape[3] > 0:
            node.request_scratch_buffer(4 * source.shape[3], "sums per channel")


def invoke(node: Node) -> None:
    source, output = node.input(0), node.output(0)
    assert source is not None and output is not None  # Prepare checks
    _check_shapes(node, source, output)


def _check_shapes(node: Node, source: Tensor, output: Tensor) -> None:
    for tensor in (source, output):
        node.ensure(
            tensor.rank == 4, f"tensor {tensor.index} has rank {tensor.rank}, not 4",
            tensor=tensor, aborts=True,
        )  # fmt: skip
    node.ensure(
        (source.shape[0], source.shape[3]) == (output.shape[0], output.shape[3]),
        "its input and output differ in batches or channels",
        tensor=output, aborts=True,
    )  # fmt: skip


def pooling_work(node: Node) -> Work:
    """One addition, comparison or square per element of the window, padding included."""
    window = node.option("filter_height") * node.option("filter_width")
    return work(node, LayerKind.POOLING, other_ops=window * output_elements(node))


def _operator(name: str, resolver: str, prepare_cmsis_nn: Step) -> OperatorModel:
    return OperatorModel(
        name=name,
        resolver=resolver,
        source="kernels/pooling.cc",
        parse=params("TfLitePoolParams"),
        reference=Kernel(init=op_data("OpDataPooling"), prepare=prepare, invoke=invoke),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/pooling.cc:OpData"), prepare=prepare_cmsis_nn, invoke=invoke
        ),
        work=pooling_work,
    )


OPERATORS = (
    _operator("AVERAGE_POOL_2D", "AddAveragePool2D", prepare_average_cmsis_nn),
    _operator("MAX_POOL_2D", "AddMaxPool2D", prepare),
)

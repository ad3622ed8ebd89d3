"""SVDF, after kernels/svdf.cc, svdf_common.cc and cmsis_nn/svdf.cc (tflite-micro 90b983c2), built
with KERNELS_OPTIMIZED_FOR_SPEED.

The sums of CMSIS-NN follow Source/SVDFunctions/arm_svdf_get_buffer_sizes_s8.c (CMSIS-NN 4ab83cc3).
"""

from __future__ import annotations

from typing import NamedTuple

from estimator.graph import DType, Tensor
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, Work, op_data, params
from estimator.ops._checks import is_constant
from estimator.ops._quantization import REQUANTIZE, divides_by_scale
from estimator.ops._require import rank, types
from estimator.ops._work import work

INPUT, FEATURE, TIME, BIAS, STATE, OUTPUT = 0, 1, 2, 3, 4, 0
STATE_SCALE_TOLERANCE = 1e-5


class _Layer(NamedTuple):
    """The tensors of the layer; ``units`` are its filters divided by its rank."""

    source: Tensor
    feature: Tensor
    time: Tensor
    bias: Tensor | None
    state: Tensor
    output: Tensor
    units: int


def prepare_reference(node: Node) -> None:
    """PrepareSvdf."""
    layer = _validated(node)
    if layer.source.dtype is DType.INT8:
        _prepare_int8(node, layer)
    else:
        _prepare_float(node, layer)
    _require_bias(node, layer)


def prepare_cmsis_nn(node: Node) -> None:
    """CmsisNnPrepareSvdf."""
    layer = _validated(node)
    if layer.source.dtype is DType.INT8:
        _prepare_int8(node, layer)
        filters = layer.feature.shape[0]
        if node.mve and filters > 0:
            is_constant(node, layer.feature, "feature weights")
            node.allocate_persistent_buffer(4 * filters, "kernel sums")
    else:
        _prepare_float(node, layer)
    _require_bias(node, layer)


def _validated(node: Node) -> _Layer:
    """The temporaries and the checks of shapes, in TFLM's order."""
    source, feature, time = (node.temp_input(i) for i in (INPUT, FEATURE, TIME))
    bias = node.temp_optional_input(BIAS)
    state = node.temp_input(STATE)
    inputs, batches = node.dim(source, 1), source.shape[0]
    filters, layer_rank, memory = node.dim(feature, 0), node.option("rank"), node.dim(time, 1)
    node.ensure(layer_rank != 0, "its rank is 0, by which its Prepare divides", aborts=True)
    node.ensure(
        filters % layer_rank == 0,
        f"its {filters} filters are no multiple of its rank {layer_rank}",
        tensor=feature,
    )
    units = filters // layer_rank
    types(node, source, (DType.FLOAT32, DType.INT8), "input")
    rank(node, source, 2, "input")
    node.ensure(len(node.op.outputs) == 1, f"it has {len(node.op.outputs)} outputs, not 1")
    output = node.temp_output(OUTPUT)
    _shape_is(node, output, (batches, units), "output")
    _shape_is(node, feature, (filters, inputs), "feature weights")
    _shape_is(node, time, (filters, memory), "time weights")
    if bias is not None:
        node.ensure(
            node.dim(bias, 0) == units, f"its bias has {bias.shape[0]} elements for {units} units",
            tensor=bias,
        )  # fmt: skip
    _shape_is(node, state, (batches, memory * filters), "activation state")
    node.ensure(
        state.is_variable, "its activation state is no variable tensor",
        tensor=state, fix="convert the model again: the state must be marked as variable",
    )  # fmt: skip
    node.ensure(len(node.op.inputs) == 5, f"it has {len(node.op.inputs)} inputs, not 5")
    return _Layer(source, feature, time, bias, state, output, units)


def _shape_is(node: Node, tensor: Tensor, wanted: tuple[int, ...], role: str) -> None:
    node.ensure(
        tensor.shape == wanted, f"its {role} is {list(tensor.shape)}, not {list(wanted)}",
        tensor=tensor,
    )  # fmt: skip


def _prepare_int8(node: Node, layer: _Layer) -> None:
    types(node, layer.feature, (DType.INT8,), "feature weights")
    types(node, layer.time, (DType.INT16, DType.INT8), "time weights")
    types(node, layer.state, (DType.INT16, DType.INT8), "activation state")
    if layer.bias is not None:
        types(node, layer.bias, (DType.INT32,), "bias")
    types(node, layer.output, (DType.INT8,), "output")
    _require_bias(node, layer)
    assert layer.bias is not None
    product = layer.state.scale * layer.time.scale
    node.ensure(
        abs(layer.bias.scale - product) < STATE_SCALE_TOLERANCE,
        f"its bias has scale {layer.bias.scale:g}, but state times time weights {product:g}",
        tensor=layer.bias, fix=REQUANTIZE,
    )  # fmt: skip
    divides_by_scale(node, layer.state, layer.output)
    batches, filters = layer.source.shape[0], layer.feature.shape[0]
    node.request_scratch_buffer(4 * batches * filters, "INT32 feature outputs")
    node.request_scratch_buffer(4 * batches * layer.units, "INT32 outputs")


def _prepare_float(node: Node, layer: _Layer) -> None:
    for tensor, role in (
        (layer.feature, "feature weights"),
        (layer.time, "time weights"),
        (layer.state, "activation state"),
        (layer.bias, "bias"),
        (layer.output, "output"),
    ):
        if tensor is not None:
            types(node, tensor, (DType.FLOAT32,), role)
    batches, filters = layer.source.shape[0], layer.feature.shape[0]
    node.request_scratch_buffer(4 * batches * filters, "feature outputs")


def _require_bias(node: Node, layer: _Layer) -> None:
    node.ensure(
        layer.bias is not None,
        "its bias is omitted: TFLM's Prepare follows the null pointer",
        fix="convert with a bias", aborts=True,
    )  # fmt: skip


def invoke(node: Node) -> None:
    time, state = node.input(TIME), node.input(STATE)
    assert time is not None and state is not None  # Prepare checks
    node.ensure(
        time.dtype is state.dtype,
        f"its activation state is {state.dtype.name}, but its kernel reads it as {time.dtype.name},"
        " the type of the time weights",
        tensor=state, aborts=True,
    )  # fmt: skip


def svdf_work(node: Node) -> Work:
    """A product of input and feature weights, and one of memory and time weights, per filter."""
    source, feature, time = node.input(INPUT), node.input(FEATURE), node.input(TIME)
    if source is None or feature is None or time is None or source.rank != 2:
        return work(node, LayerKind.RECURRENT)
    return work(
        node, LayerKind.RECURRENT, macs=source.shape[0] * (feature.elements + time.elements)
    )


OPERATORS = (
    OperatorModel(
        name="SVDF",
        resolver="AddSvdf",
        source="kernels/svdf.cc",
        parse=params("TfLiteSVDFParams"),
        reference=Kernel(init=op_data("OpDataSvdf"), prepare=prepare_reference, invoke=invoke),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/svdf.cc:CmsisNnOpDataSvdf"),
            prepare=prepare_cmsis_nn,
            invoke=invoke,
        ),
        work=svdf_work,
    ),
)

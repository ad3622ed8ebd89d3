"""SOFTMAX, after kernels/softmax.cc, softmax_common.cc and cmsis_nn/softmax.cc (tflite-micro
90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, op_data, params
from estimator.ops._checks import same_shape, zero_point_is
from estimator.ops._require import arity, same_type, types
from estimator.ops._softmax import softmax_scaling
from estimator.ops._work import per_element

TYPES = (DType.FLOAT32, DType.INT8, DType.INT16)
LOOKUP_TABLE_BYTES = 2 * 513
"""LUTSize<int16_t>() entries of INT16."""


def _temporaries(node: Node) -> tuple[Tensor, Tensor]:
    arity(node, 1, 1)
    source = node.temp_input(0)
    node.ensure(source.rank >= 1, "its input is a scalar", tensor=source)
    return source, node.temp_output(0)


def prepare_reference(node: Node) -> None:
    _calculate_params(node, *_temporaries(node))


def prepare_cmsis_nn(node: Node) -> None:
    source, output = _temporaries(node)
    if (source.dtype, output.dtype) != (DType.INT8, DType.INT16):
        same_type(node, source, output)
    types(node, source, TYPES, "input")
    _calculate_params(node, source, output)
    same_shape(node, source, output)


def _calculate_params(node: Node, source: Tensor, output: Tensor) -> None:
    """CalculateSoftmaxParams."""
    if source.dtype is DType.INT16:
        node.allocate_persistent_buffer(LOOKUP_TABLE_BYTES, "table of exp(x)")
        node.allocate_persistent_buffer(LOOKUP_TABLE_BYTES, "table of 1 / (1 + x)")
    if output.dtype is DType.INT16:
        types(node, source, (DType.INT8, DType.INT16), "input")
    else:
        same_type(node, source, output)
    if source.dtype is DType.INT16:
        zero_point_is(node, output, 0)
        zero_point_is(node, source, 0)
        _scale_is(node, output, 1 / 32768, 1e-3)
    elif source.dtype is DType.INT8:
        if output.dtype is DType.INT16:
            zero_point_is(node, output, -32768)
            _scale_is(node, output, 1 / 65536, 1e-3)
        else:
            zero_point_is(node, output, -128)
            _scale_is(node, output, 1 / 256, 0)
        beta = node.options.get("beta", 0.0)
        softmax_scaling(node, source, float(beta) if isinstance(beta, (int, float)) else 0.0)
    else:
        types(node, source, (DType.FLOAT32,), "input")


def _scale_is(node: Node, output: Tensor, wanted: float, tolerance: float) -> None:
    node.ensure(
        abs(output.scale - wanted) <= tolerance * wanted,
        f"its {output.dtype.name} output has scale {output.scale:g}, not {wanted:g}",
        tensor=output, fix="quantize the model again with the TFLite converter",
    )  # fmt: skip


def invoke(node: Node) -> None:
    source, output = node.input(0), node.output(0)
    assert source is not None and output is not None  # Prepare checks
    same_shape(node, source, output)


OPERATORS = (
    OperatorModel(
        name="SOFTMAX",
        resolver="AddSoftmax",
        source="kernels/softmax.cc",
        parse=params("TfLiteSoftmaxParams"),
        reference=Kernel(init=op_data("SoftmaxParams"), prepare=prepare_reference, invoke=invoke),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/softmax.cc:CMSISNNSoftmaxParams"),
            prepare=prepare_cmsis_nn,
            invoke=invoke,
        ),
        # The maximum, a difference, exp, the sum and the division.
        work=per_element(LayerKind.ACTIVATION, ops=5),
    ),
)

"""ADD, after kernels/add.cc, add_common.cc and cmsis_nn/add.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, op_data, params
from estimator.ops._binary import add_or_subtract_quantization, invoke_broadcast, temporaries
from estimator.ops._checks import zero_point_is
from estimator.ops._quantization import HYBRID, REQUANTIZE, unquantized
from estimator.ops._require import same_type, types
from estimator.ops._work import per_element

INT8_OR_INT16 = (DType.INT8, DType.INT16)
TYPES = (DType.FLOAT32, DType.INT32, *INT8_OR_INT16)


def prepare_reference(node: Node) -> None:
    first, second, output = temporaries(node)
    if output.dtype in INT8_OR_INT16:
        node.ensure(
            output.is_quantized, "its output has no quantization parameters",
            tensor=output, fix=REQUANTIZE, aborts=True,
        )  # fmt: skip
        add_or_subtract_quantization(node, first, second, output)
    elif output.dtype is DType.INT32:
        unquantized(node, first, second)


def prepare_cmsis_nn(node: Node) -> None:
    first, second, output = temporaries(node)
    same_type(node, first, output)
    types(node, first, TYPES, "first input")
    types(node, second, (first.dtype,), "second input", fix=HYBRID)
    if first.dtype is DType.INT16:
        for tensor in (first, second, output):
            zero_point_is(node, tensor, 0)
    if output.dtype in INT8_OR_INT16:
        add_or_subtract_quantization(node, first, second, output)
    elif output.dtype is DType.INT32:
        unquantized(node, first, second)


def invoke(node: Node) -> None:
    invoke_broadcast(node, TYPES)


OPERATORS = (
    OperatorModel(
        name="ADD",
        resolver="AddAdd",
        source="kernels/add.cc",
        parse=params("TfLiteAddParams"),
        reference=Kernel(init=op_data("OpDataAdd"), prepare=prepare_reference, invoke=invoke),
        cmsis_nn=Kernel(
            init=op_data("cmsis_nn/add.cc:OpData"), prepare=prepare_cmsis_nn, invoke=invoke
        ),
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

"""MUL, after kernels/mul.cc, mul_common.cc and cmsis_nn/mul.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Kernel, LayerKind, Node, OperatorModel, op_data, params
from estimator.ops._binary import require_broadcast, temporaries
from estimator.ops._checks import zero_point_is
from estimator.ops._quantization import activation_range, divides_by_scale
from estimator.ops._require import arity, same_type, types
from estimator.ops._work import per_element

TYPES = (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32)


def prepare(node: Node) -> None:
    """CalculateOpDataMul."""
    first, second, output = temporaries(node)
    arity(node, 2, 1)
    same_type(node, first, second)
    if output.dtype in (DType.INT8, DType.INT16):
        activation_range(node, output)
        divides_by_scale(node, output)
        if first.dtype is DType.INT16:
            for tensor in (first, second, output):
                zero_point_is(node, tensor, 0)


def invoke(node: Node) -> None:
    first, second, output = node.input(0), node.input(1), node.output(0)
    assert first is not None and second is not None and output is not None  # Prepare checks
    types(node, first, TYPES, "input")
    types(node, output, (first.dtype,), "output", aborts=True)
    require_broadcast(node, first, second, output)


KERNEL = Kernel(init=op_data("OpDataMul"), prepare=prepare, invoke=invoke)

OPERATORS = (
    OperatorModel(
        name="MUL",
        resolver="AddMul",
        source="kernels/mul.cc",
        parse=params("TfLiteMulParams"),
        reference=KERNEL,
        cmsis_nn=KERNEL,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

"""DIV, after kernels/div.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data, params
from estimator.ops._binary import invoke_broadcast, temporaries
from estimator.ops._quantization import activation_range, divides_by_scale, unquantized
from estimator.ops._require import same_type
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    first, second, output = temporaries(node)
    same_type(node, first, second)
    same_type(node, first, output)
    if output.dtype is DType.INT8:
        activation_range(node, output)
        divides_by_scale(node, second, output)
    elif output.dtype is DType.INT32:
        unquantized(node, first, second)


def invoke(node: Node) -> None:
    invoke_broadcast(node, (DType.FLOAT32, DType.INT32, DType.INT8))


OPERATORS = (
    OperatorModel(
        name="DIV",
        resolver="AddDiv",
        source="kernels/div.cc",
        parse=params("TfLiteDivParams"),
        reference=Kernel(init=op_data("div.cc:OpDataDiv"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

"""SUB, after kernels/sub.cc and sub_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data, params
from estimator.ops._binary import add_or_subtract_quantization, invoke_broadcast, temporaries
from estimator.ops._quantization import unquantized
from estimator.ops._work import per_element


def prepare(node: Node) -> None:
    first, second, output = temporaries(node)
    if output.dtype in (DType.INT8, DType.INT16):
        add_or_subtract_quantization(node, first, second, output)
    elif output.dtype is DType.INT32:
        unquantized(node, first, second, output)


def invoke(node: Node) -> None:
    invoke_broadcast(node, (DType.FLOAT32, DType.INT32, DType.INT8, DType.INT16))


OPERATORS = (
    OperatorModel(
        name="SUB",
        resolver="AddSub",
        source="kernels/sub.cc",
        parse=params("TfLiteSubParams"),
        reference=Kernel(init=op_data("OpDataSub"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

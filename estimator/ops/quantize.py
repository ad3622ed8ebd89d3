"""QUANTIZE, after kernels/quantize.cc and quantize_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import eval_input, eval_output, same_shape
from estimator.ops._require import arity, types
from estimator.ops._work import per_element

INPUTS = (DType.FLOAT32, DType.INT32, DType.INT16, DType.INT8, DType.UINT8)
OUTPUTS = (DType.INT8, DType.INT16, DType.INT32, DType.UINT8)
EVALUATED = {
    DType.FLOAT32: (DType.INT8, DType.INT16),
    DType.INT32: (DType.INT8, DType.INT16),
    DType.INT16: (DType.INT8, DType.INT16, DType.INT32),
    DType.INT8: (DType.INT8, DType.UINT8, DType.INT16, DType.INT32),
    DType.UINT8: (DType.INT8,),
}
"""The outputs that Invoke can make of each input."""


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    scales = len(output.quantization.scales) if output.quantization is not None else 0
    node.ensure(
        output.is_quantized and scales == 1,
        f"its output needs one scale and a zero point, and has {scales} scales", tensor=output,
    )  # fmt: skip
    types(node, source, INPUTS, "input")
    types(node, output, OUTPUTS, "output")


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    known = EVALUATED.get(source.dtype, ())
    types(node, output, known, f"output for a {source.dtype.name} input")
    if source.dtype is DType.FLOAT32:
        same_shape(node, source, output)


OPERATORS = (
    OperatorModel(
        name="QUANTIZE",
        resolver="AddQuantize",
        source="kernels/quantize.cc",
        parse=Answer.NONE,
        reference=Kernel(init=op_data("OpDataQuantizeReference"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ELEMENTWISE),
    ),
)

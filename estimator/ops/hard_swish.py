"""HARD_SWISH, after kernels/hard_swish.cc and hard_swish_common.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, op_data
from estimator.ops._checks import switch_on_input
from estimator.ops._quantization import float32, multiplier_exponent
from estimator.ops._require import arity
from estimator.ops._work import per_element

HIGH_RESOLUTION = 128
"""The kernel computes with the input's scale divided by this."""


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source, output = node.temp_input(0), node.temp_output(0)
    if source.dtype is DType.INT8 and output.scale > 0:
        multiplier = float32(source.scale / HIGH_RESOLUTION / output.scale)
        node.ensure(
            multiplier_exponent(multiplier) <= 0,
            f"its input's scale {source.scale} is {HIGH_RESOLUTION} times its output's "
            f"({output.scale}) or more",
            tensor=output, fix="quantize the model again with the TFLite converter",
        )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="HARD_SWISH",
        resolver="AddHardSwish",
        source="kernels/hard_swish.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=op_data("HardSwishParams"),
            prepare=prepare,
            invoke=switch_on_input(DType.FLOAT32, DType.INT8, same_shape_as_output=True),
        ),
        cmsis_nn=Answer.FALLBACK,
        work=per_element(LayerKind.ACTIVATION, ops=5),
    ),
)

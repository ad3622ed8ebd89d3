"""LOG_SOFTMAX, after kernels/log_softmax.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel
from estimator.ops._checks import switch_on_input, zero_point_is
from estimator.ops._require import arity, same_type
from estimator.ops._softmax import softmax_scaling
from estimator.ops._work import per_element

OUTPUT_SCALE, OUTPUT_ZERO_POINT = 16 / 256, 127


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    same_type(node, source, output)
    node.ensure(
        source.shape == output.shape,
        f"its input is {list(source.shape)}, its output {list(output.shape)}",
        tensor=output,
    )
    if source.dtype is DType.INT8:
        node.allocate_persistent_struct("log_softmax.cc:LogSoftmaxOpData")
        node.ensure(
            output.scale == OUTPUT_SCALE,
            f"its output has scale {output.scale:g}, not {OUTPUT_SCALE:g}",
            tensor=output, fix="quantize the model again with the TFLite converter",
        )  # fmt: skip
        zero_point_is(node, output, OUTPUT_ZERO_POINT)
        softmax_scaling(node, source, beta=1.0)


OPERATORS = (
    OperatorModel(
        name="LOG_SOFTMAX",
        resolver="AddLogSoftmax",
        source="kernels/log_softmax.cc",
        parse=Answer.NONE,
        reference=Kernel(
            init=Answer.NONE,
            prepare=prepare,
            invoke=switch_on_input(DType.FLOAT32, DType.INT8, same_shape_as_output=True),
        ),
        cmsis_nn=Answer.FALLBACK,
        # The maximum, a difference, exp, the sum and a difference.
        work=per_element(LayerKind.ACTIVATION, ops=5),
    ),
)

"""PAD and PADV2, after kernels/pad.cc, pad_common.cc, cmsis_nn/pad.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, op_data
from estimator.ops._checks import int32_values, is_constant, switch_on_input
from estimator.ops._require import same_type
from estimator.ops._work import data_movement

MAX_RANK = 5
"""PadKernelMaxDimensionCount()."""


def prepare(node: Node) -> None:
    """PadPrepare."""
    inputs = len(node.op.inputs)
    node.ensure(
        inputs in (2, 3) and len(node.op.outputs) == 1,
        f"it has {inputs} inputs and {len(node.op.outputs)} outputs, not 2 or 3 and 1",
    )
    source = node.temp_input(0)
    paddings = node.temp_input(1)
    value = node.temp_optional_input(2)
    output = node.temp_output(0)
    same_type(node, source, output)
    node.ensure(
        source.rank <= MAX_RANK, f"its input has rank {source.rank}, more than {MAX_RANK}",
        tensor=source, fix=f"reshape to at most {MAX_RANK} dimensions",
    )  # fmt: skip
    if value is not None:
        same_type(node, source, value)
        node.ensure(value.elements == 1, f"its value has {value.elements} elements", tensor=value)
    _require_output_shape(node, source, paddings, output)
    if source.dtype is DType.INT8:
        _require_zero_in_range(node, output, value)


def _require_output_shape(node: Node, source: Tensor, paddings: Tensor, output: Tensor) -> None:
    node.ensure(
        paddings.elements == 2 * output.rank,
        f"its paddings have {paddings.elements} elements for {output.rank} dimensions",
        tensor=paddings,
    )
    is_constant(node, paddings, "paddings")
    amounts = int32_values(node, paddings, 2 * output.rank)
    for axis, size in enumerate(output.shape):
        wanted = node.dim(source, axis) + amounts[2 * axis] + amounts[2 * axis + 1]
        node.ensure(
            size == wanted,
            f"dimension {axis} of its output is {size}, but input and paddings give {wanted}",
            tensor=output,
        )


def _require_zero_in_range(node: Node, output: Tensor, value: Tensor | None) -> None:
    if value is None:
        node.ensure(
            -128 <= output.zero_point <= 127,
            f"its output's zero point {output.zero_point} is no INT8",
            tensor=output,
        )
    else:
        node.ensure(
            (output.zero_point, output.scale) == (value.zero_point, value.scale),
            "its value is quantized differently from its output",
            tensor=value, fix="quantize the model again with the TFLite converter",
        )  # fmt: skip


KERNEL = Kernel(
    init=op_data("pad.h:OpData"),
    prepare=prepare,
    invoke=switch_on_input(DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32),
)

OPERATORS = tuple(
    OperatorModel(
        name=name,
        resolver=resolver,
        source="kernels/pad.cc",
        parse=Answer.NONE,
        reference=KERNEL,
        cmsis_nn=KERNEL,
        work=data_movement,
    )
    for name, resolver in (("PAD", "AddPad"), ("PADV2", "AddPadV2"))
)

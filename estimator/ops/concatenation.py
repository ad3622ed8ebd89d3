"""CONCATENATION, after kernels/concatenation.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, op_data, params
from estimator.ops._checks import MAX_RANK, eval_input, eval_output, zero_point_is
from estimator.ops._compression import allocate_decompression_scratch_buffer
from estimator.ops._require import CONVERT, same_type, types
from estimator.ops._work import data_movement

MAX_INPUTS = 10
TYPES = (
    DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.BOOL,
)  # fmt: skip


def prepare(node: Node) -> None:
    first, output = node.temp_input(0), node.temp_output(0)
    node.ensure(
        node.option("fused_activation_function") == 0,
        "a fused activation is not supported", fix="apply the activation in a layer of its own",
    )  # fmt: skip
    types(node, first, TYPES, "input")
    same_type(node, output, first)
    inputs = len(node.op.inputs)
    node.ensure(
        inputs <= MAX_INPUTS, f"it has {inputs} inputs: {MAX_INPUTS} at most are supported",
        fix=f"concatenate in steps of {MAX_INPUTS} tensors at most",
    )  # fmt: skip
    for position in range(inputs):
        _check_input(node, node.temp_input(position), first, output)
        allocate_decompression_scratch_buffer(node, position)
    if first.dtype is DType.INT16:
        zero_point_is(node, output, 0)


def _check_input(node: Node, source: Tensor, first: Tensor, output: Tensor) -> None:
    same_type(node, source, first)
    node.ensure(
        source.rank <= MAX_RANK,
        f"input tensor {source.index} has {source.rank} dimensions: {MAX_RANK} at most",
        tensor=source,
    )
    if first.dtype is DType.INT8:
        node.ensure(
            source.scale == output.scale and source.zero_point == output.zero_point,
            f"INT8 input tensor {source.index} (scale {source.scale}, zero point "
            f"{source.zero_point}) is not quantized like the output ({output.scale}, "
            f"{output.zero_point})",
            tensor=source, fix="quantize the model again: the converter aligns the scales",
        )  # fmt: skip
    elif first.dtype is DType.INT16:
        zero_point_is(node, source, 0)


def invoke(node: Node) -> None:
    """reference_ops::Concatenation asserts that the shapes fit."""
    output = eval_output(node, 0)
    sources = [eval_input(node, position) for position in range(len(node.op.inputs))]
    axis = node.option("axis")
    axis = axis if axis >= 0 else output.rank + axis
    node.ensure(
        0 <= axis < output.rank, f"its axis {axis} is not in an output of rank {output.rank}",
        tensor=output, fix=CONVERT, aborts=True,
    )  # fmt: skip
    around = output.shape[:axis], output.shape[axis + 1 :]
    node.ensure(
        all((s.shape[:axis], s.shape[axis + 1 :]) == around and s.rank > axis for s in sources)
        and sum(s.shape[axis] for s in sources) == output.shape[axis],
        f"its inputs don't add up to the output {list(output.shape)} along axis {axis}",
        tensor=output, fix=CONVERT, aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="CONCATENATION",
        resolver="AddConcatenation",
        source="kernels/concatenation.cc",
        parse=params("TfLiteConcatenationParams"),
        reference=Kernel(init=op_data("concatenation.cc:OpData"), prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

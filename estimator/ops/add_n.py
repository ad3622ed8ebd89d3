"""ADD_N, after kernels/add_n.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work
from estimator.ops._quantization import activation_range, multiplier_below_one, ratio
from estimator.ops._require import same_type, types
from estimator.ops._work import output_elements, work

LEFT_SHIFT = 20


def prepare(node: Node) -> None:
    inputs = len(node.op.inputs)
    node.ensure(
        inputs >= 2 and len(node.op.outputs) == 1,
        f"it has {inputs} inputs and {len(node.op.outputs)} outputs, not 2 or more and 1",
    )
    first = node.temp_input(0)
    output = node.temp_output(0)
    same_type(node, output, first)
    for position in range(1, inputs):
        _require_alike(node, first, node.temp_input(position))
    types(node, output, (DType.FLOAT32, DType.INT8), "output")
    pointers = node.layout.pointer_bytes * inputs
    if output.dtype is DType.FLOAT32:
        node.request_scratch_buffer(pointers, "pointers to the inputs")
        return
    node.allocate_persistent_struct("add_n.cc:OpData")
    node.request_scratch_buffer(pointers, "pointers to the inputs")
    twice_scale = 2 * first.scale
    multiplier_below_one(node, ratio(first.scale, twice_scale), "the inputs' multiplier", first)
    multiplier = ratio(twice_scale, 2**LEFT_SHIFT * output.scale)
    multiplier_below_one(node, multiplier, "the output's multiplier", output)
    activation_range(node, output, activation=0)


def _require_alike(node: Node, first: Tensor, other: Tensor) -> None:
    node.ensure(
        first.shape == other.shape,
        f"its inputs have different shapes, {list(first.shape)} and {list(other.shape)}",
        tensor=other,
    )
    same_type(node, first, other)
    node.ensure(
        first.dtype is not DType.INT8
        or (first.zero_point, first.scale) == (other.zero_point, other.scale),
        "its INT8 inputs are quantized differently",
        tensor=other, fix="add pairs with ADD",
    )  # fmt: skip


def add_n_work(node: Node) -> Work:
    """One addition per input after the first and output element."""
    additions = max(len(node.op.inputs) - 1, 0) * output_elements(node)
    return work(node, LayerKind.ELEMENTWISE, other_ops=additions)


OPERATORS = (
    OperatorModel(
        name="ADD_N",
        resolver="AddAddN",
        source="kernels/add_n.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=add_n_work,
    ),
)

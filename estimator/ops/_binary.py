"""What elementwise operators of two inputs share: temporaries, quantization and broadcasting.

Broadcasting mirrors tensorflow/lite/kernels/internal/common.h (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.geometry import broadcast
from estimator.graph import DType, Tensor
from estimator.opmodel import Node
from estimator.ops._quantization import activation_range, multiplier_below_one, ratio


def temporaries(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    """AllocateTemp{Input,Output}Tensor of both inputs and the output, in this order."""
    return node.temp_input(0), node.temp_input(1), node.temp_output(0)


def add_or_subtract_quantization(node: Node, first: Tensor, second: Tensor, output: Tensor) -> None:
    """CalculateOpDataAdd and CalculateOpDataSub for INT8 and INT16 outputs.

    All multipliers must be within (0, 1), which QuantizeMultiplierSmallerThanOneExp asserts.
    """
    twice_max_scale = 2 * max(first.scale, second.scale)
    for tensor, which in ((first, "first"), (second, "second")):
        multiplier = ratio(tensor.scale, twice_max_scale)
        multiplier_below_one(node, multiplier, f"the {which} input's multiplier", tensor)
    left_shift = 15 if output.dtype is DType.INT16 else 20
    multiplier = ratio(twice_max_scale, 2**left_shift * output.scale)
    multiplier_below_one(node, multiplier, "the output's multiplier", output)
    activation_range(node, output)


def invoke_broadcast(node: Node, output_types: tuple[DType, ...]) -> None:
    """Invoke: a switch on the output's type, then a walk over shapes that must broadcast."""
    first, second, output = node.input(0), node.input(1), node.output(0)
    if first is None or second is None or output is None:
        node.ensure(False, "an input or its output is missing", aborts=True)
        return
    node.ensure(
        output.dtype in output_types,
        f"its output is {output.dtype.name}, not {' or '.join(t.name for t in output_types)}",
        tensor=output,
    )
    node.ensure(
        first.dtype is output.dtype and second.dtype is output.dtype,
        f"its inputs are {first.dtype.name} and {second.dtype.name}, but its kernel reads them as "
        f"{output.dtype.name}, the output's type",
        tensor=output, aborts=True,
    )  # fmt: skip
    require_broadcast(node, first, second, output)


def require_broadcast(node: Node, first: Tensor, second: Tensor, output: Tensor) -> None:
    """The shapes fit each other, and the output has as many elements as they give together."""
    shape = broadcast(first.shape, second.shape)
    node.ensure(
        shape is not None,
        f"shapes {list(first.shape)} and {list(second.shape)} can't be broadcast",
        tensor=second, aborts=True,
    )  # fmt: skip
    elements = 1
    for size in shape or ():
        elements *= size
    node.ensure(
        elements == output.elements,
        f"its inputs give {elements} elements, its output has {output.elements}",
        tensor=output, aborts=True,
    )  # fmt: skip

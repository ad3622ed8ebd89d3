"""PreprocessSoftmaxScaling of tensorflow/lite/kernels/internal/quantization_util.cc (tflite-micro
90b983c2)."""

from __future__ import annotations

from estimator.graph import Tensor
from estimator.opmodel import Node
from estimator.ops._quantization import REQUANTIZE

INTEGER_BITS = 5


def softmax_scaling(node: Node, source: Tensor, beta: float) -> None:
    """An assertion that beta times the input's scale, in fixed point, is above 1."""
    node.ensure(
        beta * source.scale * 2 ** (31 - INTEGER_BITS) > 1,
        f"beta {beta:g} times its input's scale {source.scale:g} is too small",
        tensor=source, fix=REQUANTIZE, aborts=True,
    )  # fmt: skip

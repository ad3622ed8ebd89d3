"""SignalFftAutoScale, after signal/micro/kernels/fft_auto_scale_{kernel,common}.cc (90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import holds, signal_work


def prepare(node: Node) -> None:
    arity(node, 1, 2)
    source = node.temp_input(0)
    output = node.temp_output(0)
    scale_bit = node.temp_output(1)
    rank(node, source, 1, "input")
    rank(node, output, 1, "output")
    rank(node, scale_bit, 0, "scale bit")
    types(node, source, (DType.INT16,), "input")
    types(node, output, (DType.INT16,), "output")
    types(node, scale_bit, (DType.INT32,), "scale bit")


def invoke(node: Node) -> None:
    holds(node, eval_input(node, 0), eval_output(node, 0).elements, "input")


OPERATORS = (
    OperatorModel(
        name="SignalFftAutoScale",
        resolver="AddFftAutoScale",
        source="signal/micro/kernels/fft_auto_scale_kernel.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=signal_work(3),  # absolute value, comparison, product
    ),
)

"""SignalFilterBankSquareRoot, after signal/micro/kernels/filter_bank_square_root*.cc (90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import holds, signal_work


def prepare(node: Node) -> None:
    arity(node, 2, 1)
    source = node.temp_input(0)
    scale_bits = node.temp_input(1)
    output = node.temp_output(0)
    rank(node, source, 1, "input")
    rank(node, scale_bits, 0, "scale bits")
    rank(node, output, 1, "output")
    types(node, source, (DType.UINT64,), "input")
    types(node, scale_bits, (DType.INT32,), "scale bits")
    types(node, output, (DType.UINT32,), "output")


def invoke(node: Node) -> None:
    holds(node, eval_output(node, 0), eval_input(node, 0).elements, "output")


OPERATORS = (
    OperatorModel(
        name="SignalFilterBankSquareRoot",
        resolver="AddFilterBankSquareRoot",
        source="signal/micro/kernels/filter_bank_square_root.cc",
        parse=Answer.NONE,
        reference=Kernel(init=Answer.NONE, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=signal_work(2),  # square root, shift
    ),
)

"""SignalFilterBankLog, after signal/micro/kernels/filter_bank_log.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import holds, params, signal_work


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("filter_bank_log.cc", "TFLMSignalLogParams"))
    element_as_int32(node, 0, "input_correction_bits")
    element_as_int32(node, 1, "output_scale")


def prepare(node: Node) -> None:
    arity(node, 1, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    rank(node, source, 1, "input")
    rank(node, output, 1, "output")
    types(node, source, (DType.UINT32,), "input")
    types(node, output, (DType.INT16,), "output")


def invoke(node: Node) -> None:
    holds(node, eval_output(node, 0), eval_input(node, 0).elements, "output")


OPERATORS = (
    OperatorModel(
        name="SignalFilterBankLog",
        resolver="AddFilterBankLog",
        source="signal/micro/kernels/filter_bank_log.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=signal_work(4),  # shift, comparison, logarithm, limit
    ),
)

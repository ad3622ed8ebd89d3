"""SignalFilterBankSpectralSubtraction.

After signal/micro/kernels/filter_bank_spectral_subtraction.cc (tflite-micro 90b983c2).
"""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_bool, element_as_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import allocate, holds, params, signal_work

FILE = "filter_bank_spectral_subtraction.cc"
OPTIONS = (
    "alternate_one_minus_smoothing", "alternate_smoothing", "clamping", "min_signal_remaining",
    "num_channels", "one_minus_smoothing", "smoothing", "smoothing_bits",
    "spectral_subtraction_bits",
)  # fmt: skip
OPS_PER_CHANNEL = 11
"""3 products, sum, difference, 4 shifts, 2 comparisons."""


def channels(node: Node) -> int:
    return element_as_int32(node, OPTIONS.index("num_channels"), "num_channels")


def init(node: Node) -> None:
    node.allocate_persistent_struct(params(FILE, "TFLMSignalSpectralSubtractionParams"))
    for position, name in enumerate(OPTIONS):
        element_as_bool(node, position, name)
    allocate(node, 4 * channels(node), "noise estimate")


def prepare(node: Node) -> None:
    arity(node, 1, 2)
    tensors = (
        (node.temp_input(0), "input"),
        (node.temp_output(0), "output"),
        (node.temp_output(1), "noise estimate"),
    )
    for tensor, role in tensors:
        rank(node, tensor, 1, role)
    for tensor, role in tensors:
        types(node, tensor, (DType.UINT32,), role)


def invoke(node: Node) -> None:
    count = channels(node)
    holds(node, eval_input(node, 0), count, "input")
    holds(node, eval_output(node, 0), count, "output")
    estimate = eval_output(node, 1)
    node.ensure(
        estimate.elements <= count,
        f"its noise estimate has {estimate.elements} elements, it computes {count}",
        tensor=estimate, aborts=True,
    )  # fmt: skip


OPERATORS = (
    OperatorModel(
        name="SignalFilterBankSpectralSubtraction",
        resolver="AddFilterBankSpectralSubtraction",
        source=f"signal/micro/kernels/{FILE}",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=signal_work(OPS_PER_CHANNEL),
    ),
)

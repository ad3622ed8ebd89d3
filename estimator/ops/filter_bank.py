"""SignalFilterBank, after signal/micro/kernels/filter_bank.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import arity, rank, types, values
from estimator.ops._signal import allocate, holds, params
from estimator.ops._work import work

ROLES = ("input", "weights", "unweights", "frequency starts", "weight starts", "channel widths")
WEIGHTS, WIDTHS = 1, 5


def channels(node: Node) -> int:
    return element_as_int32(node, 0, "num_channels")


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("filter_bank.cc", "TFLMSignalFilterBankParams"))
    allocate(node, 8 * (channels(node) + 1), "work area")


def prepare(node: Node) -> None:
    arity(node, len(ROLES), 1)
    for position, role in enumerate(ROLES):
        tensor = node.temp_input(position)
        rank(node, tensor, 1, role)
        types(node, tensor, (DType.INT16 if position else DType.UINT32,), role)
    output = node.temp_output(0)
    rank(node, output, 1, "output")
    types(node, output, (DType.UINT64,), "output")


def invoke(node: Node) -> None:
    count = channels(node)
    for position in range(WEIGHTS + 2, WIDTHS + 1):
        holds(node, eval_input(node, position), count + 1, ROLES[position])
    output = eval_output(node, 0)
    node.ensure(
        output.elements <= count,
        f"its output has {output.elements} elements, it computes {count}",
        tensor=output, aborts=True,
    )  # fmt: skip


def filter_bank_work(node: Node) -> Work:
    """Two MACs (weight and unweight) for each bin of each channel."""
    widths = eval_input(node, WIDTHS)
    if widths.is_constant and widths.dtype is DType.INT16:
        counts = values(node, widths, "channel widths")[: channels(node) + 1]
        bins = sum(max(count, 0) for count in counts)
    else:  # as many bins as there are weights
        bins = eval_input(node, WEIGHTS).elements
    return work(node, LayerKind.SIGNAL, macs=2 * bins)


OPERATORS = (
    OperatorModel(
        name="SignalFilterBank",
        resolver="AddFilterBank",
        source="signal/micro/kernels/filter_bank.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=filter_bank_work,
    ),
)

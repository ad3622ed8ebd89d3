"""SignalPCAN, after signal/micro/kernels/pcan.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import holds, params, signal_work

OPS_PER_CHANNEL = 15
"""Gain: bit scan, 5 shifts, mask, 2 products, 3 sums; then product, shift, comparison."""


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("pcan.cc", "TfLitePcanParams"))
    element_as_int32(node, 0, "snr_shift")


def prepare(node: Node) -> None:
    arity(node, 3, 1)
    tensors = (
        (node.temp_input(0), DType.UINT32, "input"),
        (node.temp_input(1), DType.UINT32, "noise estimate"),
        (node.temp_input(2), DType.INT16, "gain table"),
        (node.temp_output(0), DType.UINT32, "output"),
    )
    for tensor, _, role in tensors:
        rank(node, tensor, 1, role)
    for tensor, dtype, role in tensors:
        types(node, tensor, (dtype,), role)


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    holds(node, source, output.elements, "input")
    holds(node, output, source.elements, "output")
    holds(node, eval_input(node, 1), source.elements, "noise estimate")


OPERATORS = (
    OperatorModel(
        name="SignalPCAN",
        resolver="AddPCAN",
        source="signal/micro/kernels/pcan.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=signal_work(OPS_PER_CHANNEL),
    ),
)

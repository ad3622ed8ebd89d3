"""SignalDelay, after signal/micro/kernels/delay.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import arity, types
from estimator.ops._signal import allocate_circular_buffers, frames_of, holds, params
from estimator.ops._work import data_movement


def delay_length(node: Node) -> int:
    return element_as_int32(node, 0, "delay_length")


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("delay.cc", "TFLMSignalFrontendDelayParams"))
    delay_length(node)


def prepare(node: Node) -> None:
    if node.refusals:
        return  # Init could not read the options
    arity(node, 1, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    types(node, source, (DType.INT16,), "input")
    types(node, output, (DType.INT16,), "output")
    frame = node.dim(source, -1)
    count = frames_of(node, source, frame)
    allocate_circular_buffers(node, count, frame + delay_length(node))


def invoke(node: Node) -> None:
    holds(node, eval_output(node, 0), eval_input(node, 0).elements, "output")


OPERATORS = (
    OperatorModel(
        name="SignalDelay",
        resolver="AddDelay",
        source="signal/micro/kernels/delay.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

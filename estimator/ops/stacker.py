"""SignalStacker, after signal/micro/kernels/stacker.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import element_as_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import allocate, circular_buffer_bytes, holds, params
from estimator.ops._work import data_movement


def channels_and_frames(node: Node) -> tuple[int, int]:
    """(channels of a frame, frames of a stack)."""
    left = element_as_int32(node, 1, "stacker_left_context")
    right = element_as_int32(node, 2, "stacker_right_context")
    return element_as_int32(node, 0, "num_channels"), left + right + 1


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("stacker.cc", "TFLMSignalStackerParams"))
    channels, frames = channels_and_frames(node)
    element_as_int32(node, 3, "stacker_step")
    allocate(node, circular_buffer_bytes(node, channels * frames), "circular buffer")


def prepare(node: Node) -> None:
    arity(node, 1, 2)
    source = node.temp_input(0)
    output = node.temp_output(0)
    valid = node.temp_output(1)
    rank(node, source, 1, "input")
    rank(node, output, 1, "output")
    rank(node, valid, 0, "output_valid")
    types(node, source, (DType.INT16,), "input")
    types(node, output, (DType.INT16,), "output")
    types(node, valid, (DType.BOOL,), "output_valid")


def invoke(node: Node) -> None:
    channels, frames = channels_and_frames(node)
    holds(node, eval_input(node, 0), channels, "input")
    holds(node, eval_output(node, 0), channels * frames, "output")


OPERATORS = (
    OperatorModel(
        name="SignalStacker",
        resolver="AddStacker",
        source="signal/micro/kernels/stacker.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

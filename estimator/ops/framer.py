"""SignalFramer, after signal/micro/kernels/framer.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import round_up
from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import FIX, element_as_bool, element_as_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import allocate_circular_buffers, frames_of, holds, params
from estimator.ops._work import data_movement


def frame_size_and_step(node: Node) -> tuple[int, int]:
    return element_as_int32(node, 0, "frame_size"), element_as_int32(node, 1, "frame_step")


def init(node: Node) -> None:
    node.allocate_persistent_struct(params("framer.cc", "TFLMSignalFramerParams"))
    frame_size_and_step(node)
    element_as_bool(node, 2, "prefill")


def prepare(node: Node) -> None:
    if node.refusals:
        return  # Init could not read the options
    arity(node, 1, 2)
    source = node.temp_input(0)
    output = node.temp_output(0)
    valid = node.temp_output(1)
    rank(node, output, source.rank + 1, "output")
    rank(node, valid, 0, "output_valid")
    types(node, source, (DType.INT16,), "input")
    types(node, output, (DType.INT16,), "output")
    types(node, valid, (DType.BOOL,), "output_valid")
    size, step = frame_size_and_step(node)
    innermost = node.dim(source, -1)
    node.ensure(
        innermost >= step,
        f"its input's innermost dimension, {innermost}, is less than a step of {step}",
        tensor=source,
    )
    node.ensure(step > 0, f"its frame step is {step}", fix=FIX, aborts=True)
    node.ensure(
        innermost % step == 0,
        f"its input's innermost dimension, {innermost}, is no multiple of the step {step}",
        tensor=source,
    )
    allocate_circular_buffers(node, frames_of(node, source, innermost), round_up(size, step))


def invoke(node: Node) -> None:
    source = eval_input(node, 0)
    size, step = frame_size_and_step(node)
    holds(node, eval_output(node, 0), source.elements // step * size, "output")


OPERATORS = (
    OperatorModel(
        name="SignalFramer",
        resolver="AddFramer",
        source="signal/micro/kernels/framer.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=data_movement,
    ),
)

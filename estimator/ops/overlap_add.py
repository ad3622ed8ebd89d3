"""SignalOverlapAdd, after signal/micro/kernels/overlap_add.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import round_up
from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._flexbuffer import FIX, element_as_int32, map_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import MAXIMUM_BUFFERS, TENSOR_TYPES, allocate, frames_of, holds
from estimator.ops._work import work

SUPPORTED = (DType.FLOAT32, DType.INT16)


def element_type(node: Node) -> DType:
    """The type that the option T names; 0, FLOAT32, where it is missing."""
    code = map_int32(node, "T")
    node.ensure(
        TENSOR_TYPES.get(code) in SUPPORTED,
        f"its type T is {code}: only FLOAT32 and INT16 exist, and Prepare follows a null pointer",
        fix=FIX, aborts=True,
    )  # fmt: skip
    return TENSOR_TYPES[code]


def frame_step(node: Node) -> int:
    return element_as_int32(node, 1, "frame_step")


def init(node: Node) -> None:
    element_type(node)
    # TFLMSignalOverlapAddParams<T>: four int32_t, an enum and a pointer.
    pointer = node.layout.pointer_bytes
    allocate(node, round_up(20, pointer) + pointer, "TFLMSignalOverlapAddParams")
    frame_step(node)


def prepare(node: Node) -> None:
    if node.refusals:
        return  # Init could not read the options
    dtype = element_type(node)
    arity(node, 1, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    rank(node, source, output.rank + 1, "input")
    types(node, source, (dtype,), "input")
    types(node, output, (dtype,), "output")
    node.ensure(source.rank >= 2, f"its input has rank {source.rank}", tensor=source)
    frames, size = source.shape[-2:]
    count = frames_of(node, source, frames * size)
    node.ensure(count <= MAXIMUM_BUFFERS, f"it asks for {count} buffers: no arena holds them")
    node.allocate_persistent_buffer(count * node.layout.pointer_bytes, "pointers to state buffers")
    for _ in range(count):
        node.allocate_persistent_buffer(size * (dtype.size_bytes or 0), "state buffer")


def invoke(node: Node) -> None:
    source, step = eval_input(node, 0), frame_step(node)
    size = source.shape[-1]
    node.ensure(
        0 <= step <= size, f"its frame step {step} is not within a frame of {size}",
        fix=FIX, aborts=True,
    )  # fmt: skip
    holds(node, eval_output(node, 0), source.elements // max(size, 1) * step, "output")


def overlap_work(node: Node) -> Work:
    """Per input element a sum, and for INT16 two limits."""
    source = eval_input(node, 0)
    ops = 3 if source.dtype is DType.INT16 else 1
    return work(node, LayerKind.SIGNAL, other_ops=ops * source.elements)


OPERATORS = (
    OperatorModel(
        name="SignalOverlapAdd",
        resolver="AddOverlapAdd",
        source="signal/micro/kernels/overlap_add.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=overlap_work,
    ),
)

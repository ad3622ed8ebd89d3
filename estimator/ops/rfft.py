"""SignalRfft, after signal/micro/kernels/rfft.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from estimator.geometry import round_up
from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, Work
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._fft import checked_tensors, fft_length, fft_type, usable_length
from estimator.ops._signal import allocate, fft_state_bytes, fft_work, holds


def init(node: Node) -> None:
    dtype = fft_type(node)
    allocate(node, params_bytes(node), "TfLiteAudioFrontendRfftParams")
    allocate(node, fft_state_bytes(node, dtype, fft_length(node)), "FFT state")


def params_bytes(node: Node) -> int:
    """sizeof(TfLiteAudioFrontendRfftParams<T>): 4 int32_t and an enum, pointer, int, pointer."""
    pointer = node.layout.pointer_bytes
    return round_up(20, pointer) + 3 * pointer


def prepare(node: Node) -> None:
    if node.refusals:
        return  # Init could not read the options
    dtype = fft_type(node)
    checked_tensors(node, dtype)
    size = fft_length(node) * (2 if dtype is DType.INT16 else 4)
    node.ensure(size >= 0, f"its FFT length asks for {size} bytes of scratch")
    node.request_scratch_buffer(size, "zero-padded input")


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    length = usable_length(node)
    node.ensure(
        source.shape[-1] <= length,
        f"its input frames of {source.shape[-1]} are longer than the FFT, {length}",
        tensor=source, aborts=True,
    )  # fmt: skip
    frames = source.elements // max(source.shape[-1], 1)
    holds(node, output, frames * (length + 2), "output")


def rfft_work(node: Node) -> Work:
    """One FFT per frame, the innermost dimension of the input."""
    source = eval_input(node, 0)
    frames = source.elements // max(source.shape[-1] if source.shape else 1, 1)
    return fft_work(node, frames, fft_length(node))


OPERATORS = (
    OperatorModel(
        name="SignalRfft",
        resolver="AddRfft",
        source="signal/micro/kernels/rfft.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=rfft_work,
    ),
)

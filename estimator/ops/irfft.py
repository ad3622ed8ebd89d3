"""SignalIrfft, after signal/micro/kernels/irfft.cc and signal/src/irfft_float.cc (90b983c2)."""

from __future__ import annotations

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, Node, OperatorModel, Work
from estimator.ops._checks import eval_input, eval_output
from estimator.ops._fft import checked_tensors, fft_length, fft_type, usable_length
from estimator.ops._signal import allocate, fft_state_bytes, fft_work, holds, params


def init(node: Node) -> None:
    dtype = fft_type(node)
    node.allocate_persistent_struct(params("irfft.cc", "TfLiteAudioFrontendIrfftParams"))
    size = fft_state_bytes(node, dtype, fft_length(node))
    if dtype is DType.FLOAT32:
        size += 2 * node.layout.pointer_bytes  # IrfftFloatState: int32_t and a pointer
    allocate(node, size, "FFT state")


def prepare(node: Node) -> None:
    if not node.refusals:  # else Init could not read the options
        checked_tensors(node, fft_type(node))


def invoke(node: Node) -> None:
    source, output = eval_input(node, 0), eval_output(node, 0)
    length = usable_length(node)
    node.ensure(
        source.shape[-1] >= length + 2,
        f"its input frames of {source.shape[-1] // 2} complex numbers are shorter than the "
        f"{length // 2 + 1} that an FFT of {length} has",
        tensor=source, aborts=True,
    )  # fmt: skip
    holds(node, output, source.elements // source.shape[-1] * length, "output")


def irfft_work(node: Node) -> Work:
    """One FFT per frame, the innermost dimension of the input."""
    source = eval_input(node, 0)
    frames = source.elements // max(1, *source.shape[-1:])
    return fft_work(node, frames, fft_length(node))


OPERATORS = (
    OperatorModel(
        name="SignalIrfft",
        resolver="AddIrfft",
        source="signal/micro/kernels/irfft.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=irfft_work,
    ),
)

"""What the signal kernels share: state in persistent buffers, FFT tables, work, bounds.

Mirrors signal/src/circular_buffer.cc and signal/src/kiss_fft_wrappers (tflite-micro 90b983c2),
and kiss_fft.c and tools/kiss_fftr.c of kissfft v130.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log2

from estimator.graph import DType, Tensor
from estimator.opmodel import LayerKind, Node, Work
from estimator.ops._flexbuffer import FIX
from estimator.ops._work import output_elements, work

TENSOR_TYPES = {0: DType.FLOAT32, 2: DType.INT32, 7: DType.INT16}
"""The option T of the kernels that exist for several types: TensorType of the schema."""
MAXIMUM_BUFFERS = 1 << 16
"""More state buffers than this fit no microcontroller, and are not listed one by one."""


def params(file: str, struct: str) -> str:
    """The layout's name of a params struct that is local to a signal kernel."""
    return f"signal/micro/kernels/{file}:{struct}"


def allocate(node: Node, size_bytes: int, what: str) -> None:
    """AllocatePersistentBuffer of a size that comes from the options and may be negative."""
    node.ensure(size_bytes >= 0, f"its options ask for {size_bytes} bytes for its {what}", fix=FIX)
    node.allocate_persistent_buffer(size_bytes, what)


def circular_buffer_bytes(node: Node, capacity: int) -> int:
    """CircularBufferGetNeededMemory: the struct and two INT16 per element of capacity.

    The struct holds three sizes, two int32_t and a pointer.
    """
    return 4 * node.layout.pointer_bytes + 8 + 2 * 2 * capacity


def frames_of(node: Node, tensor: Tensor, frame_elements: int) -> int:
    """The frames of a tensor; Prepare divides by their size without looking."""
    node.ensure(
        frame_elements != 0, f"its kernel divides by the 0 elements of a frame of {tensor.name!r}",
        tensor=tensor, aborts=True,
    )  # fmt: skip
    return tensor.elements // frame_elements


def allocate_circular_buffers(node: Node, count: int, capacity: int) -> None:
    """Two arrays of ``count`` pointers, and a circular buffer for each."""
    node.ensure(
        count <= MAXIMUM_BUFFERS, f"it asks for {count} circular buffers: no arena holds them"
    )
    for what in ("state buffers", "circular buffers"):
        node.allocate_persistent_buffer(count * node.layout.pointer_bytes, f"pointers to {what}")
    for _ in range(count):
        allocate(node, circular_buffer_bytes(node, capacity), "circular buffer")


def fft_state_bytes(node: Node, dtype: DType, fft_length: int) -> int:
    """kiss_fftr_alloc's memory for a real FFT; 0 for an odd length, which it turns down."""
    if fft_length % 2:
        return 0
    complex_bytes = 4 if dtype is DType.INT16 else 8
    half = fft_length // 2
    # kiss_fft_state: two ints, 2 x 32 factors, then the twiddle factors.
    substate = 4 * (2 + 2 * 32) + complex_bytes * half
    return 3 * node.layout.pointer_bytes + substate + complex_bytes * (half * 3 // 2)


def holds(node: Node, tensor: Tensor, elements: int, role: str) -> None:
    """Invoke touches so many elements without looking."""
    node.ensure(
        tensor.elements >= elements,
        f"its kernel touches {elements} elements of its {role}, which has {tensor.elements}",
        tensor=tensor, fix=FIX, aborts=True,
    )  # fmt: skip


def signal_work(ops_per_element: int) -> Callable[[Node], Work]:
    """So many operations (product, sum, shift, comparison, table look-up) per output element."""

    def count(node: Node) -> Work:
        return work(node, LayerKind.SIGNAL, other_ops=ops_per_element * output_elements(node))

    return count


def fft_work(node: Node, transforms: int, fft_length: int) -> Work:
    """2.5 N log2 N operations for each real FFT (the convention of https://www.fftw.org/speed)."""
    length = max(fft_length, 2)
    return work(node, LayerKind.SIGNAL, other_ops=transforms * round(2.5 * length * log2(length)))

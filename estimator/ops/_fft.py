"""Options and checks of SignalRfft and SignalIrfft.

Mirrors signal/micro/kernels/rfft.cc and irfft.cc (tflite-micro 90b983c2) as AddRfft() and
AddIrfft() register them: the type comes from the option T.
"""

from __future__ import annotations

from estimator.graph import DType, Tensor
from estimator.opmodel import Node
from estimator.ops._flexbuffer import FIX, element_as_int32, map_int32
from estimator.ops._require import arity, rank, types
from estimator.ops._signal import TENSOR_TYPES


def fft_type(node: Node) -> DType:
    """The type that T names; 0, FLOAT32, where T is missing."""
    code = map_int32(node, "T")
    node.ensure(
        code in TENSOR_TYPES,
        f"its type T is {code}: only FLOAT32, INT32 and INT16 exist, and Prepare follows a null "
        "pointer",
        fix=FIX, aborts=True,
    )  # fmt: skip
    return TENSOR_TYPES[code]


def fft_length(node: Node) -> int:
    """The option fft_length, taken by its position."""
    return element_as_int32(node, 1, "fft_length")


def checked_tensors(node: Node, dtype: DType) -> tuple[Tensor, Tensor]:
    """(input, output), after the checks that both Prepares make."""
    arity(node, 1, 1)
    source = node.temp_input(0)
    output = node.temp_output(0)
    rank(node, output, source.rank, "output")
    types(node, source, (dtype,), "input")
    types(node, output, (dtype,), "output")
    for tensor in (source, output):
        node.ensure(tensor.rank > 0, "a tensor is a scalar", tensor=tensor, aborts=True)
    return source, output


def usable_length(node: Node) -> int:
    """The FFT's length, which Invoke must be able to transform.

    kiss_fft has no state for an odd length, and needs heap memory, which TFLM patches away
    (third_party/kissfft/kissfft.patch), for factors other than 2, 3 and 5: it follows a null
    pointer in both cases.
    """
    length = fft_length(node)
    node.ensure(
        length > 0 and length % 2 == 0, f"its FFT length is {length}: it must be even",
        fix=FIX, aborts=True,
    )  # fmt: skip
    rest = length
    for factor in (2, 3, 5):
        while rest % factor == 0:
            rest //= factor
    node.ensure(
        rest == 1, f"its FFT length {length} has factors other than 2, 3 and 5",
        fix="pad the frames to the next power of 2", aborts=True,
    )  # fmt: skip
    return length

"""Padding, output sizes and broadcasting: pure arithmetic on shapes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple


class Padding(IntEnum):
    """Padding of the TFLite schema."""

    SAME = 0
    VALID = 1


class PaddingValues(NamedTuple):
    """Computed padding, in elements: before the data, and what SAME adds behind it."""

    height: int
    width: int
    height_offset: int
    width_offset: int


def round_up(value: int, multiple: int) -> int:
    """The smallest multiple of ``multiple`` that is not below ``value``."""
    return -(-value // multiple) * multiple


def output_size(padding: int, size: int, window: int, stride: int, dilation: int = 1) -> int:
    """Elements along one dimension of a windowed operator's output; 0 if the stride is 0.

    Mirrors ComputeOutSize in tensorflow/lite/kernels/padding.h.
    """
    if stride == 0:
        return 0
    effective = (window - 1) * dilation + 1
    if padding == Padding.SAME:
        return (size + stride - 1) // stride
    if padding == Padding.VALID:
        return (size + stride - effective) // stride
    return 0


def padding_with_offset(
    stride: int, dilation: int, size: int, window: int, output: int
) -> tuple[int, int]:
    """(padding before, extra element behind) along one dimension, never negative.

    Mirrors ComputePaddingWithOffset in tensorflow/lite/kernels/padding.h.
    """
    effective = (window - 1) * dilation + 1
    total = max((output - 1) * stride + effective - size, 0)
    return total // 2, total % 2


def window_padding(
    padding: int,
    stride: tuple[int, int],
    dilation: tuple[int, int],
    size: tuple[int, int],
    window: tuple[int, int],
) -> PaddingValues:
    """Padding of a 2-D window; all pairs are (height, width).

    Mirrors ComputePaddingHeightWidth in tensorflow/lite/kernels/padding.h, which uses the output
    size that the padding scheme gives, not the output tensor's.
    """
    (top, bottom), (left, right) = (
        padding_with_offset(
            stride[axis], dilation[axis], size[axis], window[axis],
            output_size(padding, size[axis], window[axis], stride[axis], dilation[axis]),
        )
        for axis in (0, 1)
    )  # fmt: skip
    return PaddingValues(top, left, bottom, right)


def broadcast(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...] | None:
    """The broadcast shape of two shapes, or None where they don't fit."""
    rank = max(len(first), len(second))
    one = (1,) * (rank - len(first)) + tuple(first)
    two = (1,) * (rank - len(second)) + tuple(second)
    if any(a != b and 1 not in (a, b) for a, b in zip(one, two)):
        return None
    return tuple(b if a == 1 else a for a, b in zip(one, two))

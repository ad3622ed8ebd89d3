"""How many taps of a sliding window lie inside the input."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from estimator.geometry import window_padding
from estimator.opmodel import Node


class Window(NamedTuple):
    """One dimension of a windowed operator: sizes in elements; ``before`` is the padding."""

    size: int
    window: int
    stride: int
    dilation: int
    before: int
    output: int

    @property
    def taps_inside(self) -> int:
        return sum(inside(self))


@lru_cache(maxsize=256)  # the layers of a network repeat each other
def inside(window: Window) -> tuple[int, ...]:
    """Taps inside the input, for each output position in turn."""
    taps = []
    for position in range(window.output):
        first = position * window.stride - window.before
        start = max(0, -(first // window.dilation)) if first < 0 else 0
        end = min(window.window, -(-(window.size - first) // window.dilation))
        taps.append(max(0, end - start))
    return tuple(taps)


def windows(
    node: Node, shape: tuple[int, ...], window: tuple[int, ...], output: tuple[int, ...]
) -> tuple[Window, Window]:
    """The (height, width) windows of an operator with stride and dilation options (NHWC)."""
    strides = (node.option("stride_h"), node.option("stride_w"))
    dilations = (node.option("dilation_h_factor") or 1, node.option("dilation_w_factor") or 1)
    sizes = (shape[1], shape[2])
    padding = window_padding(
        node.option("padding"), strides, dilations, sizes, (window[0], window[1])
    )
    return (
        Window(sizes[0], window[0], strides[0], dilations[0], padding.height, output[1]),
        Window(sizes[1], window[1], strides[1], dilations[1], padding.width, output[2]),
    )

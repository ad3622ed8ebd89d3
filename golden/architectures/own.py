"""Architectures of this project's own, for operators and forms that the published ones lack."""

from __future__ import annotations

from tensorflow import keras

from golden.architectures.architecture import Architecture
from golden.architectures.layers import (
    average_pool_all,
    convolution,
    dense_softmax,
    depthwise_convolution,
)

_BLOCKS = ((1, 8, 1), (6, 16, 2), (6, 16, 1), (6, 24, 2), (6, 24, 1), (6, 40, 2), (6, 40, 1))
"""(expansion, filters, stride) of each inverted bottleneck."""


def _inverted_bottleneck(
    x: keras.KerasTensor, expansion: int, filters: int, stride: int
) -> keras.KerasTensor:
    """MobileNetV2's block: 1x1 expand, 3x3 depthwise, 1x1 compress, added to an input that fits."""
    channels = x.shape[-1]
    y = x if expansion == 1 else convolution(x, expansion * channels, 1, relu=6.0)
    if stride == 1:
        y = depthwise_convolution(y, 3, relu=6.0)
    else:
        # Explicit padding as in keras.applications: PAD where the size is odd; where it is even,
        # the converter finds that SAME does the same.
        y = keras.layers.ZeroPadding2D(((0, 1), (0, 1)))(y)
        y = depthwise_convolution(y, 3, stride, padding="valid", relu=6.0)
    y = convolution(y, filters, 1, relu=False)
    return keras.layers.Add()([x, y]) if stride == 1 and channels == filters else y


def visual_wake_words_50() -> keras.Model:
    """Inverted bottlenecks over 50x50 greyscale, 2 classes; the widths are this project's."""
    inputs = keras.Input((50, 50, 1), name="image")
    x = convolution(inputs, 16, 3, 2, relu=6.0)
    for expansion, filters, stride in _BLOCKS:
        x = _inverted_bottleneck(x, expansion, filters, stride)
    x = convolution(x, 128, 1, relu=6.0)
    return keras.Model(inputs, dense_softmax(average_pool_all(x), 2))


ARCHITECTURES = (
    Architecture(
        "own_inverted_bottleneck_vww_50_int8",
        "own architecture: MobileNetV2-style blocks (Sandler et al., arXiv 1801.04381), "
        "widths chosen by this project",
        seed=401,
        build=visual_wake_words_50,
        per_channel_dense=True,
    ),
)

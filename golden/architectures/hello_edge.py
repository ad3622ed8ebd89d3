"""DS-CNN S, M and L of Zhang et al., "Hello Edge", arXiv 1711.07128.

Channels, kernels and strides: ARM-software/ML-KWS-for-MCU, train_commands.txt. The form (a
vector of 490 MFCCs reshaped first, pooling with stride 1) is that of Arm ML-zoo's
keyword_spotting/ds_cnn_*.
"""

from __future__ import annotations

from functools import partial

from tensorflow import keras

from golden.architectures.architecture import Architecture, PublishedOps
from golden.architectures.layers import (
    average_pool_all,
    convolution,
    dense_softmax,
    depthwise_separable,
    reshape,
)

Stride = tuple[int, int]


def _network(filters: int, first: Stride, blocks: tuple[Stride, ...]) -> keras.Model:
    inputs = keras.Input((490,), name="input")
    x = convolution(reshape(inputs, 49, 10, 1), filters, (10, 4), first)
    for stride in blocks:
        x = depthwise_separable(x, filters, stride)
    return keras.Model(inputs, dense_softmax(average_pool_all(x, stride=1), 12))


def _size(
    size: str, seed: int, ops: int, filters: int, first: Stride, blocks: tuple[Stride, ...]
) -> Architecture:
    return Architecture(
        f"dscnn_{size}_int8",
        f"Hello Edge, arXiv 1711.07128, DS-CNN-{size.upper()}; "
        "layer list: ARM-software/ML-KWS-for-MCU at e9cf319e, train_commands.txt",
        seed=seed,
        build=partial(_network, filters, first, blocks),
        published=PublishedOps(
            ops,
            "Hello Edge, arXiv 1711.07128, table of the S, M and L networks "
            "(quoted without the paper at hand)",
            tolerance=0.02,
            explanation="one more op per output of each layer, its bias, gives the paper's count "
            "to its last digit",
        ),
    )


ARCHITECTURES = (
    _size("s", 301, 5_400_000, 64, (2, 2), ((1, 1),) * 4),
    _size("m", 302, 19_800_000, 172, (2, 1), ((2, 2), (1, 1), (1, 1), (1, 1))),
    _size("l", 303, 56_900_000, 276, (2, 1), ((2, 2), (1, 1), (1, 1), (1, 1), (1, 1))),
)

"""Models of this project's own whose sizes fit no kernel's loops: odd channels, windows, strides.

Kernels unroll their loops by 2, 4 and 16 and handle what is left over apart; these models make
every left-over run, so that its cost can be measured. They compute nothing of use.
"""

from __future__ import annotations

from tensorflow import keras

from golden.architectures.architecture import Architecture
from golden.architectures.layers import Size, average_pool_all, dense_softmax, reshape


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: Size, stride: Size = 1, padding: str = "same"
) -> keras.KerasTensor:
    return keras.layers.Conv2D(filters, kernel, stride, padding=padding, activation="relu")(x)


def convolutions() -> keras.Model:
    """CONV_2D with channels and windows of every remainder of 4 and 16, over an odd map."""
    inputs = keras.Input((13, 11, 3), name="input")
    x = inputs
    for filters, kernel in (
        (7, 3), (9, 1), (6, (5, 3)), (10, 1), (5, (1, 3)), (21, 1), (8, 1), (12, 3), (3, (3, 1)),
        (25, 1), (18, 1), (22, 1), (16, 1), (17, 1), (4, 5), (31, 1), (2, 1), (13, 2), (1, 3),
        (11, 1), (29, 3), (14, 1),
    ):  # fmt: skip
        x = _convolution(x, filters, kernel)
    x = _convolution(x, 23, 1, 2)  # 7 x 6: a product per row of the output
    x = _convolution(x, 15, 3, 2)  # 4 x 3
    x = _convolution(x, 19, 3, padding="valid")  # 2 x 1
    x = _convolution(x, 26, 1)
    x = _convolution(x, 9, (2, 1), padding="valid")  # 1 x 1: a single left-over column
    x = _convolution(x, 27, 1)
    x = _convolution(x, 6, 1)
    return keras.Model(inputs, dense_softmax(x, 5))


def depthwise_convolutions() -> keras.Model:
    """DEPTHWISE_CONV_2D: every way that CMSIS-NN has, channels of every remainder of 4."""
    inputs = keras.Input((15, 17, 5), name="input")
    x = inputs
    for channels, kernel, stride, padding, multiplier in (
        (5, 3, 1, "same", 1), (6, 3, 1, "same", 1), (7, 3, 2, "same", 1), (9, 3, 1, "valid", 1),
        (10, 5, 1, "same", 1), (11, (3, 5), 1, "same", 1), (6, (5, 1), 1, "same", 1),
        (7, (1, 7), 1, "same", 1), (5, 2, 1, "same", 1), (13, 7, 1, "same", 1),
        (3, 3, 1, "same", 2), (3, 3, 1, "same", 3), (2, 3, 1, "same", 4), (1, 5, 1, "same", 8),
        (3, (4, 3), 1, "same", 4), (6, (2, 3), 1, "same", 5), (14, 3, 1, "same", 1),
    ):  # fmt: skip
        x = keras.layers.Conv2D(channels, 1, padding="same")(x)
        x = keras.layers.DepthwiseConv2D(
            kernel, stride, padding=padding, depth_multiplier=multiplier,
            activation="relu" if channels > 8 else None,  # fewer channels would soon all be 0
        )(x)  # fmt: skip
    return keras.Model(inputs, dense_softmax(average_pool_all(x), 3))


def dense_layers() -> keras.Model:
    """FULLY_CONNECTED with inputs and outputs of every remainder of 4, and with one output."""
    inputs = keras.Input((37,), name="input")
    x = inputs
    for units in (23, 66, 9, 130, 7, 21, 2, 41, 4, 35, 14, 79, 5, 1, 3, 18, 64, 17, 6):
        x = keras.layers.Dense(units, activation="relu" if units > 30 else None)(x)
    return keras.Model(inputs, keras.layers.Dense(11)(x))


def pooling_and_elementwise() -> keras.Model:
    """Pooling, addition, multiplication, padding, concatenation and softmax with odd sizes."""
    inputs = keras.Input((14, 10, 7), name="input")
    x = keras.layers.AveragePooling2D(3, 1, padding="same")(inputs)
    x = keras.layers.MaxPooling2D(2, 2)(x)  # 7 x 5
    x = keras.layers.Add()([x, keras.layers.MaxPooling2D(3, 1, padding="same")(x)])
    x = keras.layers.ZeroPadding2D(((1, 2), (0, 1)))(x)  # 10 x 6
    x = keras.layers.Multiply()([x, keras.layers.AveragePooling2D((5, 3), 1, padding="same")(x)])
    x = keras.layers.Concatenate()([x, keras.layers.MaxPooling2D((1, 2), 1, padding="same")(x)])
    x = keras.layers.AveragePooling2D(4, 3)(x)  # 3 x 1 x 14
    x = keras.layers.Softmax()(reshape(x, 42))
    return keras.Model(inputs, x)


_SOURCE = "own architecture: sizes that leave something over in every loop"

ARCHITECTURES = tuple(
    Architecture(
        f"own_uneven_{name}_int8",
        f"{_SOURCE}; {what}",
        seed=seed,
        build=build,
        per_channel_dense=name == "dense_per_channel",
    )
    for seed, name, what, build in (
        (601, "convolutions", "CONV_2D", convolutions),
        (602, "depthwise_convolutions", "DEPTHWISE_CONV_2D", depthwise_convolutions),
        (603, "dense_layers", "FULLY_CONNECTED", dense_layers),
        (605, "dense_per_channel", "FULLY_CONNECTED with scales per channel", dense_layers),
        (604, "pooling", "pooling and elementwise operators", pooling_and_elementwise),
    )
)

"""Layers that several architectures share; batch normalisation is folded away by the converter."""

from __future__ import annotations

from tensorflow import keras

Size = int | tuple[int, int]


def convolution(
    x: keras.KerasTensor,
    filters: int,
    kernel: Size,
    stride: Size = 1,
    *,
    padding: str = "same",
    relu: float | bool | None = None,
) -> keras.KerasTensor:
    """CONV_2D with folded batch normalisation; `relu` as in `normalise`."""
    conv = keras.layers.Conv2D(filters, kernel, stride, padding=padding, use_bias=False)
    return normalise(conv(x), relu=relu)


def depthwise_convolution(
    x: keras.KerasTensor,
    kernel: Size,
    stride: Size = 1,
    *,
    padding: str = "same",
    relu: float | bool | None = None,
) -> keras.KerasTensor:
    """DEPTHWISE_CONV_2D with folded batch normalisation; `relu` as in `normalise`."""
    conv = keras.layers.DepthwiseConv2D(kernel, stride, padding=padding, use_bias=False)
    return normalise(conv(x), relu=relu)


def depthwise_separable(
    x: keras.KerasTensor, filters: int, stride: Size = 1, *, relu: float | None = None
) -> keras.KerasTensor:
    """Depthwise 3x3 with `stride`, then pointwise 1x1 to `filters`."""
    return convolution(depthwise_convolution(x, 3, stride, relu=relu), filters, 1, relu=relu)


def normalise(x: keras.KerasTensor, *, relu: float | bool | None = None) -> keras.KerasTensor:
    """Batch normalisation, then ReLU (None), ReLU capped at a value (6.0), or nothing (False)."""
    x = keras.layers.BatchNormalization()(x)
    return x if relu is False else keras.layers.ReLU(relu)(x)


def average_pool_all(x: keras.KerasTensor, *, stride: Size | None = None) -> keras.KerasTensor:
    """AVERAGE_POOL_2D over the whole height and width (not MEAN, as the published files do)."""
    return keras.layers.AveragePooling2D(x.shape[1:3], stride)(x)


def reshape(x: keras.KerasTensor, *shape: int) -> keras.KerasTensor:
    """One RESHAPE to a constant shape.

    keras.layers.Flatten and Reshape read the batch size at run time, which becomes SHAPE,
    STRIDED_SLICE and PACK before the RESHAPE.
    """
    return keras.ops.reshape(x, (-1, *shape))


def dense_softmax(x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """RESHAPE to a vector, FULLY_CONNECTED, SOFTMAX."""
    return keras.layers.Dense(classes, activation="softmax")(reshape(x, x.shape[-1]))


def convolution_head(x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """A 1x1 CONV_2D in place of FULLY_CONNECTED, then RESHAPE to a vector; no SOFTMAX."""
    return reshape(keras.layers.Conv2D(classes, 1, padding="same")(x), classes)

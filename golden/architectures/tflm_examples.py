"""Models that TensorFlow Lite for Microcontrollers ships with its examples, shape for shape.

The layer list was read from tensorflow/lite/micro/models/person_detect.tflite of tflite-micro
90b983c2; weights here are synthetic.
"""

from __future__ import annotations

from tensorflow import keras

from golden.architectures.architecture import Architecture, PublishedOps
from golden.architectures.layers import (
    average_pool_all,
    depthwise_separable,
    normalise,
    reshape,
)


def person_detection() -> keras.Model:
    """MobileNetV1, width 0.25, on 96x96 grey: the first layer is depthwise with 8 outputs."""
    inputs = keras.Input((96, 96, 1), name="image")
    first = keras.layers.DepthwiseConv2D(3, 2, padding="same", depth_multiplier=8, use_bias=False)
    x = normalise(first(inputs), relu=6.0)
    for filters, stride in (
        *((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)),
        *((128, 1),) * 5,
        *((256, 2), (256, 1)),
    ):
        x = depthwise_separable(x, filters, stride, relu=6.0)
    x = keras.layers.Conv2D(2, 1, padding="same")(average_pool_all(x, stride=2))
    return keras.Model(inputs, keras.layers.Softmax()(reshape(x, 2)))


ARCHITECTURES = (
    Architecture(
        "person_detect_int8",
        "TFLM's person detection example, MobileNetV1 0.25 96x96 grey "
        "(tflite-micro 90b983c2, tensorflow/lite/micro/models/person_detect.tflite)",
        seed=501,
        build=person_detection,
        published=PublishedOps(
            14_315_776, "counted in the reference file: person_detect.tflite", tolerance=0.0
        ),
    ),
)

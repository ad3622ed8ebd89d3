"""The five MLPerf Tiny reference models, operator for operator and shape for shape.

The layer lists were read from the reference `.tflite` files of mlcommons/tiny at 1afd2c98
(benchmark/training/*/trained_models); weights here are synthetic.
"""

from __future__ import annotations

from tensorflow import keras

from golden.architectures.architecture import Architecture, PublishedOps
from golden.architectures.layers import (
    average_pool_all,
    convolution,
    dense_softmax,
    depthwise_convolution,
    depthwise_separable,
    normalise,
)

_TRAINING = "mlcommons/tiny at 1afd2c98, benchmark/training"


def keyword_spotting() -> keras.Model:
    """DS-CNN: 49x10 MFCCs, 12 classes."""
    inputs = keras.Input((49, 10, 1), name="input_1")
    x = convolution(inputs, 64, (10, 4), 2)
    for _ in range(4):
        x = depthwise_separable(x, 64)
    return keras.Model(inputs, dense_softmax(average_pool_all(x), 12))


def visual_wake_words() -> keras.Model:
    """MobileNetV1, width 0.25: 96x96 RGB, 2 classes."""
    inputs = keras.Input((96, 96, 3), name="input_1")
    x = convolution(inputs, 8, 3, 2)
    for filters, stride in (
        *((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)),
        *((128, 1),) * 5,
        *((256, 2), (256, 1)),
    ):
        x = depthwise_separable(x, filters, stride)
    return keras.Model(inputs, dense_softmax(average_pool_all(x), 2))


def image_classification() -> keras.Model:
    """ResNet-8: 32x32 RGB (CIFAR-10), 10 classes."""
    inputs = keras.Input((32, 32, 3), name="input_1")
    x = convolution(inputs, 16, 3)
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        y = convolution(convolution(x, filters, 3, stride), filters, 3, relu=False)
        if stride != 1:
            x = keras.layers.Conv2D(filters, 1, stride, padding="same")(x)
        x = keras.layers.ReLU()(keras.layers.Add()([x, y]))
    return keras.Model(inputs, dense_softmax(average_pool_all(x), 10))


def anomaly_detection() -> keras.Model:
    """Fully connected autoencoder over 5 frames of 128 mel bands."""
    inputs = keras.Input((640,), name="input_1")
    x = inputs
    for units in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = normalise(keras.layers.Dense(units, use_bias=False)(x))
    return keras.Model(inputs, keras.layers.Dense(640)(x))


def streaming_wake_word() -> keras.Model:
    """1-D depthwise separable CNN: 30 frames along the height, 40 features, 3 classes."""
    inputs = keras.Input((30, 1, 40), name="input_1")
    x = inputs
    for frames, filters in ((3, 128), (5, 128), (10, 128), (15, 32)):
        x = depthwise_convolution(x, (frames, 1), padding="valid", relu=False)
        x = convolution(x, filters, 1, padding="valid")
    return keras.Model(inputs, dense_softmax(x, 3))


def _published(ops: int, file: str) -> PublishedOps:
    return PublishedOps(ops, f"counted in the reference file: {_TRAINING}/{file}", tolerance=0.0)


ARCHITECTURES = (
    Architecture(
        "kws_ds_cnn_int8",
        f"MLPerf Tiny keyword spotting, DS-CNN ({_TRAINING}/keyword_spotting)",
        seed=101,
        build=keyword_spotting,
        published=_published(5_313_536, "keyword_spotting/trained_models/kws_ref_model.tflite"),
    ),
    Architecture(
        "vww_96_int8",
        f"MLPerf Tiny visual wake words, MobileNetV1 0.25 96x96 ({_TRAINING}/visual_wake_words)",
        seed=102,
        build=visual_wake_words,
        published=_published(14_979_328, "visual_wake_words/trained_models/vww_96_int8.tflite"),
    ),
    Architecture(
        "ic_resnet8_int8",
        f"MLPerf Tiny image classification, ResNet-8 ({_TRAINING}/image_classification)",
        seed=103,
        build=image_classification,
        published=_published(
            25_003_264, "image_classification/trained_models/pretrainedResnet_quant.tflite"
        ),
    ),
    Architecture(
        "ad_autoencoder_int8",
        f"MLPerf Tiny anomaly detection, FC autoencoder ({_TRAINING}/anomaly_detection)",
        seed=104,
        build=anomaly_detection,
        published=_published(
            528_384,
            "anomaly_detection/trained_models/ToyCar/baseline_tf23/model/"
            "model_ToyCar_quant_fullint_micro_intio.tflite",
        ),
    ),
    Architecture(
        "str_ww_int8",
        f"MLPerf Tiny streaming wake word, 1D DS-CNN ({_TRAINING}/streaming_wakeword)",
        seed=105,
        build=streaming_wake_word,
        published=_published(
            1_652_736, "streaming_wakeword/trained_models/str_ww_ref_model.tflite"
        ),
    ),
)

"""Full int8 post-training quantization of a Keras model with synthetic weights, reproducibly."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from tensorflow import keras

CALIBRATION_SAMPLES = 8


def synthesize_weights(model: keras.Model, rng: np.random.Generator) -> None:
    """Set every variable from `rng`, in the order of the layers.

    Biases and the statistics of batch normalisation are not left at zero and one: the converter
    would drop or fold them in ways in which it treats no trained model.
    """
    for layer in model.layers:
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        for variable in layer.weights:
            variable.assign(_draw(variable.name, tuple(variable.shape), depthwise, rng))


def quantize(model: keras.Model, rng: np.random.Generator, *, per_channel_dense: bool) -> bytes:
    """The `.tflite` file: all int8, also input and output; convolutions' weights per channel."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    converter.representative_dataset = lambda: _samples(model, rng)
    # The only switch there is; TensorFlow names it so.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = (
        not per_channel_dense
    )
    return bytes(converter.convert())


def _draw(
    name: str, shape: tuple[int, ...], depthwise: bool, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    match name:
        case "kernel":  # He et al. 2015: keeps activations in range from layer to layer
            fan_in = math.prod(shape[:2] if depthwise else shape[:-1])
            return rng.normal(0.0, math.sqrt(2.0 / fan_in), shape)
        case "gamma" | "moving_variance":
            return rng.uniform(0.8, 1.2, shape)
        case "bias" | "beta" | "moving_mean":
            return rng.normal(0.0, 0.1, shape)
        case _:
            raise ValueError(f"no rule for synthetic values of the variable {name!r}")


def _samples(
    model: keras.Model, rng: np.random.Generator
) -> Iterator[list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]]:
    for _ in range(CALIBRATION_SAMPLES):
        yield [rng.normal(0.0, 1.0, (1, *model.input_shape[1:])).astype(np.float32)]

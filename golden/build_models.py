"""Build golden/models and its manifest: `python -m golden.build_models [--output FOLDER]`."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.lite.tools import flatbuffer_utils

from golden.architectures import ARCHITECTURES
from golden.architectures.architecture import Architecture, PublishedOps
from golden.quantization import quantize, synthesize_weights

MODELS = Path(__file__).parent / "models"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=MODELS, help="folder to write to")
    output: Path = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    # Everything is built before anything is written: a failure leaves the folder as it was.
    built = [(architecture, *build(architecture)) for architecture in ARCHITECTURES]
    for architecture, content, _ in built:
        (output / f"{architecture.name}.tflite").write_bytes(content)
    manifest = {
        "schema_version": 1,
        "convention": "1 MAC = 2 ops; MACs are those of CONV_2D, DEPTHWISE_CONV_2D and "
        "FULLY_CONNECTED, the other operators count 0",
        "models": [describe(*model) for model in built],
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def build(architecture: Architecture) -> tuple[bytes, int]:
    """The `.tflite` file and the MACs of one inference."""
    keras.backend.clear_session()  # layer names, and so tensor names, count from 1 in each model
    rng = np.random.default_rng(architecture.seed)
    model = architecture.build()
    synthesize_weights(model, rng)
    content = quantize(model, rng, per_channel_dense=architecture.per_channel_dense)
    return content, sum(count_macs(layer) for layer in model.layers)


def count_macs(layer: keras.layers.Layer) -> int:
    """Multiply-accumulates of one inference through `layer`; 0 for all but its three kinds."""
    match layer:
        case keras.layers.Conv2D() | keras.layers.DepthwiseConv2D():
            positions = math.prod(layer.output.shape[1:3])
        case keras.layers.Dense():
            positions = 1
        case _:
            return 0
    macs: int = positions * math.prod(layer.kernel.shape)
    return macs


def describe(architecture: Architecture, content: bytes, macs: int) -> dict[str, Any]:
    """The manifest's entry."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    operators = Counter(
        flatbuffer_utils.opcode_to_name(model, operator.opcodeIndex)
        for operator in model.subgraphs[0].operators
    )
    return {
        "file": f"{architecture.name}.tflite",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "layers": dict(sorted(operators.items())),
        "macs": macs,
        "ops": 2 * macs,
        "source": architecture.source,
        "published": _compare(architecture.published, 2 * macs),
        "seed": architecture.seed,
        "tensorflow": tf.__version__,
    }


def _compare(published: PublishedOps | None, ops: int) -> dict[str, Any] | None:
    if published is None:
        return None
    return {
        "ops": published.ops,
        "source": published.source,
        "relative_difference": round((ops - published.ops) / published.ops, 6),
        "tolerance": published.tolerance,
        "explanation": published.explanation,
    }


if __name__ == "__main__":
    main()

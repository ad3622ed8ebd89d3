"""A convolution's int8 weights have one scale for all output channels.

Why: a scale per channel follows each filter's range and is free at run time: TFLM keeps an array
of multipliers per channel anyway. One scale for all usually costs accuracy, most of all in
depthwise convolutions.

How to fix: leave the converter's per-channel quantization on.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import CONVOLUTIONS, ops, weights
from estimator.graph import DType
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph, op in ops(subject):
        tensor = weights(subgraph, op) if op.name in CONVOLUTIONS else None
        if tensor is None or tensor.dtype is not DType.INT8 or tensor.quantization is None:
            continue
        if tensor.rank != 4 or len(tensor.quantization.scales) != 1:
            continue
        channels = tensor.shape[3 if op.name == "DEPTHWISE_CONV_2D" else 0]
        if channels > 1:
            yield Problem(
                f"one scale for the weights of {channels} output channels",
                "quantize weights per channel", subgraph.index, op.index, tensor.index,
            )  # fmt: skip


RULES = (Rule("MCU406", "per-tensor-weights", Severity.ADVICE, check),)

"""A depthwise convolution has a depth multiplier above 1.

Why: CMSIS-NN's fast depthwise kernels need as many output as input channels; with a multiplier
TFLM takes a general one, several times slower.

How to fix: use multiplier 1 and widen the pointwise convolution before it. Where the input has one
channel (audio), a normal convolution computes the same, and is faster.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import inputs, ops, outputs
from estimator.facts.runtime import Kernels
from estimator.graph import DType
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    if subject.estimate.runtime.kernels is not Kernels.CMSIS_NN:
        return
    for subgraph, op in ops(subject):
        before, after = inputs(subgraph, op), outputs(subgraph, op)
        if op.name != "DEPTHWISE_CONV_2D" or not before or not after:
            continue
        if before[0].rank != 4 or after[0].rank != 4 or before[0].dtype is DType.FLOAT32:
            continue
        channels = before[0].shape[3], after[0].shape[3]
        if channels[0] != channels[1]:
            yield Problem(
                f"{channels[0]} input and {channels[1]} output channels: no fast kernel",
                "use multiplier 1, or a normal convolution for one input channel",
                subgraph.index, op.index,
            )  # fmt: skip


RULES = (Rule("MCU503", "depthwise-multiplier", Severity.WARNING, check),)

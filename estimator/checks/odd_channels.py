"""A convolution's channels are no multiple of four.

Why: CMSIS-NN's inner loops take four (with MVE sixteen) values at a time; what remains runs one by
one. Rounding the channels up often costs no time, and rounding down saves more than it looks.

How to fix: choose input and output channels divisible by four. The input of
the model and single channels are given by the data; they are left out here.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import CONVOLUTIONS, inputs, ops, outputs
from estimator.facts.runtime import Kernels
from estimator.graph import DType
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    if subject.estimate.runtime.kernels is not Kernels.CMSIS_NN:
        return
    for subgraph, op in ops(subject):
        before, after = inputs(subgraph, op), outputs(subgraph, op)
        if op.name not in CONVOLUTIONS or not before or not after or before[0].rank != 4:
            continue
        if before[0].dtype not in (DType.INT8, DType.INT16) or after[0].rank != 4:
            continue
        given = before[0].index in subgraph.inputs or before[0].shape[3] == 1
        odd = [f"{n} {which}" for n, which, counts in (
            (before[0].shape[3], "input channels", not given),
            (after[0].shape[3], "output channels", True),
        ) if counts and n % 4]  # fmt: skip
        if odd:
            yield Problem(
                f"{' and '.join(odd)}: no multiple of 4, the rest runs one by one",
                "round the channels to a multiple of 4", subgraph.index, op.index,
            )  # fmt: skip


RULES = (Rule("MCU501", "odd-channels", Severity.ADVICE, check),)

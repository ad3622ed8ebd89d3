"""An addition or multiplication broadcasts one of its inputs.

Why: CMSIS-NN's elementwise kernels take inputs of one shape; where shapes differ TFLM's glue
(kernels/cmsis_nn/add.cc and mul.cc of TFLM 90b983c2) calls the slow reference loop over four
dimensions.

How to fix: fold a constant into the weights or bias of the layer before, or give both inputs the
same shape.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import inputs, ops
from estimator.facts.runtime import Kernels
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    if subject.estimate.runtime.kernels is not Kernels.CMSIS_NN:
        return
    for subgraph, op in ops(subject):
        tensors = inputs(subgraph, op)
        if op.name not in ("ADD", "MUL") or len(tensors) != 2:
            continue
        one, other = (_without_ones(tensor.shape) for tensor in tensors)
        if one != other:
            yield Problem(
                f"broadcasts {list(tensors[1].shape)} against {list(tensors[0].shape)}: runs in "
                "the reference loop",
                "fold the constant into the layer before, or use one shape",
                subgraph.index, op.index,
            )  # fmt: skip


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Leading ones broadcast for free."""
    start = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return shape[start:]


RULES = (Rule("MCU506", "slow-broadcast", Severity.ADVICE, check),)

"""How an operator's instruction count is described: how often each loop body of its kernel runs.

The bodies are found by reading the kernels; what one pass of a body costs is fitted to executed
instructions (``mculint calibrate --instructions``) and stored in data/calibrations. A loop body is
named after the C function that it stands in, so that operators which call the same function share
its cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Union

from estimator.opmodel import Answer, Node

Counts = Mapping[str, float]
"""Name of a loop body -> how often it runs."""
Loops = Callable[[Node], Union[Counts, None]]
"""The counts of one execution; None where the kernel takes a way that is not described."""


@dataclass(frozen=True, slots=True)
class OperatorLoops:
    """The loop bodies of one operator.

    Attributes:
        name: the operator's name in the schema, or its custom code.
        reference: of the reference kernel.
        cmsis_nn: of CMSIS-NN's kernel, FALLBACK where TFLM uses the reference kernel.
    """

    name: str
    reference: Loops
    cmsis_nn: Loops | Answer


def merge(*parts: Counts) -> dict[str, float]:
    """The sum of counts."""
    total: dict[str, float] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0.0) + count
    return total


def named(function: str, **counts: float) -> dict[str, float]:
    """Counts of the loop bodies of one C function: ``function: body`` -> count, zeros left out."""
    return {f"{function}: {body.replace('_', ' ')}": n for body, n in counts.items() if n}

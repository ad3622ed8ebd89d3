"""The model transposes between NCHW and NHWC.

Why: each transposition moves the whole tensor through the arena and doubles it while it runs. It
is left over from a conversion out of PyTorch or ONNX, whose layout is channels first.

How to fix: convert with a tool that moves transpositions to the ends and folds them, or feed the
data in NHWC.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import inputs, ops
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject

_LAYOUTS = {(0, 2, 3, 1): "NCHW to NHWC", (0, 3, 1, 2): "NHWC to NCHW"}


def check(subject: Subject) -> Iterator[Problem]:
    for subgraph, op in ops(subject):
        tensors = inputs(subgraph, op)
        if op.name != "TRANSPOSE" or len(tensors) < 2 or not tensors[1].is_constant:
            continue
        try:
            layout = _LAYOUTS.get(tensors[1].values())
        except ValueError:
            continue  # a refusal says so
        if layout:
            yield Problem(
                f"transposes {size(tensors[0].size_bytes)} from {layout}",
                "fold the transposition when converting", subgraph.index, op.index,
            )  # fmt: skip


RULES = (Rule("MCU504", "layout-transpose", Severity.WARNING, check),)

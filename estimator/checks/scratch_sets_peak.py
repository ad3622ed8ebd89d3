"""A scratch buffer is part of the peak: without it the arena would be smaller.

Why: scratch is working memory of a kernel, such as im2col of CMSIS-NN's convolutions; it depends
on the kernel's size and the input channels, not on what the model computes.

How to fix: a smaller kernel, fewer input channels, or a 1x1 convolution at that operator needs
less or none; the reference kernels need none, and are much slower.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.analysis.occupancy import alive_at, peak_step
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    arena = subject.estimate.arena
    if arena is None or not arena.plan.buffers:
        return
    plan = arena.plan
    for index in alive_at(plan, peak_step(plan)):
        buffer = plan.buffers[index]
        if buffer.tensor is None and buffer.size_bytes:
            yield Problem(
                f"scratch {buffer.what!r} of {size(buffer.size_bytes)} is part of the peak of "
                f"{size(plan.size_bytes)}",
                "a smaller kernel or fewer input channels at this operator lower the arena",
                buffer.subgraph, buffer.operator, subject=buffer.what,
            )  # fmt: skip


RULES = (Rule("MCU302", "scratch-sets-peak", Severity.ADVICE, check),)

"""An operator that matters runs in a reference kernel although TFLM is built with CMSIS-NN.

Why: reference kernels are written to be read; optimized ones are 5 to 25 times faster. Operators
that do less than `fallback_percent` of the model's arithmetic are left out.

How to fix: replace the operator by one that CMSIS-NN has, such as a mean over height and width by
an average pooling.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.facts.runtime import Kernels
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.opmodel import Answer


def check(subject: Subject) -> Iterator[Problem]:
    work = subject.estimate.work
    total = work.ops + work.other_ops
    if subject.estimate.runtime.kernels is not Kernels.CMSIS_NN or not total:
        return
    for entry in work.operators:
        model = subject.operators.get(entry.name)
        if entry.work is None or model is None or model.cmsis_nn is not Answer.FALLBACK:
            continue
        share = 100 * (entry.work.ops + entry.work.other_ops) / total
        if share >= subject.thresholds.fallback_percent:
            yield Problem(
                f"{share:.1f} % of the model's arithmetic runs in a reference kernel: CMSIS-NN "
                f"has no {entry.name}",
                "replace it by an operator that CMSIS-NN has", entry.subgraph, entry.operator,
            )  # fmt: skip


RULES = (Rule("MCU502", "no-optimized-kernel", Severity.WARNING, check),)

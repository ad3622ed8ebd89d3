"""The model file holds the calibration's minimum and maximum of tensors.

Why: the converter writes them for tools; TFLM never reads them, and they are in Flash.

How to fix: `mculint strip MODEL -o OUT` removes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import first_of, kind_bytes
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.reading.ranges import RangeKind


def check(subject: Subject) -> Iterator[Problem]:
    found = kind_bytes(subject, RangeKind.MIN_MAX)
    if found:
        start, end = first_of(subject, RangeKind.MIN_MAX)
        yield Problem(
            f"min and max of quantized tensors take {size(found)}", "`mculint strip` removes them",
            start=start, end=end,
        )  # fmt: skip


RULES = (Rule("MCU604", "calibration-ranges", Severity.ADVICE, check),)

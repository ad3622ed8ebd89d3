"""The model file holds the same bytes in several buffers.

Why: tensors may share one buffer; each copy costs Flash.

How to fix: `mculint strip MODEL -o OUT` lets them share one.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import first_of, kind_bytes
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.reading.ranges import RangeKind


def check(subject: Subject) -> Iterator[Problem]:
    found = kind_bytes(subject, RangeKind.DUPLICATE_BUFFERS)
    if found:
        start, end = first_of(subject, RangeKind.DUPLICATE_BUFFERS)
        yield Problem(
            f"buffers with the same bytes take {size(found)} of Flash",
            "`mculint strip` lets them share one", start=start, end=end,
        )  # fmt: skip


RULES = (Rule("MCU603", "duplicate-buffers", Severity.ADVICE, check),)

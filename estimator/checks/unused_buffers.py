"""The model file holds buffers that nothing uses.

Why: they are in Flash, and no operator reads them. They are left over when tensors are removed
without removing their data.

How to fix: `mculint strip MODEL -o OUT` removes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import first_of, kind_bytes
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.reading.ranges import RangeKind


def check(subject: Subject) -> Iterator[Problem]:
    found = kind_bytes(subject, RangeKind.UNUSED_BUFFERS)
    if found:
        start, end = first_of(subject, RangeKind.UNUSED_BUFFERS)
        yield Problem(
            f"unused buffers take {size(found)} of Flash", "`mculint strip` removes them",
            start=start, end=end,
        )  # fmt: skip


RULES = (Rule("MCU602", "unused-buffers", Severity.WARNING, check),)

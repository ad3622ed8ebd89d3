"""Names of tensors and subgraphs take a noticeable part of the model file.

Why: TFLM never reads them, and they are in Flash. The threshold is `file_percent`.

How to fix: `mculint strip MODEL -o OUT` removes them; keep the original for debugging.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import file_share, first_of, kind_bytes
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.reading.ranges import RangeKind


def check(subject: Subject) -> Iterator[Problem]:
    found = kind_bytes(subject, RangeKind.NAMES)
    share = file_share(subject, found)
    if found and share >= subject.thresholds.file_percent:
        start, end = first_of(subject, RangeKind.NAMES)
        yield Problem(
            f"names take {size(found)}, {share:.1f} % of the file", "`mculint strip` removes them",
            start=start, end=end,
        )  # fmt: skip


RULES = (Rule("MCU601", "names-in-file", Severity.ADVICE, check),)

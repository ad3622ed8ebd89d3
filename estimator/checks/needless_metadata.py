"""The model file holds metadata that TFLM doesn't read, in a noticeable part of the file.

Why: TFLM reads OfflineMemoryAllocation and the compression's metadata; all other entries, and the
signatures, are for other tools, and are in Flash. The threshold is `file_percent`.

How to fix: `mculint strip MODEL -o OUT` removes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._graph import file_share, first_of, kind_bytes
from estimator.checks._limits import size
from estimator.lint import Problem, Rule, Severity, Subject
from estimator.reading.ranges import RangeKind

_READ_BY_TFLM = frozenset({"OfflineMemoryAllocation", "COMPRESSION_METADATA"})


def check(subject: Subject) -> Iterator[Problem]:
    names = [entry.name for entry in subject.estimate.graph.metadata]
    needless = [name for name in names if name not in _READ_BY_TFLM]
    found = kind_bytes(subject, RangeKind.SIGNATURES)
    if needless and len(needless) == len(names):
        found += kind_bytes(subject, RangeKind.METADATA)
    share = file_share(subject, found)
    if found and share >= subject.thresholds.file_percent:
        start, end = first_of(subject, RangeKind.METADATA)
        what = f"metadata ({', '.join(needless)})" if needless else "signatures"
        yield Problem(
            f"{what}: {size(found)}, {share:.1f} % of the file", "`mculint strip` removes it",
            start=start, end=end,
        )  # fmt: skip


RULES = (Rule("MCU605", "needless-metadata", Severity.ADVICE, check),)

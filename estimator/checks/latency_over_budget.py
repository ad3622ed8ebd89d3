"""One inference takes longer than its deployment's budget.

Why: latency is calibrated, so it is an interval; the budget holds the end that `hold` names, the
high end unless you choose another: then nine in ten models that pass are within the limit.

How to fix: `mculint estimate --per-operator` shows the operators that take the time. Fewer
channels or an earlier stride there help most. Or raise `latency`, or measure the model on the
board so that the interval becomes narrower.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.checks._limits import over
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    for quantity, _, message in over(subject, "latency"):
        timed = [o for o in subject.estimate.operators if o.latency_ms is not None]
        worst = max(timed, key=lambda o: o.latency_ms or 0.0, default=None)
        if worst is None or not quantity.best:
            yield Problem(message)
            continue
        share = 100 * (worst.latency_ms or 0.0) / quantity.best
        fix = f"operator {worst.index} {worst.name} takes the most: {share:.0f} %"
        yield Problem(message, fix, worst.subgraph, worst.index)


RULES = (Rule("MCU103", "latency-over-budget", Severity.ERROR, check),)

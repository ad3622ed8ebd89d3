"""Rules over the configuration and the lock file, which the check itself applies."""

from __future__ import annotations

from estimator.lint import ProjectRule, Severity

UNUSED_SUPPRESSION = ProjectRule(
    "MCU901",
    "unused-suppression",
    Severity.WARNING,
    """A suppression in the configuration suppresses nothing.

Why: the finding that it accepted is gone, or its pattern has a typing error; either way it would
hide the next finding of its kind unseen.

How to fix: remove the entry from `suppress`, or correct its codes, paths or tensors.""",
)
UNUSED_BUDGET = ProjectRule(
    "MCU902",
    "unused-budget",
    Severity.WARNING,
    """A deployment's `paths` match none of the models of the whole project.

Why: a budget that holds no model gives a feeling of safety and no more. It is looked for only
where the check covers the project's own paths, not single files.

How to fix: correct `paths` (they are relative to the configuration's folder), or remove the
deployment.""",
)
GREW = ProjectRule(
    "MCU801",
    "grew-over-lock",
    Severity.ERROR,
    """A number grew over the one in mculint.lock by more than the tolerance.

Why: models grow a little with every training run; the lock makes growth a decision. The message
names the cause: the tensor or scratch buffer that is new or larger at the peak.

How to fix: shrink what the message names, or accept the growth with `mculint lock` and commit
the changed lock file.""",
)
NOT_LOCKED = ProjectRule(
    "MCU802",
    "not-locked",
    Severity.WARNING,
    """A model or a deployment is not in mculint.lock.

Why: what isn't locked can grow unseen.

How to fix: run `mculint lock` and commit the lock file.""",
)
STALE_LOCK = ProjectRule(
    "MCU803",
    "stale-lock-entry",
    Severity.WARNING,
    """mculint.lock holds a model or a deployment that the check no longer finds.

Why: a model that was moved or renamed starts without a baseline.

How to fix: run `mculint lock` and commit the lock file.""",
)
PROJECT_RULES = (UNUSED_SUPPRESSION, UNUSED_BUDGET, GREW, NOT_LOCKED, STALE_LOCK)

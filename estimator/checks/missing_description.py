"""The model file says nothing about itself.

Why: a file found on a device years later should say what it is. The description is a few bytes.

How to fix: write what it is, its version and its source into the model's `description`, or into
metadata.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.lint import Problem, Rule, Severity, Subject

_BY_CONVERTERS = frozenset({"", "MLIR Converted.", "TOCO Converted.", "TOCO and MLIR Converted."})


def check(subject: Subject) -> Iterator[Problem]:
    description = subject.estimate.graph.description
    if description.strip() in _BY_CONVERTERS:
        text = f"only {description!r}" if description.strip() else "empty"
        yield Problem(f"the description is {text}")


RULES = (Rule("MCU705", "missing-description", Severity.ADVICE, check),)

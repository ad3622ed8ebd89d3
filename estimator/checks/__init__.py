"""One file per rule: ``RULES`` or ``DEVICE_RULES``; its docstring is its documentation."""

from __future__ import annotations

import sys
from functools import lru_cache

from estimator.checks._project import PROJECT_RULES
from estimator.discover import collect
from estimator.lint import AnyRule, DeviceRule, Rule


@lru_cache(maxsize=1)
def rules() -> tuple[AnyRule, ...]:
    """All rules, sorted by code.

    Raises:
        ImportError: two rules share a code or a name.
    """
    package = sys.modules[__name__]
    found: list[AnyRule] = [*collect(package, "RULES"), *collect(package, "DEVICE_RULES")]
    found += PROJECT_RULES
    for attribute in ("code", "name"):
        values = [getattr(rule, attribute) for rule in found]
        for value in values:
            if values.count(value) > 1:
                raise ImportError(f"two rules have the {attribute} {value!r}")
    return tuple(sorted(found, key=lambda rule: rule.code))


def model_rules() -> tuple[Rule, ...]:
    """The rules over one model."""
    return tuple(rule for rule in rules() if isinstance(rule, Rule))


def device_rules() -> tuple[DeviceRule, ...]:
    """The rules over all models of a deployment."""
    return tuple(rule for rule in rules() if isinstance(rule, DeviceRule))

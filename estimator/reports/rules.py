"""docs/checks.md: the documentation of all rules."""

from __future__ import annotations

from collections.abc import Sequence

from estimator.lint import AnyRule

_FAMILIES = {
    "MCU1": "Budgets",
    "MCU2": "Refusals by TFLM",
    "MCU3": "Arena",
    "MCU4": "Quantization",
    "MCU5": "Speed",
    "MCU6": "Flash",
    "MCU7": "Hygiene",
    "MCU8": "Lock file",
    "MCU9": "Configuration",
}
_HEAD = """\
# Rules of `mculint check`

Written by `mculint rules --markdown` from the rules' docstrings; don't edit it by hand.
An **error** or a **warning** makes `mculint check` exit 1 (`--fail-on error` lets warnings pass);
**advice** never does.
"""


def markdown_page(rules: Sequence[AnyRule]) -> str:
    """The whole page: an overview, then each rule with its documentation."""
    lines = [_HEAD, "| code | severity | name | |", "|---|---|---|---|"]
    for rule in rules:
        first = rule.documentation.splitlines()[0]
        anchor = f"{rule.code} {rule.name}".lower().replace(" ", "-")
        lines.append(
            f"| [{rule.code}](#{anchor}) | {rule.severity.value} | {rule.name} | {first} |"
        )
    family = ""
    for rule in rules:
        title = _FAMILIES[rule.code[:4]]
        if title != family:
            family = title
            lines += ["", f"## {family}"]
        lines += ["", f"### {rule.code} {rule.name}", "", rule.documentation]
    return "\n".join(lines) + "\n"

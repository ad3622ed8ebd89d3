"""`mculint rules` and `mculint explain`: what the rules are and why."""

from __future__ import annotations

import json

import click

from estimator.checks import rules as all_rules
from estimator.errors import ConfigError
from estimator.reports.rules import markdown_page


@click.command()
@click.option("--markdown", "style", flag_value="markdown", help="As docs/checks.md.")
@click.option("--json", "style", flag_value="json", help="As JSON.")
def rules(style: str | None) -> None:
    """List the rules of `mculint check`."""
    if style == "markdown":
        click.echo(markdown_page(all_rules()), nl=False)
        return
    if style == "json":
        entries = [
            {"code": rule.code, "name": rule.name, "severity": rule.severity.value,
             "documentation": rule.documentation}
            for rule in all_rules()
        ]  # fmt: skip
        click.echo(json.dumps(entries, indent=2))
        return
    for rule in all_rules():
        first = rule.documentation.splitlines()[0]
        click.echo(f"{rule.code}  {rule.severity.value:<7}  {rule.name:<26}  {first}")


@click.command()
@click.argument("code")
def explain(code: str) -> None:
    """Say what a rule finds, why it matters and how to fix it. CODE is its code or name."""
    for rule in all_rules():
        if code.upper() == rule.code or code.lower() == rule.name:
            click.echo(f"{rule.code} {rule.name} ({rule.severity.value})\n\n{rule.documentation}")
            return
    raise ConfigError(f"there is no rule {code!r}", fix="`mculint rules` lists them")

"""`mculint resolver`: the C++ header that a firmware for the models needs."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.cli._models import (
    Settings,
    find_models,
    models_argument,
    target_options,
    write_output,
)
from estimator.errors import EstimatorError


@click.command()
@models_argument
@target_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The header. Default: standard output."
)
def resolver(models: tuple[str, ...], settings: Settings, output: Path | None) -> int:
    """Write a header with the operators, arena size, inputs and outputs of the models.

    Several models share one firmware: the union of their operators, the largest arena.
    """
    from estimator.ops import operators
    from estimator.reports import resolver_header

    parts = []
    for path in find_models(models):
        estimate = settings.estimate(path)
        if estimate.arena is None:
            reasons = [r.reason for r in estimate.refusals] or list(estimate.unknown)
            raise EstimatorError(f"has no arena: {reasons[0]}", where=str(path))
        parts.append(
            resolver_header.HeaderModel(path.stem, estimate.graph, estimate.arena.minimum_bytes)
        )
    text = resolver_header.render(parts, operators())
    if output is None:
        click.echo(text, nl=False)
    else:
        write_output(output, text)
    return 0

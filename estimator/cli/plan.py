"""`mculint plan`: the arena of one model over time."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.analysis.plan_check import plan_faults
from estimator.cli._models import Settings, console, target_options, write_output
from estimator.errors import EstimatorError


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@target_options
@click.option("--svg", type=click.Path(path_type=Path), help="Write the picture to a file.")
@click.option("--verify", is_flag=True, help="Check the plan with the independent checker.")
def plan(model: Path, settings: Settings, svg: Path | None, verify: bool) -> int:
    """Show which tensors and scratch buffers live when and where in the arena."""
    estimate = settings.estimate(model)
    if estimate.arena is None:
        first = estimate.refusals[0].reason if estimate.refusals else ", ".join(estimate.unknown)
        raise EstimatorError(f"has no arena: {first}", where=str(model),
                             fix="`mculint estimate` gives all reasons")  # fmt: skip
    from estimator.reports import plan_svg, plan_text

    console().print(plan_text.render(estimate.graph, estimate.arena))
    if svg is not None:
        write_output(svg, plan_svg.render(estimate.graph, estimate.arena))
    if verify:
        faults = list(plan_faults(estimate.arena.plan, estimate.arena.minimum_bytes))
        for fault in faults:
            click.echo(f"fault: {fault}", err=True)
        click.echo("verified: no overlap, aligned, within the arena" if not faults else "NOT sound")
        return 1 if faults else 0
    return 0

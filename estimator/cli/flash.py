"""`mculint flash`: where the bytes of a model file and of its firmware go."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.cli._models import Settings, console, target_options, write_output


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@target_options
@click.option("--by-operator", "by", flag_value="operator", help="The file by operator.")
@click.option("--by-tensor", "by", flag_value="tensor", help="The file by tensor.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Show only the N largest.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write a treemap to a file.")
def flash(
    model: Path, settings: Settings, by: str | None, top: int | None, svg: Path | None
) -> int:
    """Show every byte of a model file by what it is for, and the code that it pulls in."""
    from estimator.analysis.flash_shares import by_kind, by_operator, by_tensor, code_choices
    from estimator.facts.code_size import Build, Libc
    from estimator.reading import open_model
    from estimator.reports import flash_svg, flash_text
    from estimator.rewriting.strip import savings

    estimate = settings.estimate(model)
    ranges, graph = estimate.flash.ranges, estimate.graph
    if by == "operator":
        shares = by_operator(ranges, graph)
    elif by == "tensor":
        shares = by_tensor(ranges, graph)
    else:
        shares = by_kind(ranges)
    choices = code_choices(
        estimate.flash.resolver, estimate.runtime, Build(settings.build), Libc(settings.libc)
    )
    saved = savings(open_model(model), str(model))
    console().print(
        flash_text.render(estimate.flash, shares, top=top, choices=choices, savings=saved)
    )
    if svg is not None:
        write_output(svg, flash_svg.render(estimate.flash, shares))
    return 0

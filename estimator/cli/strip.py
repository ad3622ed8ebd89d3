"""`mculint strip`: a smaller model file that TFLM runs alike."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.cli._models import console, write_output
from estimator.errors import EstimatorError


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where the smaller file goes."
)
@click.option("--replace", is_flag=True, help="Allow OUTPUT to be the model itself.")
@click.option(
    "--keep", multiple=True, metavar="WHAT",
    help="What to leave in, such as names; as the table calls it. May be given several times.",
)  # fmt: skip
def strip(model: Path, output: Path | None, replace: bool, keep: tuple[str, ...]) -> int:
    """Show what of a model TFLM never reads, and write it without that."""
    from rich.table import Table

    from estimator.reading import open_model
    from estimator.rewriting.strip import Removal, savings
    from estimator.rewriting.strip import strip as stripped

    known = {removal.value: removal for removal in Removal}
    for name in keep:
        if name not in known:
            raise EstimatorError(
                f"nothing is called {name!r}", where="--keep", fix=f"one of: {', '.join(known)}"
            )
    data = open_model(model)
    smaller = stripped(data, str(model), [r for r in Removal if r.value not in keep])
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for saving in savings(data, str(model)):
        table.add_row(saving.what, f"{saving.bytes:,} B")
    table.add_row("the file", f"{len(data):,} B")
    table.add_row("the smaller file", f"{len(smaller):,} B")
    console().print(table)
    if output is not None:
        if output.exists() and output.resolve() == model.resolve() and not replace:
            raise EstimatorError(
                "is the model itself", where=str(output), fix="give --replace to overwrite it"
            )
        write_output(output, smaller)
    return 0

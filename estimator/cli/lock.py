"""`mculint lock` and `mculint diff`: numbers kept, and what changed."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.cli import complain
from estimator.cli._models import write_output
from estimator.cli.check import EXIT_FAULTS, config_option, configuration
from estimator.gate.checking import check as check_models
from estimator.gate.differing import diff as diff_models
from estimator.gate.locking import NAME, render, snapshots
from estimator.reports.diffs import formats


@click.command()
@config_option
def lock(config_path: Path | None) -> int:
    """Write mculint.lock: arena, Flash, latency and ops of all models and deployments.

    `mculint check --locked` then fails on growth over the tolerance, and names the cause.
    """
    config = configuration(config_path)
    report = check_models((), config)
    for fault in report.faults:
        complain(str(fault.error))
    if report.faults:
        click.echo(f"{NAME} is left as it was", err=True)
        return EXIT_FAULTS
    entries = snapshots(report, config.root)
    path = config.root / NAME
    write_output(path, render(entries))
    click.echo(f"{path}: {len(entries)} entries")
    return 0


@click.command()
@click.argument("old")
@click.argument("new")
@config_option
@click.option("--target", metavar="NAME|FILE.toml", help="In place of the configured target.")
@click.option("--kernels", type=click.Choice(["cmsis-nn", "reference"]),
              help="In place of the configured kernel library.")  # fmt: skip
@click.option("--format", "name", type=click.Choice(sorted(formats())), default="text",
              show_default=True)  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), help="Write to a file.")
def diff(
    old: str,
    new: str,
    config_path: Path | None,
    target: str | None,
    kernels: str | None,
    name: str,
    output: Path | None,
) -> int:
    """Compare two models: what changed, and why.

    OLD and NEW are both files, or both git revisions (then all models that differ between them
    are compared; with REVISION:PATH just that one).
    """
    entries = diff_models(old, new, configuration(config_path), target=target, kernels=kernels)
    text = formats()[name].render(entries)
    if output is not None:
        write_output(output, text)
    else:
        click.echo(text, nl=False)
    return 0

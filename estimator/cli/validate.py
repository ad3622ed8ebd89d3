"""`mculint validate`: estimates against what was measured."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.cli._models import console, with_progress
from estimator.errors import MeasurementError

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("golden", type=_FOLDER, default=Path("golden"))
@click.option(
    "--arena",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of recordings of TFLM's allocator, compared to the byte.",
)
@click.option(
    "--models", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the recorded models. Default: models beside the recordings.",
)  # fmt: skip
@click.option("--latency", is_flag=True, help="Hold out every published model in turn.")
@click.option("--instructions", type=_FOLDER, help="Folder of recorded instruction counts.")
@click.option(
    "--plot",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw latency against operations by backbone and board into a folder.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text",
    show_default=True, help="Of the comparison with records.",
)  # fmt: skip
def validate(
    arena: Path | None, models: Path | None, latency: bool, instructions: Path | None,
    plot: Path | None, golden: Path, format_: str,
) -> int:  # fmt: skip
    """Hold estimates against measurements; exit code 1 where one differs too much.

    GOLDEN is the folder of golden models, records and published measurements. Without an option
    the estimates are held against its records.
    """
    from estimator.cli import _latency_tables as tables

    code = 0
    if not (latency or instructions or plot or arena):
        return _validate_records(golden, format_)
    if latency:
        code = max(code, tables.validate_latency(golden))
    if instructions is not None:
        beside = models or instructions.parent / "models"
        code = max(code, tables.validate_instructions(instructions, beside))
    if plot is not None:
        tables.plot(golden, plot)
    if arena is not None:
        code = max(code, _validate_arena(arena, models or arena.parent / "models"))
    return code


def _validate_arena(folder: Path, models: Path) -> int:
    from rich.table import Table

    from estimator.validation.arena import QUESTIONS, Comparison, compare
    from estimator.validation.recordings import recording_files, recordings

    table = Table(box=None, pad_edge=False)
    table.add_column("recordings", no_wrap=True)
    for heading in ("models", *QUESTIONS):
        table.add_column(heading, justify="right")
    differing: list[Comparison] = []
    for file in with_progress(recording_files(folder), "comparing"):
        comparisons = compare(recordings(file, models))
        differing += [c for c in comparisons if c.differences]
        cells = []
        for question in QUESTIONS:
            asked = [c for c in comparisons if question in c.answers]
            equal = sum(question not in c.differences for c in asked)
            cells.append(f"{equal}/{len(asked)}" if asked else "-")
        table.add_row(file.stem, str(len(comparisons)), *cells)
    console().print(table)
    for comparison in differing:
        for question in comparison.differences:
            estimated, recorded = comparison.answers[question]
            click.echo(f"{comparison.recording}: {question}: {estimated}, recorded {recorded}")
    return 1 if differing else 0


def _validate_records(golden: Path, format_: str) -> int:
    from estimator.measuring import read_records
    from estimator.validation import report
    from estimator.validation.golden import compare_records, statistics

    records = tuple(read_records(golden / "records"))
    if not records:
        raise MeasurementError("holds no record", where=str(golden / "records"))
    pairs = compare_records(with_progress(records, "comparing"), golden / "models")
    groups = statistics(pairs)
    if format_ == "json":
        click.echo(report.as_json(pairs, groups))
    else:
        console().print(report.as_table(groups))
        for line in report.failures(pairs):
            click.echo(line)
    return 1 if any(group.fails for group in groups) else 0

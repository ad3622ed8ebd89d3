"""`mculint validate`: estimates against what was measured."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.cli._models import console, with_progress


@click.command()
@click.option(
    "--arena", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of recordings of TFLM's allocator, compared to the byte.",
)
@click.option(
    "--models", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the recorded models. Default: models beside the recordings.",
)  # fmt: skip
def validate(arena: Path | None, models: Path | None) -> int:
    """Hold estimates against measurements; exit code 1 where one differs."""
    code = 0
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

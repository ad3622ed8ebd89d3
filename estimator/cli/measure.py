"""`mculint measure`: run models on a board, on silicon or emulated, and keep what was measured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from estimator.cli._models import find_models, models_argument

if TYPE_CHECKING:
    from estimator.measuring import Outcome, Progress

EXIT_FAILED = 1


@click.command()
@models_argument
@click.option("--board", required=True, help="A folder of firmware_harness/boards.")
@click.option("--port", help="Serial port of a board on silicon, such as /dev/ttyACM0.")
@click.option("--probe-serial", help="Debug probe, where several are connected.")
@click.option(
    "--tflm-library", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML that describes your TFLM library; without it the harness's test engine runs.",
)
@click.option(
    "--records", type=click.Path(file_okay=False, path_type=Path),
    help="Where records go, such as golden/records. Default: nothing is written.",
)
@click.option("--replace", is_flag=True, help="Overwrite records that differ.")
@click.option("--runs", type=click.IntRange(min=1), help="Timed inferences.")
def measure(
    models: tuple[str, ...],
    board: str,
    port: str | None,
    probe_serial: str | None,
    tflm_library: Path | None,
    records: Path | None,
    replace: bool,
    runs: int | None,
) -> int:
    """Build the firmware for each model, flash or emulate it, and record what it measures."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    from estimator.measuring import measure as run

    with Bar(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("starting", total=None)

        def show(progress: Progress) -> None:
            bar.update(
                task, description=f"{progress.model}: {progress.step}", completed=progress.done,
                total=progress.of or None,
            )  # fmt: skip

        outcomes = []
        for outcome in run(
            find_models(models), board, library=tflm_library, records=records, replace=replace,
            port=port, probe_serial=probe_serial, runs=runs, progress=show,
        ):  # fmt: skip
            outcomes.append(outcome)
            click.echo(_line(outcome), err=outcome.error is not None)
    return EXIT_FAILED if any(outcome.error for outcome in outcomes) else 0


def _line(outcome: Outcome) -> str:
    if outcome.error is not None:
        return f"error: {outcome.error}"
    where = f" -> {outcome.path} ({outcome.written.value})" if outcome.path and outcome.written else ""
    return f"{outcome.model.name}: measured{where}"

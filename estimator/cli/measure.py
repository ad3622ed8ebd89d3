"""`mculint measure`: the firmware harness, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from estimator.cli import EXIT_ERROR, complain
from estimator.cli._models import find_models, models_argument
from estimator.measuring import Outcome, Progress, Record
from estimator.measuring import measure as measure_models
from estimator.measuring.protocol import Timeouts

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@models_argument
@click.option("--board", required=True, metavar="NAME", help="A folder of firmware_harness/boards.")
@click.option("--port", metavar="DEVICE", help="Serial port of a board on silicon.")
@click.option(
    "--tflm-library",
    "library",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="Describes your build of TFLM. Without it: the test engine.",
)
@click.option(
    "--records",
    type=_FOLDER,
    help="Where records go. Default: golden/records; nowhere with the test engine.",
)
@click.option("--replace", is_flag=True, help="Write over records that differ.")
@click.option(
    "--warm-up",
    type=click.IntRange(0, 100),
    default=1,
    show_default=True,
    help="Inferences before the timing.",
)
@click.option(
    "--runs",
    type=click.IntRange(1, 256),
    help="Timed inferences. Default: 20 on silicon, 3 in QEMU.",
)
@click.option(
    "--seed", type=click.IntRange(1, 2**32 - 1), default=1, show_default=True, help="Of the inputs."
)
@click.option(
    "--check-outputs/--no-check-outputs",
    default=True,
    show_default=True,
    help="Compare outputs with the wheel tflite-micro, where it is installed.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long one inference may take.",
)
@click.option("--probe-serial", metavar="ID", help="Debug probe, where several are connected.")
@click.option("--harness", type=_FOLDER, help="The folder firmware_harness of another checkout.")
@click.option("--build-folder", type=_FOLDER, help="Build there and keep it.")
def measure(
    models: tuple[str, ...], library: Path | None, records: Path | None, timeout: float,
    **options: Any,
) -> int:  # fmt: skip
    """Measure models on a board or in QEMU, and record it.

    Exit code 2 where a model could not be measured or its record not be written.
    """
    if records is None and library is not None:
        records = Path("golden/records")
    failed = False
    with _shown() as progress:
        outcomes = measure_models(
            find_models(models), library=library, records=records, progress=progress,
            timeouts=Timeouts(compute=timeout), **options,
        )  # fmt: skip
        for outcome in outcomes:
            failed |= outcome.error is not None
            _report(outcome)
    return EXIT_ERROR if failed else 0


def _report(outcome: Outcome) -> None:
    if outcome.error is not None:
        complain(str(outcome.error))
    elif outcome.record is not None:
        click.echo(_line(outcome.record))
        if outcome.written is not None:
            click.echo(f"  {outcome.written.value}: {outcome.path}")


def _line(record: Record) -> str:
    arena, latency = record.arena, record.latency
    return (
        f"{record.model.name} on {record.provenance.board} ({record.provenance.kind}):"
        f" arena {arena.used_bytes:,} B, at least {arena.minimum_bytes:,} B;"
        f" {latency.median:,} {latency.unit}"
    )


@contextmanager
def _shown() -> Iterator[Callable[[Progress], None] | None]:
    """A progress bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(at: Progress) -> None:
            bar.update(
                task,
                description=escape(f"{at.model}: {at.step}"),
                completed=at.done,
                total=at.of or None,
            )

        yield show

"""`mculint calibrate`: fit latencies and instruction counts to measurements."""

from __future__ import annotations

from pathlib import Path

import click

from estimator.errors import ConfigError
from estimator.facts.calibration import CALIBRATIONS

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--golden",
    type=_FOLDER,
    default=Path("golden"),
    show_default=True,
    help="Folder of golden models, records and published measurements.",
)
@click.option(
    "--recordings",
    type=_FOLDER,
    help="Folder of recorded instruction counts; with it, instruction costs are fitted too.",
)
@click.option(
    "--models",
    type=_FOLDER,
    help="Folder of the recorded models. Default: models beside the recordings.",
)
@click.option(
    "--output", type=_FOLDER, default=CALIBRATIONS, show_default="those of the package",
    help="Folder to write the calibrations to.",
)  # fmt: skip
def calibrate(golden: Path, recordings: Path | None, models: Path | None, output: Path) -> int:
    """Fit latency, power and instruction counts to measurements and write the calibrations.

    Needs the extra `calibrate` (SciPy).
    """
    try:
        from estimator.calibrating.command import (
            Written,
            calibrate_instructions,
            calibrate_latencies,
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"calibrating needs {error.name}", fix="pip install 'mculint[calibrate]'"
        ) from error
    written: tuple[Written, ...] = ()
    if recordings is not None:
        beside = recordings.parent / "models"
        written = calibrate_instructions(recordings, models or beside, golden, output)
    for file in (*written, *calibrate_latencies(golden, output)):
        click.echo(f"{file.path.name}: {file.summary}")
    return 0

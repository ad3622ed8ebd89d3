"""What `mculint calibrate` does: fit, then write; first the instructions, then the latencies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from estimator.calibrating.describing import Describer, model_features
from estimator.calibrating.instructions import InstructionFit, fit_instructions
from estimator.calibrating.latencies import calibrate_latency
from estimator.calibrating.measurements import read_measurements
from estimator.calibrating.records import Recording, join, read_golden, read_recordings
from estimator.calibrating.writing import (
    as_csv,
    as_toml,
    calibration_path,
    instructions_as_csv,
    instructions_as_toml,
    instructions_path,
)
from estimator.facts.calibration import CALIBRATIONS, Calibration, load_instruction_costs
from estimator.files import write_whole


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written and what to say of it."""

    path: Path
    summary: str


DESIGNED = "own_uneven_"
"""Golden models that were made to fit loops to; the others are kept to check the fit with."""


def calibrate_instructions(
    recordings: Path, models: Path, golden: Path, folder: Path = CALIBRATIONS
) -> tuple[Written, ...]:
    """Fit instruction costs to recordings and designed golden models, and write them.

    Args:
        recordings, models: see read_recordings().
        golden: the folder of golden models and records.
        folder: where to write.

    Raises:
        FactsError: a recording is missing or malformed.
        ModelError: a recorded model can't be read.
    """
    fits = fit_instructions(samples(recordings, models, golden))
    written = tuple(_write(fit, folder) for fit in fits)
    load_instruction_costs.cache_clear()
    model_features.cache_clear()
    return written


def samples(recordings: Path, models: Path, golden: Path) -> tuple[Recording, ...]:
    """What instruction costs are fitted to."""
    recorded = read_recordings(recordings, models)
    builds = {(part.core, part.kernels) for part in recorded}
    designed = tuple(
        Recording(part.core, part.kernels, tuple(r for r in part.records if DESIGNED in r.model))
        for part in read_golden(golden / "records", golden / "models")
        if (part.core, part.kernels) in builds
    )
    return join(recorded, designed)


def calibrate_latencies(golden: Path, folder: Path = CALIBRATIONS) -> tuple[Written, ...]:
    """Fit latency and power to the published measurements and write them.

    Args:
        golden: the folder of golden models and published measurements.
        folder: where to write.

    Raises:
        FactsError: a measurement is malformed.
        ModelError: a golden model can't be read.
    """
    rows = read_measurements(golden / "published" / "latency.csv")
    calibrations = calibrate_latency(rows, Describer(golden / "models"))
    return tuple(_write_latency(calibration, folder) for calibration in calibrations)


def _write_latency(calibration: Calibration, folder: Path) -> Written:
    path = calibration_path(folder, calibration)
    write_whole(path, as_toml(calibration))
    rows = calibration_path(folder, calibration, ".csv")
    write_whole(rows, as_csv(calibration))
    best = min(calibration.fits, key=lambda fit: fit.ratio[1] / fit.ratio[0])
    low, high = best.ratio
    return Written(
        path,
        f"{len(calibration.fits)} fits; narrowest: {best.method}, {best.models} models, "
        f"90 % within {low - 1:+.0%} to {high - 1:+.0%}",
    )


def _write(fit: InstructionFit, folder: Path) -> Written:
    path = instructions_path(folder, fit.costs, ".toml")
    write_whole(path, instructions_as_toml(fit.costs))
    rows = instructions_path(folder, fit.costs, ".csv")
    write_whole(rows, instructions_as_csv(fit.models))
    summary = (
        f"{len(fit.costs.costs)} loop bodies; {fit.within(0.03, synthetic=False):.0%} of networks "
        f"and recorded operators within 3 %, {fit.within(0.10, synthetic=False):.0%} within 10 %"
    )
    return Written(path, summary)

"""What `mculint calibrate` does: fit everything, then write everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from estimator.calibrating.instructions import InstructionFit, fit_instructions
from estimator.calibrating.records import read_recordings
from estimator.calibrating.writing import (
    instructions_as_csv,
    instructions_as_toml,
    instructions_path,
)
from estimator.facts.calibration import CALIBRATIONS


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written and what to say of it."""

    path: Path
    summary: str


def calibrate_instructions(
    recordings: Path, models: Path, folder: Path = CALIBRATIONS
) -> tuple[Written, ...]:
    """Fit instruction costs to recordings (see calibrating/records.py) and write them.

    Raises:
        FactsError: a recording is missing or malformed.
        ModelError: a recorded model can't be read.
    """
    fits = fit_instructions(read_recordings(recordings, models))
    return tuple(_write(fit, folder) for fit in fits)


def _write(fit: InstructionFit, folder: Path) -> Written:
    path = instructions_path(folder, fit.costs, ".toml")
    path.write_text(instructions_as_toml(fit.costs), encoding="utf-8")
    rows = instructions_path(folder, fit.costs, ".csv")
    rows.write_text(instructions_as_csv(fit.models), encoding="utf-8")
    summary = (
        f"{len(fit.costs.costs)} loop bodies; {fit.within(0.03, synthetic=False):.0%} of networks "
        f"and recorded operators within 3 %, {fit.within(0.10, synthetic=False):.0%} within 10 %"
    )
    return Written(path, summary)

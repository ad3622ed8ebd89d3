"""Writes calibrations as TOML, in the form that facts/calibration.py loads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from estimator.calibrating.instructions import FittedModel
from estimator.facts.calibration import Calibration, Fit, InstructionCosts, Power

HEADER = (
    "# Written by `mculint calibrate`: change the measurements (golden/published, golden/records)\n"
    "# and run it again, not this file.\n\n"
)


def calibration_path(folder: Path, calibration: Calibration, suffix: str = ".toml") -> Path:
    """Where a calibration (``.toml``) and what it was fitted to (``.csv``) are stored."""
    return folder / f"latency_{calibration.name}{suffix}"


def as_toml(calibration: Calibration) -> str:
    """The text of a calibration's file."""
    lines = [
        f"board = {_text(calibration.board)}",
        f"core = {_text(calibration.core)}",
        *([f"clock_hz = {_number(calibration.clock_hz)}"] if calibration.clock_hz else ()),
        f"kernels = {_text(calibration.kernels.value)}",
        f"runtime = {_text(calibration.runtime)}",
        f"sources = [{', '.join(_text(source) for source in calibration.sources)}]",
    ]
    if calibration.power is not None:
        lines += ["", "[power]", *_power(calibration.power)]
    for fit in calibration.fits:
        lines += ["", "[[fit]]", *_fit(fit)]
    return HEADER + "\n".join(lines) + "\n"


def as_csv(calibration: Calibration) -> str:
    """One row per fit and model: what was measured, and what the fit gives without it.

    ms for the fits of latency, mJ for that of power.
    """
    power = calibration.power
    fits = [(fit.method, fit.any_backbone, fit.rows) for fit in calibration.fits]
    fits += [("power", True, power.rows)] if power is not None else []
    return _csv(
        ("fit", "any_backbone", "model", "measured", "held_out", "sha256"),
        (
            (method, str(general).lower(), row.model, f"{row.measured:.6g}",
             "" if row.held_out is None else f"{row.held_out:.6g}", row.sha256)
            for method, general, rows in fits
            for row in rows
        ),
    )  # fmt: skip


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def instructions_path(folder: Path, costs: InstructionCosts, suffix: str) -> Path:
    """Where instruction costs (``.toml``) and what they were fitted to (``.csv``) are stored."""
    return folder / f"instructions_{costs.core}_{costs.kernels.value}{suffix}"


def instructions_as_toml(costs: InstructionCosts) -> str:
    """The text of a file of instruction costs."""
    own = [body for body in costs.costs if body not in costs.borrowed]
    lines = [
        f"core = {_text(costs.core)}",
        f"kernels = {_text(costs.kernels.value)}",
        f"source = {_text(costs.source)}",
        f"ratio = [{_number(costs.ratio[0])}, {_number(costs.ratio[1])}]",
        "",
        "[costs]",
        *(f"{_text(body)} = {_number(costs.costs[body])}" for body in sorted(own)),
    ]
    if costs.borrowed:
        lines += ["", "[borrowed]", f"core = {_text(costs.borrowed_from)}", "", "[borrowed.costs]"]
        lines += [
            f"{_text(body)} = {_number(costs.costs[body])}" for body in sorted(costs.borrowed)
        ]
    return HEADER + "\n".join(lines) + "\n"


def instructions_as_csv(models: Iterable[FittedModel]) -> str:
    """One row per model: measured, fitted and held-out instructions."""
    return _csv(
        ("model", "sha256", "measured", "fitted", "held_out"),
        (
            (fit.record.model, fit.record.sha256, fit.record.total,
             "" if fit.fitted is None else round(fit.fitted),
             "" if fit.held_out is None else round(fit.held_out))
            for fit in models
        ),
    )  # fmt: skip


def _power(power: Power) -> Iterable[str]:
    yield f"active_mw = {_number(power.active_mw)}"
    yield f"ratio = [{_number(power.ratio[0])}, {_number(power.ratio[1])}]"
    yield f"error_percent = {_number(power.error_percent)}"
    yield f"models = {power.models}"


def _fit(fit: Fit) -> Iterable[str]:
    yield f"method = {_text(fit.method)}"
    yield f"backbones = [{', '.join(_text(backbone.value) for backbone in fit.backbones)}]"
    yield f"any_backbone = {'true' if fit.any_backbone else 'false'}"
    if fit.leave_one_out_percent is not None:
        yield f"leave_one_out_percent = {_number(fit.leave_one_out_percent)}"
    yield f"ratio = [{_number(fit.ratio[0])}, {_number(fit.ratio[1])}]"
    yield f"interval_source = {_text(fit.interval_source)}"
    yield f"ops = [{fit.ops[0]}, {fit.ops[1]}]"
    if fit.r2 is not None:
        yield f"r2 = {_number(fit.r2)}"
    yield f"models = {fit.models}"
    yield "[fit.milliseconds_per]"
    yield from (f"{_text(key)} = {_number(rate)}" for key, rate in fit.milliseconds_per.items())
    if fit.ratio_of:
        yield "[fit.ratio_of]"
    for key, (low, high) in fit.ratio_of.items():
        yield f"{_text(key)} = [{_number(low)}, {_number(high)}]"


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """Six digits: more than any measurement here has."""
    text = f"{value:.6g}"
    return text if any(mark in text for mark in ".e") else f"{text}.0"

"""From work to time and energy on a board, by what was fitted to measurements of it.

A model is described by features (operations, multiply-accumulates per kind of layer, executed
instructions); a calibration gives milliseconds per unit of some of them, with the ratio of
measured to predicted time on models that the fit had not seen. Where a board has no calibration,
executed instructions, its clock and a range of cycles per instruction give a wide interval; where
that is missing too, the latency is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from estimator.analysis.backbone import Recognised
from estimator.analysis.work import ModelWork
from estimator.facts.calibration import Backbone, Calibration, Fit
from estimator.facts.runtime import Kernels
from estimator.opmodel import LayerKind, Work
from estimator.quantity import Basis, Quantity

OPS, MODEL, INSTRUCTIONS = "ops", "model", "instructions"
"""Features: operations (1 MAC = 2 ops), 1 per model, executed instructions."""
MACS, KIND_INSTRUCTIONS = "macs: ", "instructions: "
"""Prefixes of the features per kind of layer, followed by the kind's value."""

_UNCOVERED_SHARE = 0.02
"""A fit serves where at most this share of the MACs is of kinds that it has no rate for."""
_BEYOND = 1.5
"""A model is outside a fit's range if it has this many times more (or fewer) operations."""


@dataclass(frozen=True, slots=True)
class ClockedCore:
    """What an estimate without a calibration needs.

    Attributes:
        clock_hz: None where it isn't known.
        cycles_per_instruction: (low, best, high), or None.
        source: of the cycles per instruction.
    """

    clock_hz: float | None = None
    cycles_per_instruction: tuple[float, float, float] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """Time and energy of one inference.

    Attributes:
        milliseconds: 90 % interval.
        millijoules: 90 % interval.
        method: how the time was found, "" where it is unknown.
        operator_milliseconds: best value per operator of the main subgraph, None where unknown.
    """

    milliseconds: Quantity
    millijoules: Quantity
    method: str
    operator_milliseconds: tuple[float | None, ...]


def features(
    macs: Mapping[LayerKind, int], instructions: Mapping[LayerKind, float] | None = None
) -> dict[str, float]:
    """What the fits look at.

    Args:
        macs: multiply-accumulates by kind of layer.
        instructions: executed instructions by kind of layer, None where they aren't known.
    """
    found: dict[str, float] = {OPS: 2.0 * sum(macs.values()), MODEL: 1.0}
    found.update({MACS + kind.value: float(count) for kind, count in macs.items()})
    if instructions is not None:
        found[INSTRUCTIONS] = sum(instructions.values())
        found.update({KIND_INSTRUCTIONS + kind.value: n for kind, n in instructions.items()})
    return found


def predict(milliseconds_per: Mapping[str, float], found: Mapping[str, float]) -> float:
    """The latency in ms that a fit gives to a model with these features."""
    return sum(rate * found.get(feature, 0.0) for feature, rate in milliseconds_per.items())


def serves(milliseconds_per: Mapping[str, float], found: Mapping[str, float]) -> bool:
    """Whether a fit knows (nearly) all that a model does."""
    prefixes = {MACS: False, KIND_INSTRUCTIONS: False}
    for feature in milliseconds_per:
        if feature == INSTRUCTIONS and INSTRUCTIONS not in found:
            return False
        for prefix in prefixes:
            prefixes[prefix] |= feature.startswith(prefix)
    for prefix, used in prefixes.items():
        if used and not _covered(prefix, milliseconds_per, found):
            return False
    return True


def _covered(
    prefix: str, milliseconds_per: Mapping[str, float], found: Mapping[str, float]
) -> bool:
    parts = {name: value for name, value in found.items() if name.startswith(prefix)}
    missing = sum(value for name, value in parts.items() if name not in milliseconds_per)
    return bool(parts) and missing <= _UNCOVERED_SHARE * sum(parts.values())


def choose(
    fits: Iterable[Fit], backbone: Backbone, found: Mapping[str, float]
) -> tuple[Fit, bool] | None:
    """The fit that predicts held-out models best, and whether it knows the backbone.

    None where no fit serves the model.
    """
    usable = [fit for fit in fits if serves(fit.milliseconds_per, found)]
    own = [fit for fit in usable if backbone in fit.backbones]
    for candidates, known in ((own, True), ([fit for fit in usable if fit.any_backbone], False)):
        if candidates:
            return min(candidates, key=lambda fit: fit.ratio[1] / fit.ratio[0]), known
    return None


def estimate_latency(
    work: ModelWork,
    recognised: Recognised,
    calibrations: Iterable[Calibration],
    *,
    board: str,
    kernels: Kernels,
    core: ClockedCore,
    instructions: Mapping[LayerKind, float] | None = None,
    operator_instructions: tuple[float | None, ...] | None = None,
    active_mw: Quantity | None = None,
) -> Latency:
    """The latency and energy of one inference of a model on a board.

    Args:
        work: of the model.
        recognised: its backbone, as found or as the user names it.
        calibrations: all that there are; those of the board and kernels are used.
        board, kernels: what the model runs on.
        core: for the estimate from instructions.
        instructions: executed instructions by kind, None where they can't be computed.
        operator_instructions: the same per operator of the main subgraph.
        active_mw: the board's active power, where no calibration has measured it.
    """
    if work.unknown:
        reason = f"the work of {', '.join(work.unknown)} is not modelled"
        return _unknown(reason, len(work.operators))
    found = features(work.macs_by_kind, instructions)
    for calibration in calibrations:
        if calibration.board == board and calibration.kernels is kernels and found[OPS]:
            chosen = choose(calibration.fits, recognised.backbone, found)
            if chosen is not None:
                return _calibrated(work, recognised, calibration, *chosen, found, active_mw)
    return _from_instructions(work, instructions, operator_instructions, core, board, active_mw)


def _calibrated(
    work: ModelWork,
    recognised: Recognised,
    calibration: Calibration,
    fit: Fit,
    known: bool,
    found: Mapping[str, float],
    active_mw: Quantity | None,
) -> Latency:
    best = predict(fit.milliseconds_per, found)
    low, high = fit.ratio
    text = [f"calibrated: {len(fit.rows)} models, {_names(fit.backbones)}"]
    if fit.leave_one_out_percent is not None:
        text.append(f"leave-one-out error {fit.leave_one_out_percent:.0f} %")
    if not known:
        text.append(f"none of backbone {recognised.backbone.value}")
    least, most = fit.ops
    if not least / _BEYOND <= found[OPS] <= most * _BEYOND:
        low, high = low * low, high * high
        text.append(
            f"beyond the calibrated {least / 1e6:.3g} to {most / 1e6:.3g} Mops: interval widened"
        )
    text.append(f"measured with {calibration.runtime}")
    time = Quantity(best * low, best, best * high, Basis.CALIBRATED, ", ".join(text))
    power = active_mw
    if calibration.power is not None:
        mw, (least_mw, most_mw) = calibration.power.active_mw, calibration.power.ratio
        source = f"measured energies of {len(calibration.power.rows)} models"
        power = Quantity(mw * least_mw, mw, mw * most_mw, Basis.CALIBRATED, source)
    shares = [_operator_time(fit, entry.work) for entry in work.operators]
    total = sum(shares)
    scale = best / total if total else 0.0
    return Latency(time, energy(time, power), fit.method, tuple(share * scale for share in shares))


def _operator_time(fit: Fit, work: Work | None) -> float:
    """What one operator adds to the time of a fit, before the rest is spread in proportion."""
    if work is None:
        return 0.0
    rates = fit.milliseconds_per
    return rates.get(OPS, 0.0) * work.ops + rates.get(MACS + work.kind.value, 0.0) * work.macs


def _from_instructions(
    work: ModelWork,
    instructions: Mapping[LayerKind, float] | None,
    operator_instructions: tuple[float | None, ...] | None,
    core: ClockedCore,
    board: str,
    active_mw: Quantity | None,
) -> Latency:
    """Executed instructions x cycles per instruction / clock."""
    count = len(work.operators)
    if core.clock_hz is None:
        return _unknown(f"{board} has no clock: name a board", count)
    if instructions is None or core.cycles_per_instruction is None:
        return _unknown(f"no latency of a model like this was measured on {board}", count)
    scale = sum(instructions.values()) / core.clock_hz * 1e3
    low, best, high = (scale * cycles for cycles in core.cycles_per_instruction)
    text = (
        f"not calibrated: executed instructions at {core.cycles_per_instruction[0]:.3g} to "
        f"{core.cycles_per_instruction[2]:.3g} cycles each ({core.source})"
    )
    time = Quantity(low, best, high, Basis.CALIBRATED, text)
    each = tuple(
        None if n is None else n * core.cycles_per_instruction[1] / core.clock_hz * 1e3
        for n in operator_instructions or (None,) * count
    )
    return Latency(time, energy(time, active_mw), "instructions x cycles / clock", each)


def energy(time: Quantity, power: Quantity | None) -> Quantity:
    """Energy in mJ: latency (ms) x active power (mW).

    The paper found the power of a board constant to 0.7 % over 400 models (section 3.4).
    """
    if time.low is None or time.best is None or time.high is None:
        return Quantity.unknown(time.source)
    if power is None or power.low is None or power.best is None or power.high is None:
        return Quantity.unknown("the active power of the board is not known")
    return Quantity(
        time.low * power.low / 1e3, time.best * power.best / 1e3, time.high * power.high / 1e3,
        Basis.CALIBRATED, f"latency x {power.best:.4g} mW ({power.source})",
    )  # fmt: skip


def _unknown(reason: str, operators: int) -> Latency:
    nothing = Quantity.unknown(reason)
    return Latency(nothing, nothing, "", (None,) * operators)


def _names(backbones: tuple[Backbone, ...]) -> str:
    return ", ".join(backbone.value for backbone in backbones)

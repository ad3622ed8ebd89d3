"""From work to time and energy on a board, by what was fitted to measurements of it.

A model is described by features (operations, multiply-accumulates per kind of layer, executed
instructions); a calibration gives milliseconds per unit of some of them, with the ratio of
measured to predicted time on models that the fit had not seen; all of these were int8. Where a
board has no calibration, or a model is not int8, executed instructions, the clock and a range of
cycles per instruction give a wide interval; where that is missing too, the latency is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log

from estimator.analysis.backbone import Recognised
from estimator.analysis.instructions import ModelInstructions
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
        name: of the core.
        clock_hz: None where it isn't known.
        cycles_per_instruction: (low, best, high), or None.
        source: of the cycles per instruction.
    """

    name: str = ""
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


def predict_interval(fit: Fit, found: Mapping[str, float]) -> tuple[float, float, float]:
    """(low, best, high) latency in ms: every feature adds its share with its own uncertainty."""
    low = best = high = 0.0
    for feature, rate in fit.milliseconds_per.items():
        share = rate * found.get(feature, 0.0)
        ratio = fit.ratio_of.get(feature, fit.ratio)
        low, best, high = low + share * ratio[0], best + share, high + share * ratio[1]
    return low, best, high


def choose(fits: Iterable[Fit], backbone: Backbone, found: Mapping[str, float]) -> Fit | None:
    """The fit with the narrowest interval for a model, None where none serves it.

    The intervals come from models that the fits had not seen, so the narrowest predicts best.
    """
    usable = [
        fit
        for fit in fits
        if (fit.any_backbone or backbone in fit.backbones)
        and serves(fit.milliseconds_per, found)
        and predict(fit.milliseconds_per, found) > 0
    ]
    return min(usable, key=lambda fit: _width(fit, found), default=None)


def _width(fit: Fit, found: Mapping[str, float]) -> float:
    low, _, high = predict_interval(fit, found)
    return high / low


def estimate_latency(
    work: ModelWork,
    recognised: Recognised,
    calibrations: Sequence[Calibration],
    *,
    board: str,
    kernels: Kernels,
    core: ClockedCore,
    instructions: ModelInstructions | None = None,
    active_mw: Quantity | None = None,
) -> Latency:
    """The latency and energy of one inference of a model on a board.

    Args:
        work: of the model.
        recognised: its backbone, as found or as the user names it.
        calibrations: all that there are.
        board, kernels: what the model runs on.
        core: for the estimate from instructions, where the board has no calibration.
        instructions: executed instructions of the model; None where they weren't counted.
        active_mw: the board's active power, where no calibration has measured it.
    """
    if work.unknown:
        reason = f"the work of {', '.join(work.unknown)} is not modelled"
        return _unknown(reason, len(work.operators))
    found = features(work.macs_by_kind, instructions.by_kind if instructions else None)
    for calibration in calibrations:
        if calibration.board == board and calibration.kernels is kernels and work.is_int8:
            fit = choose(calibration.fits, recognised.backbone, found)
            if fit is not None:
                model = _Model(work, recognised, instructions, found)
                return _calibrated(model, calibration, fit, active_mw)
    core = core if core.cycles_per_instruction else _with_usual_cycles(core, calibrations)
    place = f"{board} with {kernels.value} kernels"
    if not work.is_int8:
        place = f"a model that isn't int8 on {place}"
    return _from_instructions(work, instructions, core, place, active_mw)


@dataclass(frozen=True, slots=True)
class _Model:
    work: ModelWork
    recognised: Recognised
    instructions: ModelInstructions | None
    found: Mapping[str, float]


def _calibrated(
    model: _Model, calibration: Calibration, fit: Fit, active_mw: Quantity | None
) -> Latency:
    low, best, high = predict_interval(fit, model.found)
    text = [f"calibrated: {fit.models} models, {_names(fit.backbones)}"]
    if fit.leave_one_out_percent is not None:
        text.append(f"leave-one-out error {fit.leave_one_out_percent:.0f} %")
    if model.recognised.backbone not in fit.backbones:
        text.append(f"none of them {model.recognised.backbone.value}")
    least, most = fit.ops
    if not least / _BEYOND <= model.found[OPS] <= most * _BEYOND:
        low, high = low * low / best, high * high / best
        text.append(
            f"beyond the calibrated {least / 1e6:.3g} to {most / 1e6:.3g} Mops: interval widened"
        )
    text.append(f"measured with {calibration.runtime}")
    time = Quantity(low, best, high, Basis.CALIBRATED, ", ".join(text))
    power = active_mw
    if calibration.power is not None:
        mw, (least_mw, most_mw) = calibration.power.active_mw, calibration.power.ratio
        source = f"measured energies of {calibration.power.models} models"
        power = Quantity(mw * least_mw, mw, mw * most_mw, Basis.CALIBRATED, source)
    return Latency(time, energy(time, power), fit.method, _operator_times(model, fit, best))


def _operator_times(model: _Model, fit: Fit, best: float) -> tuple[float, ...]:
    """What each operator adds; what belongs to none is spread in proportion."""
    counts = model.instructions.operators if model.instructions else ()
    entries = model.work.operators
    shares = [
        _operator_time(fit, entry.work, counts[index] if index < len(counts) else None)
        for index, entry in enumerate(entries)
    ]
    total = sum(shares)
    return tuple(share * best / total if total else 0.0 for share in shares)


def _operator_time(fit: Fit, work: Work | None, instructions: float | None) -> float:
    if work is None:
        return 0.0
    rates, kind = fit.milliseconds_per, work.kind.value
    return (
        rates.get(OPS, 0.0) * work.ops
        + rates.get(MACS + kind, 0.0) * work.macs
        + rates.get(KIND_INSTRUCTIONS + kind, 0.0) * (instructions or 0.0)
    )


def _with_usual_cycles(core: ClockedCore, calibrations: Sequence[Calibration]) -> ClockedCore:
    """Cycles per instruction as on the measured builds of the same core.

    Builds on one core differ by memory, compiler, flags, kernel library and its version: the range
    is that of the measured ones, widened by the largest factor between two builds of any one core.
    """
    ranges: dict[str, list[tuple[float, float, float]]] = {}
    for calibration in calibrations:
        if calibration.clock_hz is not None:
            for cycles in _cycles(calibration, calibration.clock_hz):
                ranges.setdefault(calibration.core, []).append(cycles)
    own = ranges.get(core.name)
    if not own:
        return core
    spread = max(
        max(best for _, best, _ in found) / min(best for _, best, _ in found)
        for found in ranges.values()
    )
    best = exp(sum(log(middle) for _, middle, _ in own) / len(own))
    low, high = min(low for low, _, _ in own) / spread, max(high for _, _, high in own) * spread
    builds = "build" if len(own) == 1 else "builds"
    source = f"as {len(own)} measured {builds} on {core.name}, widened {spread:.2f}-fold"
    return replace(core, cycles_per_instruction=(low, best, high), source=source)


def _cycles(calibration: Calibration, clock_hz: float) -> Iterable[tuple[float, float, float]]:
    """(low, best, high) cycles per instruction, from the fit that serves any backbone."""
    feature = KIND_INSTRUCTIONS + LayerKind.CONV.value
    for fit in calibration.fits:
        if fit.any_backbone and feature in fit.milliseconds_per:
            best = fit.milliseconds_per[feature] * clock_hz / 1e3
            yield best * fit.ratio[0], best, best * fit.ratio[1]


def _from_instructions(
    work: ModelWork,
    instructions: ModelInstructions | None,
    core: ClockedCore,
    place: str,
    active_mw: Quantity | None,
) -> Latency:
    """Executed instructions x cycles per instruction / clock."""
    count = len(work.operators)
    if core.clock_hz is None:
        return _unknown(f"{place}: no clock is known; name a board", count)
    if instructions is None or instructions.by_kind is None:
        why = instructions.total.source if instructions else "instructions were not counted"
        return _unknown(f"{place} was not measured, and {why}", count)
    if core.cycles_per_instruction is None:
        return _unknown(f"no cycles per instruction are known for {core.name}", count)
    least, usual, most = core.cycles_per_instruction
    scale = sum(instructions.by_kind.values()) / core.clock_hz * 1e3
    text = (
        f"{place} was not measured: executed instructions at {least:.2g} to {most:.2g} cycles "
        f"each ({core.source})"
    )
    time = Quantity(scale * least, scale * usual, scale * most, Basis.CALIBRATED, text)
    each = tuple(
        None if n is None else n * usual / core.clock_hz * 1e3 for n in instructions.operators
    )
    return Latency(time, energy(time, active_mw), "executed instructions x cycles / clock", each)


def energy(time: Quantity, power: Quantity | None) -> Quantity:
    """Energy in mJ: latency (ms) x active power (mW).

    The paper found the power of a board constant to 0.7 % over 400 models (section 3.4).
    """
    if time.low is None or time.best is None or time.high is None:
        return Quantity.unknown(time.source)
    if power is None or power.low is None or power.best is None or power.high is None:
        return Quantity.unknown("the active power of the board is not known")
    return Quantity(
        time.low * power.low / 1e3,
        time.best * power.best / 1e3,
        time.high * power.high / 1e3,
        Basis.CALIBRATED,
        f"latency x {power.best:.4g} mW ({power.source})",
    )


def _unknown(reason: str, operators: int) -> Latency:
    nothing = Quantity.unknown(reason)
    return Latency(nothing, nothing, "", (None,) * operators)


def _names(backbones: tuple[Backbone, ...]) -> str:
    return ", ".join(backbone.value for backbone in backbones)

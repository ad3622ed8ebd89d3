"""Holds out every measured model in turn and compares what is then predicted with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from estimator.analysis.latency import choose, predict_interval
from estimator.calibrating.fitting import Sample, r_squared
from estimator.calibrating.latencies import Features, calibrate_latency
from estimator.calibrating.measurements import Measurement
from estimator.facts.calibration import Backbone, Calibration


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A measurement against a prediction that no measurement of its model took part in.

    Latencies in ms, energies in mJ; ``method`` is "" and the numbers None where nothing serves.
    """

    measurement: Measurement
    method: str
    low_ms: float | None
    best_ms: float | None
    high_ms: float | None
    energy_mj: float | None

    @property
    def error(self) -> float | None:
        """predicted / measured - 1."""
        return None if self.best_ms is None else self.best_ms / self.measurement.latency_ms - 1

    @property
    def inside(self) -> bool | None:
        """Whether the measurement lies in the interval, give or take what it is rounded by."""
        if self.low_ms is None or self.high_ms is None:
            return None
        row = self.measurement
        return self.low_ms - row.resolution_ms <= row.latency_ms <= self.high_ms + row.resolution_ms

    @property
    def layers_known(self) -> bool:
        return bool(self.measurement.macs)


@dataclass(frozen=True, slots=True)
class Summary:
    """How one group of held-out models does; errors are shares of the measured value."""

    board: str
    backbone: Backbone
    layers_known: bool
    models: int
    mean_error: float | None
    largest_error: float | None
    inside: int
    r2: float | None


def hold_out(rows: Sequence[Measurement], describe: Features) -> tuple[HeldOut, ...]:
    """Leave every model out in turn, on all boards at once; estimated rows are left out always."""
    usable = [row for row in rows if not row.estimated and row.ops is not None]
    results = []
    for model in dict.fromkeys(row.model for row in usable):
        calibrations = calibrate_latency((row for row in usable if row.model != model), describe)
        results += [_held_out(row, calibrations, describe) for row in usable if row.model == model]
    return tuple(results)


def _held_out(row: Measurement, calibrations: Iterable[Calibration], describe: Features) -> HeldOut:
    found = describe(row)
    for calibration in calibrations:
        if (calibration.board, calibration.runtime) == (row.board, row.runtime):
            fit = choose(calibration.fits, row.backbone, found)
            if fit is not None:
                low, best, high = predict_interval(fit, found)
                power = calibration.power.active_mw if calibration.power else None
                spent = None if power is None else best * power / 1e3
                return HeldOut(row, fit.method, low, best, high, spent)
    return HeldOut(row, "", None, None, None, None)


def summarise(results: Iterable[HeldOut], describe: Features) -> tuple[Summary, ...]:
    """Sums per board, backbone and whether the layers are known."""
    groups: dict[tuple[str, Backbone, bool], list[HeldOut]] = {}
    for result in results:
        row = result.measurement
        groups.setdefault((row.board, row.backbone, result.layers_known), []).append(result)
    summaries = []
    for (board, backbone, known), group in sorted(groups.items()):
        errors = [abs(r.error) for r in group if r.error is not None]
        samples = [
            Sample(r.measurement.model, describe(r.measurement), r.measurement.latency_ms)
            for r in group
        ]
        summaries.append(
            Summary(
                board, backbone, known, len(group),
                sum(errors) / len(errors) if errors else None,
                max(errors, default=None),
                sum(r.inside is True for r in group),
                r_squared(samples, "ops"),
            )
        )  # fmt: skip
    return tuple(summaries)


def coverage(results: Iterable[HeldOut]) -> float:
    """Share of the held-out measurements with a prediction that lie inside its interval."""
    known = [result.inside for result in results if result.inside is not None]
    return sum(known) / len(known) if known else 0.0


def mean_energy_error(results: Iterable[HeldOut]) -> float | None:
    """Mean |predicted energy / published energy - 1|; doubtful energies are left out.

    Energies are predicted from the held-out latency and the board's fitted power.
    """
    errors = [
        abs(result.energy_mj / result.measurement.energy_mj - 1)
        for result in results
        if result.energy_mj is not None
        and result.measurement.energy_mj
        and "energy_mj" not in result.measurement.doubtful
    ]
    return sum(errors) / len(errors) if errors else None


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that the calibration must show, and whether it does."""

    text: str
    value: str
    met: bool


_LARGEST_MEAN_ERROR = {"stm32f746zg": 0.08, "stm32f767zi": 0.08, "stm32f446re": 0.12}
_LARGEST_ERROR = 0.12
_LEAST_R2 = 0.95
_COVERAGE = (0.85, 0.97)
_LARGEST_ENERGY_ERROR = 0.10
_CONVOLUTIONAL = (
    Backbone.DS_CNN, Backbone.MOBILENET_V1, Backbone.MOBILENET_V2, Backbone.RESNET,
)  # fmt: skip


def requirements(
    results: Sequence[HeldOut], summaries: Sequence[Summary], power_error: float | None
) -> tuple[Requirement, ...]:
    """What the project asks of its latencies, held against held-out models.

    Args:
        results: of hold_out().
        summaries: of summarise().
        power_error: of power_error().
    """
    found = []
    for summary in summaries:
        limit = _LARGEST_MEAN_ERROR.get(summary.board)
        if limit is not None and summary.backbone is Backbone.DS_CNN:
            found.append(
                _at_most(f"{summary.board}: mean error, DS-CNN", summary.mean_error, limit)
            )
        if summary.r2 is not None and summary.backbone in _CONVOLUTIONAL:
            text = f"{summary.board}: r2 of latency against ops, {summary.backbone.value}"
            met = summary.r2 >= _LEAST_R2
            found.append(Requirement(f"{text}, at least {_LEAST_R2}", f"{summary.r2:.3f}", met))
    worst = max(
        (
            abs(result.error)
            for result in results
            if result.error is not None
            and result.layers_known
            and result.measurement.backbone in _CONVOLUTIONAL
        ),
        default=None,
    )
    found.append(
        _at_most("largest error, convolutional models with known layers", worst, _LARGEST_ERROR)
    )
    share = coverage(results)
    text = f"share inside the 90 % interval, {_COVERAGE[0]:.0%} to {_COVERAGE[1]:.0%}"
    found.append(Requirement(text, f"{share:.1%}", _COVERAGE[0] <= share <= _COVERAGE[1]))
    tiny = [result for result in results if result.measurement.board == "stm32l4r5zi"]
    inside = sum(result.inside is True for result in tiny)
    found.append(
        Requirement(
            "stm32l4r5zi: MLPerf Tiny models inside their intervals",
            f"{inside}/{len(tiny)}",
            inside == len(tiny),
        )
    )
    found.append(_at_most("mean error of published energies", power_error, _LARGEST_ENERGY_ERROR))
    return tuple(found)


def _at_most(text: str, value: float | None, limit: float) -> Requirement:
    shown = "-" if value is None else f"{value:.1%}"
    return Requirement(f"{text}, at most {limit:.0%}", shown, value is not None and value <= limit)


def power_error(calibrations: Iterable[Calibration]) -> float | None:
    """Mean |held-out power x latency / published energy - 1| over all boards."""
    errors = [
        abs(row.held_out / row.measured - 1)
        for calibration in calibrations
        if calibration.power is not None
        for row in calibration.power.rows
        if row.held_out is not None
    ]
    return sum(errors) / len(errors) if errors else None

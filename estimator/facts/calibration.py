"""Loads ``data/calibrations/*.toml``: what `mculint calibrate` fitted to measured latencies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from estimator.facts.board import CLOCK_HZ, POWER_MW
from estimator.facts.runtime import Kernels
from estimator.facts.strict import Table, load

_RATIO = (1e-6, 1e6)
_LARGE = 1e18
_FEATURE = re.compile(r"ops|model|instructions|(macs|instructions): .+")
"""The features of analysis/latency.py."""
CALIBRATIONS = Path(__file__).parent.parent / "data" / "calibrations"


class Backbone(str, Enum):
    """Families of models with one throughput, after MicroNets (arXiv 2010.11267), section 3.3."""

    DS_CNN = "ds-cnn"
    MOBILENET_V1 = "mobilenet-v1"
    MOBILENET_V2 = "mobilenet-v2"
    RESNET = "resnet"
    FC_AUTOENCODER = "fc-autoencoder"
    RECURRENT = "recurrent"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FittedRow:
    """A measurement that a fit used.

    Attributes:
        model: its name in the source.
        sha256: of the measurement's record, so that a change of it is noticed.
        measured: what was measured.
        held_out: what the fit predicts when it doesn't see this model; None where it can't.
    """

    model: str
    sha256: str
    measured: float
    held_out: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """One way from a model's features to its latency on a board.

    Attributes:
        method: the name of the way.
        backbones: the backbones that it is fitted to; all of them serve where ``any_backbone``.
        any_backbone: whether it stands in for backbones that were never measured.
        milliseconds_per: feature -> milliseconds per unit of it (see analysis/latency.py).
        leave_one_out_percent: mean error on models held out.
        ratio: (low, high) of measured / predicted in 90 % of cases, from held-out residuals.
        ratio_of: the same for features whose rate rests on less than the others'.
        interval_source: which residuals.
        ops: (least, most) operations of the models fitted to.
        r2: of the straight line latency against ops, with intercept; None below three models.
        models: how many it is fitted to.
        rows: these; () in a calibration that was loaded (they stand in the CSV file beside it).
    """

    method: str
    backbones: tuple[Backbone, ...]
    any_backbone: bool
    milliseconds_per: Mapping[str, float]
    leave_one_out_percent: float | None
    ratio: tuple[float, float]
    ratio_of: Mapping[str, tuple[float, float]]
    interval_source: str
    ops: tuple[int, int]
    r2: float | None
    models: int
    rows: tuple[FittedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Power:
    """Active power of a board, mW: energy / latency of the rows; ``rows`` as those of a Fit."""

    active_mw: float
    ratio: tuple[float, float]
    error_percent: float
    models: int
    rows: tuple[FittedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything fitted for one board, runtime and kernel library.

    Attributes:
        clock_hz: the core's clock in the measurements; None if it isn't known.
        runtime: what was measured, in words: version, compiler, flags where they are known.
        sources: where the measurements stand.
        power: None where no energy was measured.
    """

    name: str
    board: str
    core: str
    clock_hz: float | None
    kernels: Kernels
    runtime: str
    sources: tuple[str, ...]
    fits: tuple[Fit, ...]
    power: Power | None


@dataclass(frozen=True, slots=True)
class InstructionCosts:
    """Executed instructions per pass of each loop body, for one core and kernel library.

    Attributes:
        costs: name of the loop body (see estimator/loops.py) -> instructions.
        ratio: (low, high) of measured / predicted in 90 % of models held out.
        source: what they are fitted to.
        borrowed: bodies that no model ran on this core, with the cost fitted on ``borrowed_from``.
    """

    core: str
    kernels: Kernels
    costs: Mapping[str, float]
    ratio: tuple[float, float]
    source: str
    borrowed: frozenset[str]
    borrowed_from: str


@cache
def load_instruction_costs(
    core: str, kernels: Kernels, folder: Path = CALIBRATIONS
) -> InstructionCosts | None:
    """The instruction costs of a core, None where none were fitted. Raises FactsError."""
    path = folder / f"instructions_{core}_{kernels.value}.toml"
    if not path.exists():
        return None
    table = load(path)
    own = _numbers(table.table("costs"))
    other = table.table("borrowed", optional=True)
    borrowed = _numbers(other.table("costs")) if "costs" in other else {}
    loaded = InstructionCosts(
        core=table.one_of("core", (core,)),
        kernels=Kernels(table.one_of("kernels", (kernels.value,))),
        costs={**borrowed, **own},
        ratio=table.interval("ratio", *_RATIO),
        source=table.text("source"),
        borrowed=frozenset(borrowed),
        borrowed_from=other.text("core") if borrowed else "",
    )
    table.done()
    other.done()
    return loaded


@cache
def calibrations_for(
    board: str, kernels: Kernels, folder: Path = CALIBRATIONS
) -> tuple[Calibration, ...]:
    """A board's calibration, or all of them where it has none. Raises FactsError."""
    path = folder / f"latency_{board}_{kernels.value}.toml"
    return (_cached(path),) if path.exists() else load_calibrations(folder)


@cache
def _cached(path: Path) -> Calibration:
    return load_calibration(path)


def load_calibrations(folder: Path = CALIBRATIONS) -> tuple[Calibration, ...]:
    """All calibrations of latency. Raises FactsError if one is malformed."""
    return tuple(_cached(path) for path in sorted(folder.glob("latency_*.toml")))


def load_calibration(path: Path) -> Calibration:
    """One calibration. Raises FactsError if it is malformed."""
    table = load(path)
    calibration = Calibration(
        name=path.stem.removeprefix("latency_"),
        board=table.text("board"),
        core=table.text("core"),
        clock_hz=table.number("clock_hz", *CLOCK_HZ) if "clock_hz" in table else None,
        kernels=table.choice("kernels", Kernels),
        runtime=table.text("runtime"),
        sources=table.texts("sources"),
        fits=tuple(_fit(entry) for entry in table.tables_of("fit")),
        power=_power(table.table("power")) if "power" in table else None,
    )
    table.done()
    return calibration


def _fit(table: Table) -> Fit:
    names = table.texts("backbones")
    for name in names:
        if name not in {member.value for member in Backbone}:
            raise table.fail(f"{name!r} is no backbone", "backbones")
    ops = table.interval("ops", 1, _LARGE)
    rates = table.table("milliseconds_per")
    for feature in rates:
        if not _FEATURE.fullmatch(feature):
            raise rates.fail("is no feature of a model", feature)
    per = _numbers(rates)
    other = table.table("ratio_of", optional=True)
    for feature in other:
        if feature not in per:
            raise other.fail("has no rate in milliseconds_per", feature)
    fit = Fit(
        method=table.text("method"),
        backbones=tuple(Backbone(name) for name in names),
        any_backbone=table.take("any_backbone", bool),
        milliseconds_per=per,
        leave_one_out_percent=_optional(table, "leave_one_out_percent", 0, _LARGE),
        ratio=table.interval("ratio", *_RATIO),
        ratio_of={feature: other.interval(feature, *_RATIO) for feature in other},
        interval_source=table.text("interval_source"),
        ops=(round(ops[0]), round(ops[1])),
        r2=_optional(table, "r2", -_LARGE, 1),
        models=table.whole("models", 1, 10**6),
    )
    table.done()
    return fit


def _power(table: Table) -> Power:
    power = Power(
        active_mw=table.number("active_mw", *POWER_MW),
        ratio=table.interval("ratio", *_RATIO),
        error_percent=table.number("error_percent", 0, _LARGE),
        models=table.whole("models", 1, 10**6),
    )
    table.done()
    return power


def _numbers(table: Table) -> dict[str, float]:
    return {key: table.number(key, 0, _LARGE) for key in table}


def _optional(table: Table, key: str, low: float, high: float) -> float | None:
    return table.number(key, low, high) if key in table else None

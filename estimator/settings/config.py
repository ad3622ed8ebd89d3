"""The user's configuration: ``[tool.mculint]`` in pyproject.toml, or mculint.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from estimator.budgets import (
    Budget,
    Hold,
    Sharing,
    parse_bytes,
    parse_millijoules,
    parse_milliseconds,
)
from estimator.errors import ConfigError
from estimator.facts.board import DEFAULT, board_names
from estimator.facts.layout import layout_names
from estimator.facts.runtime import Kernels
from estimator.facts.strict import Table, load
from estimator.lint import Severity, Thresholds
from estimator.opmodel import OperatorModel
from estimator.reading import custom_operator_name
from estimator.settings.custom import CustomOperator
from estimator.settings.patterns import matches

T = TypeVar("T")
_Limit = TypeVar("_Limit", int, float)
FILES = ("mculint.toml", "pyproject.toml")
"""In one folder the first of them counts."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that the user accepts; ``reason`` says why.

    Attributes:
        codes: codes or beginnings of codes.
        paths, tensors: patterns; () stands for all.
    """

    codes: tuple[str, ...]
    paths: tuple[str, ...]
    tensors: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the user can configure.

    Attributes:
        path: of the file; None where there is none.
        root: folder that patterns are relative to.
        default: what models are checked for that no deployment holds.
        budgets: the deployments.
        paths: what is checked where the command line names nothing.
        exclude: patterns of files that are left out of folders.
        select, ignore: codes or beginnings of codes.
        fail_on: the least severity that fails a check.
        tolerance_percent, tolerance_bytes: growth over the lock that is not a finding; the
            larger of the two counts.
        suppressions, custom_operators, thresholds: see there.
    """

    path: Path | None = None
    root: Path = field(default_factory=Path.cwd)
    default: Budget = field(default_factory=Budget)
    budgets: tuple[Budget, ...] = ()
    paths: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ("MCU",)
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    tolerance_percent: float = 0.0
    tolerance_bytes: int = 0
    suppressions: tuple[Suppression, ...] = ()
    custom_operators: tuple[CustomOperator, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)

    def budgets_of(self, path: str) -> tuple[Budget, ...]:
        """The deployments that hold a model, by its path relative to ``root``."""
        held = tuple(budget for budget in self.budgets if matches(path, budget.paths))
        return held or (self.default,)

    def custom_models(self) -> dict[str, OperatorModel]:
        """The declared custom operators by what they are called in a Graph."""
        return {custom_operator_name(op.name): op.model() for op in self.custom_operators}


def find_config(start: Path) -> Path | None:
    """The nearest configuration file in a folder or above it."""
    for folder in (start, *start.parents):
        for name in FILES:
            path = folder / name
            if path.is_file() and (name != "pyproject.toml" or "mculint" in _tools(path)):
                return path
    return None


def _tools(path: Path) -> Mapping[str, Any]:
    """The tables of [tool] in a pyproject.toml; a file that is no TOML is an error there."""
    return load(path, ConfigError).take("tool", dict, {})


def load_config(path: Path | None) -> Config:
    """Read a configuration file; the defaults where there is none.

    Raises:
        ConfigError: it can't be read, a key is unknown, or a value makes no sense; with the path.
    """
    if path is None:
        return Config()
    table = load(path, ConfigError)
    if path.name == "pyproject.toml":
        table = table.table("tool", optional=True).table("mculint", optional=True)
    return _Reader(table.underscored(), path).config()


class _Reader:
    """Turns the table of one file into a Config."""

    def __init__(self, table: Table, path: Path) -> None:
        self.table = table
        self.path = path

    def config(self) -> Config:
        table = self.table
        default = self.budget(table, Budget(target=DEFAULT))
        deployments = table.table("budgets", optional=True)
        budgets = tuple(
            self.deployment(name, entry.underscored(), default)
            for name, entry in deployments.tables()
        )
        customs = table.table("custom_operators", optional=True)
        config = Config(
            path=self.path,
            root=self.path.parent,
            default=default,
            budgets=budgets,
            paths=_filled(table, "paths", (".",)),
            exclude=_strings(table, "exclude", ()),
            select=_filled(table, "select", ("MCU",)),
            ignore=_strings(table, "ignore", ()),
            fail_on=table.choice("fail_on", Severity, Severity.WARNING),
            tolerance_percent=table.number("tolerance_percent", *_PERCENT, 0.0),
            tolerance_bytes=_unit(table, "tolerance", parse_bytes, 0),
            suppressions=tuple(self.suppressions()),
            custom_operators=tuple(_custom(n, t.underscored()) for n, t in customs.tables()),
            thresholds=_thresholds(table.table("thresholds", optional=True).underscored()),
        )
        table.done()
        return config

    def deployment(self, name: str, table: Table, default: Budget) -> Budget:
        budget = self.budget(table, default, name)
        table.done()
        return budget

    def budget(self, table: Table, default: Budget, name: str = "") -> Budget:
        """The keys of a deployment; of the file's own table those without ``paths``."""
        reserve = table.table("reserve", optional=True)
        budget = Budget(
            name=name,
            target=self.target(table, default.target),
            kernels=table.choice("kernels", Kernels, Kernels(default.kernels)).value,
            abi=table.one_of("abi", layout_names()) if "abi" in table else default.abi,
            paths=_filled(table, "paths", None) if name else (),
            arena_bytes=_limit(table, "arena", parse_bytes, default.arena_bytes),
            sram_bytes=_limit(table, "sram", parse_bytes, default.sram_bytes),
            flash_bytes=_limit(table, "flash", parse_bytes, default.flash_bytes),
            latency_ms=_limit(table, "latency", parse_milliseconds, default.latency_ms),
            energy_mj=_limit(table, "energy", parse_millijoules, default.energy_mj),
            hold=table.choice("hold", Hold, default.hold),
            reserve_sram_bytes=_unit(reserve, "sram", parse_bytes, default.reserve_sram_bytes),
            reserve_flash_bytes=_unit(reserve, "flash", parse_bytes, default.reserve_flash_bytes),
            sharing=table.choice("sharing", Sharing, default.sharing),
        )
        if "runtime" in table:
            table.one_of("runtime", RUNTIMES)  # one so far: there is nothing to choose
        reserve.done()
        return budget

    def target(self, table: Table, default: str) -> str:
        """A target's name, or a board file relative to the configuration's folder."""
        if "target" not in table:
            return default
        target = table.text("target")
        if target.endswith(".toml"):
            return str(self.path.parent / target)
        if target not in board_names():
            raise table.fail(f"there is no target {target!r}", "target", "see `mculint targets`")
        return target

    def suppressions(self) -> Iterator[Suppression]:
        for table in self.table.tables_of("suppress"):
            yield Suppression(
                codes=_filled(table, "codes", None),
                paths=_strings(table, "paths", ()),
                tensors=_strings(table, "tensors", ()),
                reason=_reason(table),
            )
            table.done()


RUNTIMES = ("tflm-90b983c2",)
"""TFLM versions that there are facts for."""


_PERCENT = (0, 1000)


def _thresholds(table: Table) -> Thresholds:
    names = Thresholds.__dataclass_fields__
    usual = Thresholds()
    values = {name: table.number(name, *_PERCENT, getattr(usual, name)) for name in names}
    table.done()
    return Thresholds(**values)


def _reason(table: Table) -> str:
    reason = table.take("reason", str)
    if not reason.strip():
        raise table.fail("must say why the finding is accepted", "reason")
    return reason


def _custom(name: str, table: Table) -> CustomOperator:
    operator = CustomOperator(
        name=name,
        persistent_bytes=_sizes(table, "persistent_bytes"),
        scratch_bytes=_sizes(table, "scratch_bytes"),
        macs=table.whole("macs", 0, 10**15) if "macs" in table else -1,
    )
    table.done()
    return operator


def _sizes(table: Table, key: str) -> tuple[int, ...]:
    """A size or a list of sizes: one per buffer."""
    if key not in table:
        return ()
    values = table.take(key, object)
    return tuple(
        _parsed(table, key, parse_bytes, value)
        for value in (values if isinstance(values, list) else [values])
    )


def _parsed(table: Table, key: str, parse: Callable[[Any], T], value: object) -> T:
    try:
        return parse(value)
    except ConfigError as error:
        raise table.fail(error.message, key, error.fix) from None


def _unit(table: Table, key: str, parse: Callable[[Any], T], default: T) -> T:
    if key not in table:
        return default
    return _parsed(table, key, parse, table.take(key, object))


def _limit(
    table: Table, key: str, parse: Callable[[Any], _Limit], default: _Limit | None
) -> _Limit | None:
    """A limit that can be met: more than 0."""
    limit = _parsed(table, key, parse, table.take(key, object)) if key in table else default
    if limit is not None and not limit > 0:
        raise table.fail("must be above 0", key)
    return limit


def _filled(table: Table, key: str, default: tuple[str, ...] | None) -> tuple[str, ...]:
    if default is not None and key not in table:
        return default
    values = table.texts(key)
    if not values:
        raise table.fail("must not be empty", key)
    return values


def _strings(table: Table, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    return table.texts(key) if key in table else default

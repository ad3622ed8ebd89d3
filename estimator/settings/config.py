"""The user's configuration: ``[tool.mculint]`` in pyproject.toml, or mculint.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
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
from estimator.settings.custom import CustomOperator
from estimator.settings.patterns import matches

T = TypeVar("T")
_Enum = TypeVar("_Enum", bound=Enum)
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
            paths=_strings(table, "paths", (".",)),
            exclude=_strings(table, "exclude", ()),
            select=_strings(table, "select", ("MCU",)),
            ignore=_strings(table, "ignore", ()),
            fail_on=_choice(table, "fail_on", Severity, Severity.WARNING),
            tolerance_percent=_percent(table, "tolerance_percent", 0.0),
            tolerance_bytes=_unit(table, "tolerance", parse_bytes, 0),
            suppressions=tuple(self.suppressions()),
            custom_operators=tuple(_custom(n, t.underscored()) for n, t in customs.tables()),
            thresholds=_thresholds(table.table("thresholds", optional=True).underscored()),
        )
        table.done()
        return config

    def deployment(self, name: str, table: Table, default: Budget) -> Budget:
        budget = self.budget(table, default, name)
        if not budget.paths:
            raise table.fail("is missing: which models does it hold?", "paths")
        table.done()
        return budget

    def budget(self, table: Table, default: Budget, name: str = "") -> Budget:
        """The keys of a deployment; of the file's own table those without ``paths``."""
        reserve = table.table("reserve", optional=True)
        budget = Budget(
            name=name,
            target=self.target(table, default.target),
            kernels=_choice(table, "kernels", Kernels, Kernels(default.kernels)).value,
            abi=_one_of(table, "abi", layout_names(), default.abi),
            paths=_strings(table, "paths", ()) if name else (),
            arena_bytes=_unit(table, "arena", parse_bytes, default.arena_bytes),
            sram_bytes=_unit(table, "sram", parse_bytes, default.sram_bytes),
            flash_bytes=_unit(table, "flash", parse_bytes, default.flash_bytes),
            latency_ms=_unit(table, "latency", parse_milliseconds, default.latency_ms),
            energy_mj=_unit(table, "energy", parse_millijoules, default.energy_mj),
            hold=_choice(table, "hold", Hold, default.hold),
            reserve_sram_bytes=_unit(reserve, "sram", parse_bytes, default.reserve_sram_bytes),
            reserve_flash_bytes=_unit(reserve, "flash", parse_bytes, default.reserve_flash_bytes),
            sharing=_choice(table, "sharing", Sharing, default.sharing),
        )
        _one_of(table, "runtime", RUNTIMES, None)  # one so far: there is nothing to choose
        reserve.done()
        return budget

    def target(self, table: Table, default: str) -> str:
        """A target's name, or a board file relative to the configuration's folder."""
        target = table.take("target", str, default)
        if target is default:
            return target
        if target.endswith(".toml"):
            return str(self.path.parent / target)
        if target not in board_names():
            raise table.fail(f"there is no target {target!r}", "target", "see `mculint targets`")
        return target

    def suppressions(self) -> list[Suppression]:
        found = []
        for index, values in enumerate(self.table.take("suppress", list, [])):
            where = f"suppress[{index}]"
            if not isinstance(values, dict):
                raise self.table.fail("must be a table", where)
            table = self.table.like(values, f"{where}.")
            suppression = Suppression(
                codes=_strings(table, "codes", None),
                paths=_strings(table, "paths", ()),
                tensors=_strings(table, "tensors", ()),
                reason=table.take("reason", str),
            )
            if not suppression.reason.strip():
                raise table.fail("must say why the finding is accepted", "reason")
            table.done()
            found.append(suppression)
        return found


RUNTIMES = ("tflm-90b983c2",)
"""TFLM versions that there are facts for."""


def _thresholds(table: Table) -> Thresholds:
    values = {
        name: _percent(table, name, default)
        for name, default in (
            (f, getattr(Thresholds(), f)) for f in Thresholds.__dataclass_fields__
        )
    }  # fmt: skip
    table.done()
    return Thresholds(**values)


def _custom(name: str, table: Table) -> CustomOperator:
    operator = CustomOperator(
        name=name,
        persistent_bytes=_sizes(table, "persistent_bytes"),
        scratch_bytes=_sizes(table, "scratch_bytes"),
        macs=table.take("macs", int, -1),
    )
    if operator.macs < -1:
        raise table.fail(f"must not be below 0, not {operator.macs}", "macs")
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


def _percent(table: Table, key: str, default: float) -> float:
    value = table.take(key, float, default)
    if not 0 <= value <= 1000:
        raise table.fail(f"must be between 0 and 1000 percent, not {value}", key)
    return value


def _strings(table: Table, key: str, default: tuple[str, ...] | None) -> tuple[str, ...]:
    if default is not None and key not in table:
        return default
    values = table.take(key, list)
    if not all(isinstance(value, str) and value for value in values):
        raise table.fail("must be a list of strings", key)
    return tuple(values)


def _one_of(table: Table, key: str, names: tuple[str, ...], default: str | None) -> str | None:
    value = table.take(key, str, default) if key in table else default
    if value is not None and value not in names:
        raise table.fail(f"{value!r} is none of {', '.join(names)}", key)
    return value


def _choice(table: Table, key: str, kind: type[_Enum], default: _Enum) -> _Enum:
    names = tuple(str(member.value) for member in kind)
    value = _one_of(table, key, names, None)
    return default if value is None else kind(value)

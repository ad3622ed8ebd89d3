"""Strict reading of TOML: every key is asked for, of the right type, and none is left over."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from estimator.errors import EstimatorError, FactsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")
_Enum = TypeVar("_Enum", bound=Enum)
_Number = TypeVar("_Number", int, float)
_MISSING: Any = object()


class Table:
    """A TOML table that notices keys which nobody asked for.

    Args:
        values: the table.
        where: path to it for errors, such as ``boards/mine.toml: memory.sram``.
        error: the class of the errors raised.
    """

    def __init__(
        self, values: Mapping[str, Any], where: str, error: type[EstimatorError] = FactsError
    ) -> None:
        self._values = dict(values)
        self._where = where
        self._error = error

    def fail(self, message: str, key: str = "", fix: str = "") -> EstimatorError:
        """An error at this table or at one of its keys, to be raised by the caller."""
        return self._error(message, where=f"{self._where}{key}", fix=fix)

    def take(self, key: str, kind: type[T], default: T = _MISSING) -> T:
        """Remove and return a value of type ``kind`` (an int is accepted for a float).

        Raises:
            EstimatorError: the key is missing without a default, has another type, or is a number
                that is not finite.
        """
        if key not in self._values:
            if default is _MISSING:
                raise self.fail("is missing", key)
            return default
        value = self._values.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if abs(value) < _HUGE else math.inf
        if not isinstance(value, kind) or (kind in (int, float) and isinstance(value, bool)):
            raise self.fail(f"must be {_NAMES.get(kind, kind.__name__)}, not {_shown(value)}", key)
        if isinstance(value, float) and not math.isfinite(value):
            raise self.fail("must be a finite number", key)
        return value

    def text(self, key: str, default: str = _MISSING) -> str:
        """Remove and return a string that is not blank."""
        text = self.take(key, str, default)
        if text is not default and not text.strip():
            raise self.fail("must not be empty", key)
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """Remove and return a list of strings, none of them blank."""
        values = self.take(key, list)
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.fail("must be a list of strings that are not empty", key)
        return tuple(values)

    def number(self, key: str, low: float, high: float, default: float = _MISSING) -> float:
        """Remove and return a number from ``low`` to ``high``, both included."""
        return self._within(key, self.take(key, float, default), low, high)

    def whole(self, key: str, low: int, high: int, default: int = _MISSING) -> int:
        """Remove and return a whole number from ``low`` to ``high``, both included."""
        return self._within(key, self.take(key, int, default), low, high)

    def _within(self, key: str, value: _Number, low: float, high: float) -> _Number:
        if not low <= value <= high:
            raise self.fail(f"must be from {low:,g} to {high:,g}, not {_shown(value)}", key)
        return value

    def choice(self, key: str, kind: type[_Enum], default: _Enum = _MISSING) -> _Enum:
        """Remove and return a member of an enum, given by its value."""
        if key not in self._values and default is not _MISSING:
            return default
        names = {str(member.value): member for member in kind}
        return names[self.one_of(key, tuple(names))]

    def one_of(self, key: str, names: tuple[str, ...]) -> str:
        """Remove and return one of some strings."""
        value = self.take(key, str)
        if value not in names:
            raise self.fail(f"{_shown(value)} is none of {', '.join(names)}", key)
        return value

    def interval(self, key: str, low: float, high: float) -> tuple[float, float]:
        """Remove and return [least, most], ascending numbers from ``low`` to ``high``."""
        values = self.take(key, list)
        plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
        if len(values) != 2 or not plain or not low <= values[0] <= values[1] <= high:
            raise self.fail(
                f"must be [least, most] from {low:,g} to {high:,g}, not {_shown(values)}", key
            )
        return values[0], values[1]

    def table(self, key: str, *, optional: bool = False) -> Table:
        """Remove and return a sub-table; an empty one where it is optional and missing."""
        values = self.take(key, dict, {} if optional else _MISSING)
        return Table(values, f"{self._where}{key}.", self._error)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Remove and yield all keys left; each must be a table."""
        for key in self:
            if not key.strip():
                raise self.fail("there is a table without a name")
            yield key, self.table(key)

    def tables_of(self, key: str) -> Iterator[Table]:
        """Remove a list of tables ([[key]]) and yield them; nothing where there is none."""
        for index, values in enumerate(self.take(key, list, [])):
            if not isinstance(values, dict):
                raise self.fail(f"must be a table, not {_shown(values)}", f"{key}[{index}]")
            yield self.like(values, f"{key}[{index}].")

    def like(self, values: Mapping[str, Any], path: str = "") -> Table:
        """A table with other values at this place, or at ``path`` below it."""
        return Table(values, f"{self._where}{path}", self._error)

    def underscored(self) -> Table:
        """The same table with underscores for hyphens in its keys."""
        values: dict[str, Any] = {}
        for key, value in self._values.items():
            name = key.replace("-", "_")
            if name in values:
                raise self.fail("is there twice, with hyphens and with underscores", name)
            values[name] = value
        return self.like(values)

    def done(self) -> None:
        """Raise an error naming the first key that nobody asked for."""
        for key in self._values:
            raise self.fail("is not a known key", key, "check the spelling")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._values))


_HUGE = 10**300
"""No number here is anywhere near; a TOML integer may be larger than any float."""
_NAMES: dict[type, str] = {
    str: "a string", int: "a whole number", float: "a number", bool: "true or false",
    dict: "a table", list: "a list",
}  # fmt: skip


def _shown(value: object) -> str:
    """A value as an error shows it: a long one only in part."""
    if isinstance(value, int) and abs(value) > _HUGE:
        return "a number of hundreds of digits"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def load(path: Path, error: type[EstimatorError] = FactsError) -> Table:
    """Read a TOML file. Raises ``error`` where it can't be read or is no TOML."""
    try:
        return Table(tomllib.loads(path.read_text(encoding="utf-8")), f"{path.name}: ", error)
    except OSError as fault:
        raise error(f"can't be read: {fault.strerror or fault}", where=str(path)) from fault
    except RecursionError:
        raise error("is no valid TOML: nested too deeply", where=str(path)) from None
    except ValueError as fault:  # no UTF-8, no TOML, or a number of thousands of digits
        raise error(f"is no valid TOML: {fault}", where=str(path)) from fault

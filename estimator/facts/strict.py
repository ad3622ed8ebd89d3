"""Strict reading of TOML: every key is asked for, of the right type, and none is left over."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from estimator.errors import EstimatorError, FactsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")
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
            EstimatorError: the key is missing without a default, or has another type.
        """
        if key not in self._values:
            if default is _MISSING:
                raise self.fail("is missing", key)
            return default
        value = self._values.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise self.fail(f"must be {_NAMES.get(kind, kind.__name__)}, not {value!r}", key)
        return value

    def table(self, key: str, *, optional: bool = False) -> Table:
        """Remove and return a sub-table; an empty one where it is optional and missing."""
        values = self.take(key, dict, {} if optional else _MISSING)
        return Table(values, f"{self._where}{key}.", self._error)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Remove and yield all keys left; each must be a table."""
        for key in self:
            yield key, self.table(key)

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


_NAMES: dict[type, str] = {
    str: "a string", int: "a whole number", float: "a number", bool: "true or false",
    dict: "a table", list: "a list",
}  # fmt: skip


def load(path: Path, error: type[EstimatorError] = FactsError) -> Table:
    """Read a TOML file. Raises ``error`` where it can't be read or is no TOML."""
    try:
        return Table(tomllib.loads(path.read_text(encoding="utf-8")), f"{path.name}: ", error)
    except OSError as fault:
        raise error(f"can't be read: {fault.strerror or fault}", where=str(path)) from fault
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise error(f"is no valid TOML: {fault}", where=str(path)) from fault

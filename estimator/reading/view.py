"""Reads fields of a verified file where they lie; nothing is copied that isn't asked for.

The walk must have found the file sound (:func:`estimator.reading.verify`): offsets are not
checked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct, unpack_from
from typing import Any

from estimator.reading.schema import SCALAR_BYTES, Field, table, union_member

_FORMATS = {"b": "b", "h": "h", "i": "i", "f": "f", "l": "q"}
_SCALARS = {code: Struct(f"<{form}").unpack_from for code, form in _FORMATS.items()}
_I32, _U32 = _SCALARS["i"], Struct("<I").unpack_from

Slots = dict[str, tuple[int, Field]]
"""Field name -> (position in the table, field), only fields that the table has."""


class File:
    """A verified file; tables that share a vtable share what was learnt from it."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self._slots: dict[tuple[str, int], Slots] = {}

    def root(self) -> View:
        """The model's table."""
        return View(self, "Model", _U32(self.data, 0)[0])

    def slots(self, name: str, vtable: int) -> Slots:
        """Where the fields of a table of a kind are, by the vtable's position."""
        known = self._slots.get((name, vtable))
        if known is None:
            vtable_bytes = unpack_from("<H", self.data, vtable)[0]
            positions = unpack_from(f"<{(vtable_bytes - 4) // 2}H", self.data, vtable + 4)
            known = self._slots[name, vtable] = _slots(name, positions[:32])
        return known


@lru_cache(maxsize=1024)  # one converter's files share most of their vtables
def _slots(name: str, positions: tuple[int, ...]) -> Slots:
    return {field.name: (at, field) for field, at in zip(table(name), positions) if at}


class View:
    """One table of a file."""

    __slots__ = ("_file", "_name", "_slots", "_start")

    def __init__(self, file: File, name: str, start: int) -> None:
        self._file = file
        self._name = name
        self._start = start
        self._slots = file.slots(name, start - _I32(file.data, start)[0])

    def number(self, name: str, default: int = 0) -> Any:
        """A scalar; ``default`` where the file leaves it out."""
        slot = self._slots.get(name)
        if slot is None:
            return default
        return _SCALARS[slot[1].item](self._file.data, self._start + slot[0])[0]

    def has(self, name: str) -> bool:
        """Whether the file has the field."""
        return name in self._slots

    def text(self, name: str) -> str:
        """A string; bytes that are no UTF-8 come as escapes, "" where absent."""
        found = self.content(name)
        return str(found, "utf-8", "backslashreplace") if found is not None else ""

    def content(self, name: str) -> memoryview | None:
        """The bytes of a string or of a vector of scalars, a view; None where absent."""
        slot = self._slots.get(name)
        if slot is None:
            return None
        start, field = self._target(slot[0]), slot[1]
        size = _U32(self._file.data, start)[0]
        if field.kind == "vector":
            size *= SCALAR_BYTES[field.item]
        return self._file.data[start + 4 : start + 4 + size]

    def numbers(self, name: str) -> tuple[Any, ...]:
        """A vector of scalars; () where absent."""
        slot = self._slots.get(name)
        if slot is None:
            return ()
        start = self._target(slot[0])
        count = _U32(self._file.data, start)[0]
        return unpack_from(f"<{count}{_FORMATS[slot[1].item]}", self._file.data, start + 4)

    def child(self, name: str) -> View | None:
        """A table; None where absent."""
        slot = self._slots.get(name)
        if slot is None:
            return None
        return View(self._file, slot[1].item, self._target(slot[0]))

    def children(self, name: str) -> list[View]:
        """A vector of tables; [] where absent."""
        slot = self._slots.get(name)
        if slot is None:
            return []
        start, item = self._target(slot[0]), slot[1].item
        count = _U32(self._file.data, start)[0]
        offsets = unpack_from(f"<{count}I", self._file.data, start + 4)
        return [
            View(self._file, item, start + 4 + 4 * index + offset)
            for index, offset in enumerate(offsets)
        ]

    def member(self, name: str) -> View | None:
        """The table that a union holds; None where absent or not in the schema."""
        slot = self._slots.get(name)
        member = union_member(slot[1].item, self.number(f"{name}_type")) if slot else ""
        return View(self._file, member, self._target(slot[0])) if slot and member else None

    def plain_fields(self) -> Iterator[tuple[str, Any]]:
        """Name and value of every scalar, string and vector of scalars of this kind of table.

        A string that is absent is left out: TFLM tells it from an empty one.
        """
        for field in table(self._name):
            if field.kind == "scalar":
                yield field.name, self.number(field.name, field.default)
            elif field.kind == "string" and field.name in self._slots:
                yield field.name, self.text(field.name)
            elif field.kind == "vector":
                yield field.name, self.numbers(field.name)

    def _target(self, position: int) -> int:
        at = self._start + position
        return int(at + _U32(self._file.data, at)[0])

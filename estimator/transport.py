"""How values travel between the processes of an executor, which pickles them."""

from __future__ import annotations

import copyreg
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")

copyreg.pickle(memoryview, lambda view: (memoryview, (bytes(view),)))


def light(cls: type[T]) -> type[T]:
    """Class decorator: a frozen dataclass with slots that travels in large numbers.

    The methods that dataclasses gives such a class look its fields up for every object.
    """
    names = tuple(field.name for field in fields(cls))  # type: ignore[arg-type]
    values, put = attrgetter(*names), object.__setattr__

    def getstate(self: T) -> Any:
        return values(self)

    def setstate(self: T, state: Any) -> None:
        for name, value in zip(names, state):
            put(self, name, value)

    assert len(names) > 1, "attrgetter gives a tuple for more than one name"
    cls.__getstate__ = getstate  # type: ignore[method-assign, assignment]
    cls.__setstate__ = setstate  # type: ignore[attr-defined]
    return cls

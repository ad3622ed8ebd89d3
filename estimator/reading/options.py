"""The fields of an operator's builtin options as plain values, for every options table there is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import tflite

from estimator.graph import OptionValue

_NOT_FIELDS = re.compile(r"^(Init|GetRootAs.*|.*(AsNumpy|Length|IsNone|BufferHasIdentifier))$")
_OPTION_TYPES = {
    code: name
    for name, code in vars(tflite.BuiltinOptions).items()
    if isinstance(code, int) and code != tflite.BuiltinOptions.NONE
}
_OPTION_TYPES_2 = {
    code: name
    for name, code in vars(tflite.BuiltinOptions2).items()
    if isinstance(code, int) and code != tflite.BuiltinOptions2.NONE
}


@lru_cache(maxsize=None)
def _fields(table: type) -> tuple[tuple[str, str], ...]:
    """(snake-case name, accessor) of each scalar, string or number-vector field of a table."""
    members = vars(table)
    found = []
    for name, member in members.items():
        if name.startswith("_") or _NOT_FIELDS.match(name) or not callable(member):
            continue
        accessor = f"{name}AsNumpy" if f"{name}AsNumpy" in members else name
        if accessor != name or f"{name}Length" not in members:
            found.append((re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), accessor))
    return tuple(found)


def read_options(operator: Any) -> Mapping[str, OptionValue] | None:
    """All fields of a ``tflite.Operator``'s builtin options; None where the file has no table.

    Fields that hold tables or vectors of strings are left out: no operator of TFLM reads them.
    """
    union, name = operator.BuiltinOptions(), _OPTION_TYPES.get(operator.BuiltinOptionsType())
    if union is None:
        union = operator.BuiltinOptions2()
        name = _OPTION_TYPES_2.get(operator.BuiltinOptions2Type())
    if union is None or name is None or not hasattr(tflite, name):
        return None
    table = getattr(tflite, name)()
    table.Init(union.Bytes, union.Pos)
    values = {field: getattr(table, accessor)() for field, accessor in _fields(type(table))}
    return MappingProxyType({field: _plain(value) for field, value in values.items()})


def _plain(value: Any) -> OptionValue:
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if hasattr(value, "tolist"):
        return tuple(value.tolist())
    return value if isinstance(value, (bool, int, float, str)) else ()

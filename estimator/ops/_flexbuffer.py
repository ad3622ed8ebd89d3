"""A custom operator's options: a FlexBuffer, read as TFLM's kernels read it.

Mirrors FlexbufferWrapper in tensorflow/lite/micro/flatbuffer_utils.cc (tflite-micro 90b983c2),
which takes elements by position and reads their bits as an integer whatever their type, and
flexbuffers::Map's look-up by key. TFLM checks no bounds; what would read beyond is refused here.
"""

from __future__ import annotations

import struct
from math import isfinite
from typing import Any

from estimator.opmodel import Node

MALFORMED = (ValueError, TypeError, KeyError, IndexError, OverflowError, struct.error)
FIX = "write the operator's options again; its kernel reads them unchecked"


def element_as_int32(node: Node, position: int, name: str) -> int:
    """ElementAsInt32: the element's bits as a signed integer, cut to 32 bits."""
    return _int32(int.from_bytes(_element(node, position, name), "little", signed=True))


def element_as_bool(node: Node, position: int, name: str) -> bool:
    """ElementAsBool."""
    return any(_element(node, position, name))


def _element(node: Node, position: int, name: str) -> bytes:
    """The bytes of one element of the vector (or of a map's values, which lie in key order)."""
    root = _root(node)
    try:
        content: bytes = bytes(root.AsVector[position]._Bytes)
    except MALFORMED:
        content = b""
    node.ensure(
        len(content) > 0, f"its options hold no {name} at position {position}", fix=FIX, aborts=True
    )
    return content


def map_value(node: Node, key: str) -> int | float | None:
    """m[key] as a number: None where the map lacks it or the options are no map."""
    root = _root(node)
    try:
        found = root.AsMap[key] if root.IsMap else None
        if found is None or found.IsNull:
            return None
        if found.IsFloat and isfinite(found.AsFloat):
            return float(found.AsFloat)
        if found.IsInt or found.IsBool:
            return int(found.AsInt)
    except KeyError:
        return None
    except (*MALFORMED, UnicodeError):
        pass
    node.refuse(f"its options are damaged: {key} is no number", fix=FIX)
    raise AssertionError("refuse() ends the step")


def map_int32(node: Node, key: str, default: int = 0) -> int:
    """m[key].AsInt32(); ``default`` where the kernel has one for a missing key."""
    value = map_value(node, key)
    return default if value is None else _int32(int(value))


def _int32(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def _root(node: Node) -> Any:
    from flatbuffers import flexbuffers  # imports numpy, which few models need

    data = node.op.custom_options
    content = bytes(data) if data is not None else b""
    try:
        return flexbuffers.GetRoot(content)
    except MALFORMED:
        reason = "has no options" if not content else "has options that are no FlexBuffer"
        node.ensure(False, f"it {reason}", fix=FIX, aborts=True)
        raise AssertionError("ensure() ends the step") from None

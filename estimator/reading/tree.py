"""A .tflite file as nested values and back: what it takes to write a changed model.

The walk must have found the file sound (:func:`estimator.reading.verify`): offsets are not
checked here. Fields that the schema tables do not know are lost; :func:`decode` refuses them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import calcsize, unpack_from
from typing import Any

import flatbuffers

from estimator.errors import ModelError
from estimator.reading.schema import SCALAR_BYTES, Field, table, union_member

IDENTIFIER = b"TFL3"
_FORCED_ALIGNMENT = {
    "Buffer.data": 16,
    "CustomQuantization.custom": 16,
    "Uint16Vector.values": 4,
    "Uint8Vector.values": 4,
}
"""The schema's force_align attributes."""


@dataclass(slots=True)
class Node:
    """One table: ``fields`` has only those that are present.

    Values: the little-endian bytes of a scalar, string or vector of scalars (bytes or a view of
    the file), a Node, or a list of Nodes.
    """

    name: str
    fields: dict[str, Any] = field(default_factory=dict)

    def nodes(self, name: str) -> list[Node]:
        """A vector of tables; [] where absent."""
        return list(self.fields.get(name, ()))

    def number(self, name: str, default: int = 0, *, signed: bool = False) -> int:
        """A whole number."""
        value = self.fields.get(name)
        return default if value is None else int.from_bytes(value, "little", signed=signed)

    def numbers(self, name: str, form: str = "i") -> tuple[Any, ...]:
        """A vector of numbers of one struct format character; () where absent."""
        value = self.fields.get(name, b"")
        return unpack_from(f"<{len(value) // calcsize(form)}{form}", value)


def decode(data: memoryview, name: str = "model") -> Node:
    """Read a verified file; byte vectors stay views of it.

    Raises:
        ModelError: a table has fields that are newer than the schema that mculint knows.
    """
    return _table(data, "Model", unpack_from("<I", data)[0], name)


def _table(data: memoryview, name: str, start: int, where: str) -> Node:
    vtable = start - unpack_from("<i", data, start)[0]
    vtable_bytes = unpack_from("<H", data, vtable)[0]
    slots = unpack_from(f"<{(vtable_bytes - 4) // 2}H", data, vtable + 4)
    fields = table(name)
    if any(slots[len(fields) :]):
        raise ModelError(
            f"a {name or 'table'} has fields that mculint does not know, so it can't be rewritten",
            where=where,
            fix="update mculint",
        )
    node = Node(name)
    for field_, at in zip(fields, slots):
        if at:
            value = _value(data, node, field_, start + at, f"{where}.{field_.name}")
            node.fields[field_.name] = value
    return node


def _value(data: memoryview, node: Node, field_: Field, at: int, where: str) -> Any:
    if field_.kind == "scalar":
        return bytes(data[at : at + field_.bytes])
    at += unpack_from("<I", data, at)[0]
    if field_.kind == "union":
        code = node.number(f"{field_.name}_type")
        return _table(data, union_member(field_.item, code), at, where)
    if field_.kind == "table":
        return _table(data, field_.item, at, where)
    length = unpack_from("<I", data, at)[0]
    at += 4
    if field_.kind == "tables":
        starts = (at + 4 * i + unpack_from("<I", data, at + 4 * i)[0] for i in range(length))
        return [_table(data, field_.item, start, where) for start in starts]
    return data[at : at + length * SCALAR_BYTES.get(field_.item, 1)]


def encode(model: Node) -> bytes:
    """Write a model; equal vectors, strings and (as FlatBuffers does) vtables are written once."""
    return _Encoder().encode(model)


class _Encoder:
    """Writes from the leaves up, as FlatBuffers are built."""

    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)
        self.written: dict[tuple[str, int, bytes], int] = {}

    def encode(self, model: Node) -> bytes:
        self.builder.Finish(self.table(model), file_identifier=IDENTIFIER)
        return bytes(self.builder.Output())

    def table(self, node: Node) -> int:
        slots = table(node.name)
        children = {
            slot.name: self.child(node, slot)
            for slot in slots
            if slot.kind != "scalar" and slot.name in node.fields
        }
        builder = self.builder
        builder.StartObject(len(slots))
        # Largest first, so that the table needs no padding inside.
        for index, slot in sorted(enumerate(slots), key=lambda entry: -entry[1].bytes):
            if slot.name not in node.fields:
                continue
            if slot.kind == "scalar":
                value = int.from_bytes(node.fields[slot.name], "little")
                getattr(builder, f"PrependUint{8 * slot.bytes}")(value)
            else:
                builder.PrependUOffsetTRelative(children[slot.name])
            builder.Slot(index)
        return int(builder.EndObject())

    def child(self, node: Node, slot: Field) -> int:
        """Write what a field points to. Returns its offset from the end."""
        value = node.fields[slot.name]
        if slot.kind in ("table", "union"):
            return self.table(value)
        if slot.kind == "tables":
            offsets = [self.table(item) for item in value]
            self.builder.StartVector(4, len(offsets), 4)
            for offset in reversed(offsets):
                self.builder.PrependUOffsetTRelative(offset)
            return int(self.builder.EndVector())
        content = bytes(value)
        if slot.kind == "string":
            return self.once("string", 1, content)
        item_bytes = SCALAR_BYTES[slot.item]
        return self.once(
            slot.item, _FORCED_ALIGNMENT.get(f"{node.name}.{slot.name}", item_bytes), content
        )

    def once(self, kind: str, alignment: int, content: bytes) -> int:
        """Write a string or a vector of scalars unless the same one is there already."""
        key = (kind, alignment, content)
        if key not in self.written:
            if kind == "string":
                self.written[key] = int(self.builder.CreateString(content))
            else:
                self.written[key] = self.vector(SCALAR_BYTES[kind], alignment, content)
        return self.written[key]

    def vector(self, item_bytes: int, alignment: int, content: bytes) -> int:
        builder = self.builder
        builder.StartVector(item_bytes, len(content) // item_bytes, alignment)
        builder.head -= len(content)
        builder.Bytes[builder.head : builder.head + len(content)] = content
        return int(builder.EndVector())

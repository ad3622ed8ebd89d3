"""The blob under the metadata name COMPRESSION_METADATA: which tensors are lookup tables.

Its FlatBuffers schema is tensorflow/lite/micro/compression/metadata.fbs (tflite-micro 90b983c2).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

COMPRESSION_METADATA = "COMPRESSION_METADATA"
SCHEMA_VERSION = 1
"""The newest version of the blob that TFLM reads."""


class LutTensor(NamedTuple):
    """A tensor whose buffer holds bit-packed indices into a table of values."""

    tensor: int
    value_buffer: int
    index_bitwidth: int


class CompressionMetadata(NamedTuple):
    """The blob's content; None where a vector is absent from it."""

    schema_version: int
    subgraphs: tuple[tuple[LutTensor, ...] | None, ...] | None


def read_compression_metadata(data: bytes | memoryview) -> CompressionMetadata | None:
    """Read the blob; None where flatbuffers::Verifier would turn it down."""
    reader = _Reader(bytes(data))
    try:
        return reader.metadata(reader.indirect(0))
    except struct.error:
        return None


class _Reader:
    """Reads with bounds and alignment; struct.error where something lies outside."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def scalar(self, code: str, at: int) -> int:
        if at < 0 or at % struct.calcsize(code):
            raise struct.error(f"misplaced at {at}")
        value: int = struct.unpack_from("<" + code, self.data, at)[0]
        return value

    def indirect(self, at: int) -> int:
        offset = self.scalar("I", at)
        if offset == 0:
            raise struct.error(f"the offset at {at} points to itself")
        return at + offset

    def field(self, table: int, slot: int) -> int:
        """Position of a table's field, 0 where it is absent."""
        vtable = table - self.scalar("i", table)
        size = self.scalar("H", vtable)
        if size % 2 or vtable + size > len(self.data):
            raise struct.error(f"the vtable at {vtable} is broken")
        offset = self.scalar("H", vtable + 4 + 2 * slot) if 4 + 2 * slot < size else 0
        return table + offset if offset else 0

    def value(self, table: int, slot: int, code: str, default: int) -> int:
        at = self.field(table, slot)
        return self.scalar(code, at) if at else default

    def tables(self, table: int, slot: int) -> tuple[int, ...] | None:
        """Positions of a vector's tables, None where the vector is absent."""
        at = self.field(table, slot)
        if not at:
            return None
        vector = self.indirect(at)
        count = self.scalar("I", vector)
        if vector + 4 + 4 * count > len(self.data):
            raise struct.error(f"the vector at {vector} is cut off")
        return tuple(self.indirect(vector + 4 + 4 * index) for index in range(count))

    def metadata(self, table: int) -> CompressionMetadata:
        version = self.value(table, 0, "I", SCHEMA_VERSION)
        subgraphs = self.tables(table, 1)
        if subgraphs is None:
            return CompressionMetadata(version, None)
        return CompressionMetadata(version, tuple(self.subgraph(entry) for entry in subgraphs))

    def subgraph(self, table: int) -> tuple[LutTensor, ...] | None:
        entries = self.tables(table, 0)
        if entries is None:
            return None
        return tuple(
            LutTensor(
                self.value(entry, 0, "i", 0),
                self.value(entry, 1, "I", 0),
                self.value(entry, 2, "B", 0),
            )
            for entry in entries
        )

"""Mutations that know the format: fields, lengths, offsets, and splices of two models."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

from estimator.errors import ModelError
from estimator.reading.verification import check_identifier
from estimator.reading.walk import Span, Walker

_WORDS = (
    0, 1, 2, 3, 4, 8, 16, 127, 128, 255, 256, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000,
    0xFFFFFFFF, 0xFFFFFFFE, 0x3F800000, 0xBF800000, 0x7F800000, 0x7FC00000, 0x00000001, 0x40000000,
)  # fmt: skip
"""Small numbers, the edges of integers, and 1, -1, infinity, NaN and a subnormal as float."""
Mutation = Callable[[Random, bytearray, list[Span]], None]


class Structure:
    """The objects of the file at hand; what only changed in place keeps those it had."""

    def __init__(self) -> None:
        self.size = -1
        self.spans: list[Span] = []

    def of(self, data: bytes) -> list[Span]:
        if len(data) != self.size:
            self.size, self.spans = len(data), spans(data)
        return self.spans


def spans(data: bytes) -> list[Span]:
    """The objects of a file, as far as a walk gets."""
    walker = Walker(memoryview(data), "")
    try:
        check_identifier(walker.data, "")
        walker.walk()
    except (ModelError, struct.error):
        pass
    return [span for span in walker.spans if span.end <= len(data)]


def mutate(rng: Random, data: bytes, found: list[Span], other: bytes | None = None) -> bytes:
    """One mutation; a splice with ``other`` where it is given."""
    changed = bytearray(data)
    if other is not None:
        splice(rng, changed, found, other)
    elif found:
        rng.choice(_MUTATIONS)(rng, changed, found)
    return bytes(changed)


def _put(data: bytearray, at: int, value: int) -> None:
    if 0 <= at <= len(data) - 4:
        struct.pack_into("<I", data, at, value & 0xFFFFFFFF)


def word(rng: Random, data: bytearray, found: list[Span]) -> None:
    """A word of an object becomes a telling number."""
    span = rng.choice(found)
    at = span.start + 4 * rng.randrange(max((span.end - span.start) // 4, 1))
    _put(data, at, rng.choice(_WORDS) if rng.random() < 0.8 else rng.randrange(64))


def byte(rng: Random, data: bytearray, found: list[Span]) -> None:
    """A byte of an object changes: types, codes, booleans, characters of names."""
    span = rng.choice(found)
    data[rng.randrange(span.start, span.end)] = rng.choice((0, 1, 2, 27, 60, 127, 128, 255,
                                                            rng.randrange(256)))  # fmt: skip


def slot(rng: Random, data: bytearray, found: list[Span]) -> None:
    """A field moves in, or vanishes from, a vtable."""
    tables = [span for span in found if span.field == "vtable" and span.end - span.start > 4]
    if tables:
        span = rng.choice(tables)
        at = rng.randrange(span.start + 4, span.end, 2)
        struct.pack_into("<H", data, at, rng.choice((0, 4, 8, 12, 16, 20)))


def length(rng: Random, data: bytearray, found: list[Span]) -> None:
    """A vector gets another length."""
    vectors = [span for span in found if span.field not in ("", "vtable", "header")]
    if vectors:
        span = rng.choice(vectors)
        now = struct.unpack_from("<I", data, span.start)[0]
        _put(data, span.start, rng.choice((now + 1, now - 1, 0, 1, now * 2, *_WORDS)))


def retarget(rng: Random, data: bytearray, found: list[Span]) -> None:
    """A vector's entry points to another table of the file, even to one that it belongs to."""
    vectors = [s for s in found if s.field in ("tensors", "operators", "buffers", "subgraphs",
                                               "operator_codes", "metadata")]  # fmt: skip
    tables = [span for span in found if span.field == ""]
    if vectors and tables:
        span, target = rng.choice(vectors), rng.choice(tables)
        at = span.start + 4 + 4 * rng.randrange(max((span.end - span.start) // 4 - 1, 1))
        _put(data, at, target.start - at)


def copy(rng: Random, data: bytearray, found: list[Span]) -> None:
    """The content of an object is copied over another of the same kind."""
    target = rng.choice(found)
    alike = [s for s in found if (s.table, s.field) == (target.table, target.field)]
    source = rng.choice(alike)
    size = min(source.end - source.start, target.end - target.start)
    data[target.start : target.start + size] = data[source.start : source.start + size]


def splice(rng: Random, data: bytearray, found: list[Span], other: bytes) -> None:
    """A vector's entry points to a table of another model, appended."""
    names = {"tensors": "Tensor", "operators": "Operator", "buffers": "Buffer",
             "subgraphs": "SubGraph", "operator_codes": "OperatorCode"}  # fmt: skip
    vectors = [span for span in found if span.field in names and span.end - span.start > 4]
    if not vectors:
        return
    span = rng.choice(vectors)
    tables = [s for s in spans(other) if s.field == "" and s.table == names[span.field]]
    if tables:
        data.extend(bytes(-len(data) % 16))
        base = len(data)
        data.extend(other)
        at = span.start + 4 + 4 * rng.randrange((span.end - span.start) // 4 - 1)
        _put(data, at, base + rng.choice(tables).start - at)


_MUTATIONS: tuple[Mutation, ...] = (word, word, word, byte, byte, slot, length, retarget, copy)

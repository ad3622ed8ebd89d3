"""Follow every offset of a .tflite file once, with bounds, and say what lies where.

FlatBuffers' format: https://flatbuffers.dev/internals; the tables are those of :mod:`.schema`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from struct import Struct, error, unpack_from
from typing import Any, NamedTuple

from estimator.errors import ModelError
from estimator.reading.schema import SCALAR_BYTES, Field, table, union_member

MAX_TABLES = 100_000
"""More tables than any model for a microcontroller has; bounds time and memory on hostile files."""
MAX_REPEATED_BYTES = 1_000_000
"""Bytes that several owners may share, beyond the file's own size."""
FIX = "the file is damaged or no .tflite file: copy it or convert the model again"

Owner = Any  # (owner, field, index): the table's parent and how it is reached; None at the root


class Span(NamedTuple):
    """One object of the file: ``data[start:end]``.

    Attributes:
        start, end: byte offsets, half-open.
        table: the schema's table that it is (field "") or belongs to.
        field: the field whose value it is, "" for the table itself, "vtable" for a vtable.
        owner: chain to the table, for :func:`path`.
    """

    start: int
    end: int
    table: str
    field: str
    owner: Owner


class Reference(NamedTuple):
    """A value that is a position in another vector of the model.

    ``value`` is the number, or (start, end) of a vector of int32.
    """

    table: str
    field: Field
    value: int | tuple[int, int]
    owner: Owner


class Walk(NamedTuple):
    """What a walk found: objects, index fields, the lengths of vectors of tables, big data.

    ``lengths`` maps a vector's path such as "buffers" or "subgraphs[0].tensors" to its length.
    ``outside`` holds (offset, size, table, owner) of data kept behind the FlatBuffer.
    """

    spans: list[Span]
    references: list[Reference]
    lengths: dict[str, int]
    outside: list[tuple[int, int, str, Owner]]


class _Plan(NamedTuple):
    """How to read the tables that share a vtable."""

    inline_bytes: int
    used_bytes: int  # up to the last field; writers count alignment behind it to the table's size
    unpack: Callable[..., tuple[int, ...]]
    offsets: tuple[tuple[int, Field, int], ...]  # position, field, position of the union's type
    indices: tuple[tuple[Field, int], ...]  # field, position (0 if the table has none)
    large: tuple[int, int]  # positions of the offset and size of data outside the FlatBuffer


_U32 = Struct("<I").unpack_from
_I32 = Struct("<i").unpack_from
_LARGE = {
    "Buffer": ("offset", "size"),
    "Operator": ("large_custom_options_offset", "large_custom_options_size"),
}
_COUNTED = frozenset({"tensors", "buffers", "operator_codes", "subgraphs"})


def path(owner: Owner, field: str = "") -> str:
    """The place of an object, such as ``subgraphs[0].tensors[3].quantization.scale``."""
    steps = [field] if field else []
    while owner is not None:
        owner, step, index = owner
        steps.append(f"{step}[{index}]" if index >= 0 else step)
    return ".".join(reversed(steps)) or "model"


class Walker:
    """Walks one file; iterative, in time and memory bounded by the file's size."""

    def __init__(self, data: memoryview, name: str) -> None:
        self.data = data
        self.name = name
        self.size = len(data)
        self.plans: dict[tuple[str, int], _Plan] = {}
        self.vtables: dict[int, tuple[int, ...]] = {}
        self.seen: dict[int, int] = {}
        self.spans: list[Span] = []
        self.references: list[Reference] = []
        self.lengths: dict[str, int] = {}
        self.outside: list[tuple[int, int, str, Owner]] = []
        self.tables = 0
        self.covered = 0
        self.repeated = 0
        self.stack: list[tuple[str, int, Owner]] = []

    def fault(self, message: str, owner: Owner, field: str = "") -> ModelError:
        return ModelError(message, where=f"{self.name}: {path(owner, field)}", fix=FIX)

    def walk(self) -> Walk:
        """Follow everything from the root.

        Raises:
            ModelError: something points outside the file, overlaps, or is larger than it can be.
        """
        self.spans.append(Span(0, 8, "Model", "header", None))
        self.stack.append(("Model", _U32(self.data, 0)[0], None))
        while self.stack:
            self.table(*self.stack.pop())
        return Walk(self.spans, self.references, self.lengths, self.outside)

    def table(self, name: str, start: int, owner: Owner) -> None:
        data = self.data
        if start + 4 > self.size:
            raise self.fault(f"points to byte {start}, the file has {self.size}", owner)
        vtable = start - _I32(data, start)[0]
        plan = self.plans.get((name, vtable))
        if plan is None:
            plan = self.plan(name, vtable, owner)
        end = start + plan.inline_bytes
        if end > self.size:
            raise self.fault(f"ends at byte {end}, the file has {self.size}", owner)
        self.tables += 1
        if self.tables > MAX_TABLES:
            raise self.fault(f"has over {MAX_TABLES} tables", None)
        self.record(start, start + plan.used_bytes, name, "", owner)
        for (position, field, type_at), offset in zip(plan.offsets, plan.unpack(data, start)):
            target = start + position + offset
            if offset == 0 or target + 4 > self.size:
                raise self.fault(
                    f"points to byte {target}, the file has {self.size}", owner, field.name
                )
            kind = field.kind
            if kind == "vector" or kind == "string":
                self.leaf(name, field, target, owner)
            elif kind == "tables":
                self.vector_of_tables(name, field, target, owner)
            else:
                item = field.item
                if kind == "union":
                    item = union_member(item, data[start + type_at]) if type_at else ""
                self.stack.append((item, target, (owner, field.name, -1)))
        for field, position in plan.indices:
            value = _I32(data, start + position)[0] if position else 0
            self.references.append(Reference(name, field, value, owner))
        if plan.large[1]:
            self.large(name, start, plan.large, owner)

    def leaf(self, name: str, field: Field, start: int, owner: Owner) -> None:
        """A string or a vector of scalars."""
        length = _U32(self.data, start)[0]
        if field.kind == "string":
            end = start + 5 + length
        else:
            end = start + 4 + length * SCALAR_BYTES[field.item]
        if end > self.size:
            raise self.fault(
                f"has {length} elements and would end at byte {end}, the file has {self.size}",
                owner, field.name,
            )  # fmt: skip
        if field.kind == "string" and self.data[end - 1]:
            raise self.fault("a string without the zero byte that must end it", owner, field.name)
        self.record(start, end, name, field.name, owner, field.item == "b")
        if field.index_of:
            self.references.append(Reference(name, field, (start + 4, end), owner))

    def vector_of_tables(self, name: str, field: Field, start: int, owner: Owner) -> None:
        length = _U32(self.data, start)[0]
        end = start + 4 + 4 * length
        if end > self.size or length > MAX_TABLES:
            raise self.fault(
                f"has {length} elements and would end at byte {end}, the file has {self.size}",
                owner, field.name,
            )  # fmt: skip
        self.record(start, end, name, field.name, owner)
        if field.name in _COUNTED:
            self.lengths[path(owner, field.name) if owner else field.name] = length
        at, item, push = start + 4, field.item, self.stack.append
        for index, offset in enumerate(unpack_from(f"<{length}I", self.data, at)):
            push((item, at + 4 * index + offset, (owner, field.name, index)))

    def record(
        self, start: int, end: int, name: str, field: str, owner: Owner, raw: bool = False
    ) -> None:
        """Note an object; one that several owners share is noted once."""
        known = self.seen.get(start)
        if known is None:
            self.seen[start] = end
            self.spans.append(Span(start, end, name, field, owner))
            self.covered += end - start
            if self.covered > self.size:
                raise self.fault("overlaps other parts of the file", owner, field)
        elif known != end:
            raise self.fault(f"overlaps what else is at byte {start}", owner, field)
        elif not raw:
            self.repeated += end - start
            if self.repeated > self.size + MAX_REPEATED_BYTES:
                raise self.fault("the same bytes are used over and over", owner, field)

    def large(self, name: str, start: int, positions: tuple[int, int], owner: Owner) -> None:
        """Data behind the FlatBuffer, by offset in the file; offsets 0 and 1 mean none."""
        offset, size = (
            unpack_from("<Q", self.data, start + at)[0] if at else 0 for at in positions
        )
        if offset > 1 and size:
            if offset + size > self.size:
                raise self.fault(
                    f"ends at byte {offset + size}, the file has {self.size}",
                    owner, _LARGE[name][0],
                )  # fmt: skip
            self.outside.append((offset, size, name, owner))

    # ---- vtables ---------------------------------------------------------------------------

    def plan(self, name: str, vtable: int, owner: Owner) -> _Plan:
        """How to read the tables of a kind that share a vtable."""
        try:
            plan = _plan(name, self.slots(vtable, owner))
        except _BadVtable as bad:
            raise self.fault(bad.message, owner, bad.field) from None
        self.plans[name, vtable] = plan
        return plan

    def slots(self, vtable: int, owner: Owner) -> tuple[int, ...]:
        """The table's size and the positions of its fields (the first 32), after checks."""
        known = self.vtables.get(vtable)
        if known is not None:
            return known
        try:
            if vtable < 0:
                raise error
            vtable_bytes, inline_bytes = unpack_from("<HH", self.data, vtable)
            entries = unpack_from(f"<{max(vtable_bytes - 4, 0) // 2}H", self.data, vtable + 4)
        except error:
            raise self.fault(
                f"its vtable at byte {vtable} is not inside the file ({self.size} bytes)", owner
            ) from None
        if vtable_bytes < 4 or vtable_bytes % 2 or inline_bytes < 4:
            raise self.fault(f"its vtable at byte {vtable} is malformed", owner)
        if max(entries, default=0) >= max(inline_bytes, 1):
            raise self.fault(f"its vtable at byte {vtable} points outside the table", owner)
        self.record(vtable, vtable + vtable_bytes, "", "vtable", owner)
        self.vtables[vtable] = known = (inline_bytes, *entries[:32])
        return known


class _BadVtable(Exception):
    """What is wrong with a vtable, and with which field's place."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


@lru_cache(maxsize=1024)  # one converter's files share most of their vtables
def _plan(name: str, slots: tuple[int, ...]) -> _Plan:
    """Check a vtable for a kind of table and note where its fields are. Raises _BadVtable."""
    inline_bytes, entries = slots[0], slots[1:]
    offsets, indices, positions, fields = [], [], {}, table(name)
    used_bytes = inline_bytes if any(entries[len(fields) :]) else 4
    for field, at in zip(fields, entries + (0,) * 32):
        positions[field.name] = at
        if field.index_of and field.kind == "scalar":
            indices.append((field, at))
        if at == 0:
            continue
        if at < 4 or at + field.bytes > inline_bytes:
            raise _BadVtable("lies outside its table", field.name)
        used_bytes = max(used_bytes, at + field.bytes)
        if field.kind != "scalar":
            offsets.append((at, field, positions.get(f"{field.name}_type", 0)))
    offsets.sort(key=lambda entry: entry[0])
    layout, end = "<", 0
    for at, _, _ in offsets:
        if at < end:
            raise _BadVtable("two fields of a table overlap")
        layout, end = f"{layout}{at - end}xI", at + 4
    first, second = _LARGE.get(name, ("", ""))
    return _Plan(
        inline_bytes, used_bytes, Struct(layout).unpack_from, tuple(offsets), tuple(indices),
        (positions.get(first, 0), positions.get(second, 0)),
    )  # fmt: skip

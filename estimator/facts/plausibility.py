"""Finds missing, duplicate and implausible values in boards' files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from estimator.facts.board import Board, Memory

_CLOCK_HZ = (8e6, 1.1e9)
_SIZES_BYTES = {"sram": (4 * 1024, 16 * 1024**2), "flash": (16 * 1024, 128 * 1024**2)}
_READ = re.compile(r"\bcommit [0-9a-f]{8}\b|\b(?:Fig|Table|section|page|p)\.? \d")
_NOT_READ = "not checked against the document"
_FEATURES = {  # core -> (dsp, mve, fpu); None where chips differ
    "cortex-m0plus": (False, False, False),
    "cortex-m3": (False, False, False),
    "cortex-m4": (True, False, None),
    "cortex-m7": (True, False, None),
    "cortex-m33": (None, False, None),
    "cortex-m55": (True, None, None),
}  # fmt: skip


def board_faults(boards: Sequence[Board]) -> Iterator[str]:
    """What is wrong with a set of boards, one text per fault; nothing if all is well."""
    for attribute in ("name", "title"):
        values = [getattr(board, attribute) for board in boards]
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield f"two boards have the {attribute} {value!r}"
    for board in boards:
        for fault in _faults(board):
            yield f"{board.name}: {fault}"


def _faults(board: Board) -> Iterator[str]:
    yield from _core_faults(board)
    yield from _source_faults(board.source)
    if board.is_bare_core:
        if board.clock_hz is not None:
            yield "has a clock and no memory"
        return
    if board.clock_hz is None:
        yield "has no clock"
    elif not _CLOCK_HZ[0] <= board.clock_hz.value <= _CLOCK_HZ[1]:
        yield f"a clock of {board.clock_hz.value:,.0f} Hz is implausible"
    for kind in _SIZES_BYTES:
        usable = [m.name for m in board.memories if m.kind == kind and m.usable]
        if not usable:
            yield f"has no usable {kind}"
        elif len(usable) > 1:  # their sum would be held against what must lie in one piece
            yield f"has more than one usable {kind}: {', '.join(usable)}"
    for memory in board.memories:
        yield from _memory_faults(memory)
    for fact in (board.clock_hz, board.overhead_sram_bytes, board.overhead_flash_bytes,
                 board.active_power_mw):  # fmt: skip
        yield from _source_faults(fact.source) if fact is not None else ()
    for memory in board.memories:
        yield from _source_faults(memory.source)


def _source_faults(source: str) -> Iterator[str]:
    if len(source.split()) < 3 or not (_READ.search(source) or _NOT_READ in source):
        yield (
            f"the source {source!r} names no document and place where it was read: a file with "
            f"its commit, a page, section, table or figure; or say {_NOT_READ!r}"
        )


def _core_faults(board: Board) -> Iterator[str]:
    core = board.core
    if core.name not in _FEATURES:
        yield f"the core {core.name!r} is not known"
        return
    found = {"dsp": core.dsp, "mve": core.mve, "fpu": core.fpu}
    for (feature, has), expected in zip(found.items(), _FEATURES[core.name]):
        if expected is not None and has != expected:
            yield f"a {core.name} with {feature} = {str(has).lower()} is implausible"


def _memory_faults(memory: Memory) -> Iterator[str]:
    low, high = _SIZES_BYTES[memory.kind]
    if not low <= memory.size_bytes <= high:
        yield f"memory.{memory.name}: {memory.size_bytes:,} bytes are implausible"
    if memory.size_bytes % 1024:
        yield f"memory.{memory.name}: {memory.size_bytes:,} bytes are no whole KiB"

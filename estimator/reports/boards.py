"""docs/boards.md: all boards and bare cores, each value with its source."""

from __future__ import annotations

from collections.abc import Sequence

from estimator.facts.board import Board

_HEAD = """\
# Boards

Written by `tools/generate_docs.py` from `estimator/data/boards/*.toml`; don't edit it by hand.

SRAM and Flash are what the linker script of a usual application uses; memory at an address of its
own is listed below and not counted. A value that no document gives is unknown, never 0.

A board of your own is a file of the same form: `--target ./mine.toml`.
"""


def markdown_page(boards: Sequence[Board]) -> str:
    """The whole page: an overview, then each board with its memories and sources."""
    lines = [_HEAD, "| target | core | clock | SRAM | Flash | board |", "|---|---|--:|--:|--:|---|"]
    lines += [_row(board) for board in boards]
    for board in boards:
        if not board.is_bare_core:
            lines += ["", f"## {board.name}", "", board.title, "", *_details(board)]
    return "\n".join(lines) + "\n"


def _row(board: Board) -> str:
    core = board.core
    features = [name for name in ("dsp", "mve", "fpu", "double_fpu") if getattr(core, name)]
    clock = f"{board.clock_hz.value / 1e6:g} MHz" if board.clock_hz else "-"
    sizes = [_kib(board.capacity_bytes(kind)) for kind in ("sram", "flash")]
    text = f"{core.name}{' + ' + ', '.join(features) if features else ''}"
    name = board.name if board.is_bare_core else f"[{board.name}](#{board.name.replace('.', '')})"
    return f"| {name} | {text} | {clock} | {' | '.join(sizes)} | {board.title} |"


def _details(board: Board) -> list[str]:
    lines = ["| value | | source |", "|---|--:|---|"]
    lines.append(f"| core | {board.core.name} | {board.source} |")
    facts = (
        ("clock", board.clock_hz, 1e-6, "MHz"),
        ("OS and stack, SRAM", board.overhead_sram_bytes, 1, "B"),
        ("OS and stack, Flash", board.overhead_flash_bytes, 1, "B"),
        ("active power", board.active_power_mw, 1, "mW"),
    )
    for label, fact, factor, unit in facts:
        if fact is not None:
            lines.append(f"| {label} | {fact.value * factor:,.10g} {unit} | {fact.source} |")
    for memory in board.memories:
        label = f"{memory.kind}: {memory.name}" + ("" if memory.usable else " (not counted)")
        lines.append(f"| {label} | {_kib(memory.size_bytes)} | {memory.source} |")
    return lines


def _kib(size: int | None) -> str:
    return "-" if size is None else f"{size / 1024:,g} KiB"

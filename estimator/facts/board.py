"""Boards and bare cores: ``data/boards/*.toml``, or a file of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from estimator.errors import FactsError
from estimator.facts.runtime import Core
from estimator.facts.strict import Table, load

BOARDS = Path(__file__).parent.parent / "data" / "boards"
DEFAULT = "cortex-m4"


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with the document that it stands in."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory region.

    Attributes:
        name: as its source calls it.
        kind: ``sram`` or ``flash``.
        size_bytes: its size.
        usable: whether the linker script of a usual application puts its data (or code) there; a
            bank for which data needs a section of its own is not. One memory of a kind is.
        source: where the size stands.
    """

    name: str
    kind: str
    size_bytes: int
    usable: bool
    source: str


@dataclass(frozen=True, slots=True)
class Board:
    """A board, chip or bare core.

    Attributes:
        name: such as ``stm32f746zg``.
        title: such as ``STMicroelectronics NUCLEO-F746ZG``.
        core: the CPU core.
        abi: name of the layout that its usual toolchain gives.
        clock_hz: highest core clock; None on a bare core.
        memories: its memory regions; () on a bare core.
        overhead_sram_bytes: what the OS and stack of a usual application take; None if unknown.
        overhead_flash_bytes: the same of Flash.
        active_power_mw: power while computing at clock_hz; None if unknown.
        cycles_per_instruction: (low, best, high); None if unknown.
        cycles_source: where they come from.
        source: where the core stands.
    """

    name: str
    title: str
    core: Core
    abi: str
    clock_hz: Fact | None
    memories: tuple[Memory, ...]
    overhead_sram_bytes: Fact | None
    overhead_flash_bytes: Fact | None
    active_power_mw: Fact | None
    cycles_per_instruction: tuple[float, float, float] | None
    cycles_source: str
    source: str

    @property
    def is_bare_core(self) -> bool:
        """Whether it stands for a core without any limits."""
        return not self.memories

    def capacity_bytes(self, kind: str) -> int | None:
        """Usable bytes of a kind of memory (``sram`` or ``flash``); None on a bare core."""
        if self.is_bare_core:
            return None
        return sum(m.size_bytes for m in self.memories if m.kind == kind and m.usable)


def board_names() -> tuple[str, ...]:
    """The names of all boards and bare cores that come with the package."""
    return tuple(sorted(path.stem for path in BOARDS.glob("*.toml")))


@cache
def load_board(target: str) -> Board:
    """A board by name, or from a TOML file if ``target`` ends in .toml.

    Raises:
        FactsError: there is no such board, or its file is malformed (with the path to the fault).
    """
    if target.endswith(".toml"):
        return _board(load(Path(target)))
    if target not in board_names():
        raise FactsError(
            f"there is no target {target!r}",
            fix="`mculint targets` lists them; a file of your own must end in .toml",
        )
    return _board(load(BOARDS / f"{target}.toml"))


def _board(table: Table) -> Board:
    core = table.table("core")
    overhead = table.table("overhead", optional=True)
    power = table.table("power", optional=True)
    cycles = _cycles(core)
    board = Board(
        name=table.take("name", str),
        title=table.take("title", str),
        core=Core(
            core.take("name", str),
            dsp=core.take("dsp", bool),
            mve=core.take("mve", bool),
            fpu=core.take("fpu", bool),
        ),
        abi=table.take("abi", str),
        clock_hz=_fact(table, "clock_hz"),
        memories=tuple(_memories(table.table("memory", optional=True))),
        overhead_sram_bytes=_fact(overhead, "sram_bytes"),
        overhead_flash_bytes=_fact(overhead, "flash_bytes"),
        active_power_mw=_fact(power, "active_mw"),
        cycles_per_instruction=cycles[0] if cycles else None,
        cycles_source=cycles[1] if cycles else "",
        source=core.take("source", str),
    )
    for part in (core, overhead, power, table):
        part.done()
    return board


def _fact(table: Table, key: str) -> Fact | None:
    if key not in table:
        return None
    entry = table.table(key)
    fact = Fact(entry.take("value", float), entry.take("source", str))
    if fact.value <= 0:
        raise entry.fail(f"must be above 0, not {fact.value}", "value")
    if not fact.source.strip():
        raise entry.fail("must say where the value stands", "source")
    entry.done()
    return fact


def _cycles(core: Table) -> tuple[tuple[float, float, float], str] | None:
    if "cycles_per_instruction" not in core:
        return None
    entry = core.table("cycles_per_instruction")
    low, best, high = (entry.take(key, float) for key in ("low", "best", "high"))
    if not 0 < low <= best <= high:
        raise entry.fail(f"must satisfy 0 < low <= best <= high, not {low}, {best}, {high}")
    source = entry.take("source", str)
    entry.done()
    return (low, best, high), source


def _memories(table: Table) -> list[Memory]:
    memories = []
    for name, entry in table.tables():
        memory = Memory(
            name=name,
            kind=entry.take("kind", str),
            size_bytes=entry.take("bytes", int),
            usable=entry.take("usable", bool, True),
            source=entry.take("source", str),
        )
        if memory.kind not in ("sram", "flash"):
            raise entry.fail(f"must be sram or flash, not {memory.kind!r}", "kind")
        if memory.size_bytes <= 0:
            raise entry.fail(f"must be above 0, not {memory.size_bytes}", "bytes")
        entry.done()
        memories.append(memory)
    return memories

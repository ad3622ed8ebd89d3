"""Boards and bare cores: ``data/boards/*.toml``, or a file of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from estimator.errors import FactsError
from estimator.facts.layout import layout_names
from estimator.facts.runtime import Core
from estimator.facts.strict import Table, load

ADDRESS_SPACE_BYTES = 2**32
"""What a 32-bit core can address; no memory and no limit is larger."""
CLOCK_HZ = (32_768, 10e9)  # a watch crystal; beyond any core. MHz in place of Hz is below it.
POWER_MW = (1e-3, 1e5)
_CYCLES = (0.1, 1000)
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
        name=table.text("name"),
        title=table.text("title"),
        core=_core(core),
        abi=table.one_of("abi", layout_names()),
        clock_hz=_fact(table, "clock_hz", *CLOCK_HZ),
        memories=tuple(_memories(table.table("memory", optional=True))),
        overhead_sram_bytes=_bytes_fact(overhead, "sram_bytes"),
        overhead_flash_bytes=_bytes_fact(overhead, "flash_bytes"),
        active_power_mw=_fact(power, "active_mw", *POWER_MW),
        cycles_per_instruction=cycles[0] if cycles else None,
        cycles_source=cycles[1] if cycles else "",
        source=core.text("source"),
    )
    for part in (core, overhead, power, table):
        part.done()
    return board


def _core(table: Table) -> Core:
    core = Core(
        table.text("name"),
        dsp=table.take("dsp", bool),
        mve=table.take("mve", bool),
        fpu=table.take("fpu", bool),
        double_fpu=table.take("double_fpu", bool, False),
    )
    if core.double_fpu and not (core.name == "cortex-m7" and core.fpu):
        raise table.fail("may be true of a cortex-m7 with fpu = true alone", "double_fpu")
    return core


def _fact(table: Table, key: str, low: float, high: float) -> Fact | None:
    if key not in table:
        return None
    entry = table.table(key)
    fact = Fact(entry.number("value", low, high), entry.text("source"))
    entry.done()
    return fact


def _bytes_fact(table: Table, key: str) -> Fact | None:
    fact = _fact(table, key, 0, ADDRESS_SPACE_BYTES)
    if fact is not None and not fact.value.is_integer():
        raise table.fail(f"must be a whole number of bytes, not {fact.value}", f"{key}.value")
    return fact


def _cycles(core: Table) -> tuple[tuple[float, float, float], str] | None:
    if "cycles_per_instruction" not in core:
        return None
    entry = core.table("cycles_per_instruction")
    low, best, high = (entry.number(key, *_CYCLES) for key in ("low", "best", "high"))
    if not low <= best <= high:
        raise entry.fail(f"must satisfy low <= best <= high, not {low}, {best}, {high}", "best")
    source = entry.text("source")
    entry.done()
    return (low, best, high), source


def _memories(table: Table) -> list[Memory]:
    memories = []
    for name, entry in table.tables():
        memory = Memory(
            name=name,
            kind=entry.one_of("kind", ("sram", "flash")),
            size_bytes=entry.whole("bytes", 1, ADDRESS_SPACE_BYTES),
            usable=entry.take("usable", bool, True),
            source=entry.text("source"),
        )
        entry.done()
        memories.append(memory)
    return memories

"""The harness's boards as the host sees them: firmware_harness/boards/<name>/board.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from estimator.errors import MeasurementError
from estimator.facts.code_size import Build
from estimator.facts.strict import Table, load

_LARGEST_SHIFT = 10
"""Of QEMU's -icount."""
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Qemu:
    """How QEMU emulates a board.

    Attributes:
        machine: QEMU's name of it.
        icount_shift: virtual time is executed instructions x 2 ** icount_shift nanoseconds.
        serial: which of the machine's serial ports the firmware uses, from 1.
    """

    machine: str
    icount_shift: int
    serial: int = 1

    def command(self, firmware: Path) -> tuple[str, ...]:
        """The command line, with the firmware's serial port on standard input and output."""
        unused = ("-serial", "null") * (self.serial - 1)
        return (
            "qemu-system-arm", "-M", self.machine, "-icount", f"shift={self.icount_shift}",
            "-display", "none", "-monitor", "none", *unused, "-serial", "stdio",
            "-kernel", str(firmware),
        )  # fmt: skip

    def instructions(self, ticks: int, ticks_hz: int) -> int:
        """Executed instructions during a number of timer ticks, to the nearest."""
        nanoseconds_times_hz = ticks * _NANOSECONDS
        per_instruction = ticks_hz << self.icount_shift
        return (nanoseconds_times_hz + per_instruction // 2) // per_instruction


@dataclass(frozen=True, slots=True)
class FlashTools:
    """How a board's Flash is written, by OpenOCD or st-flash."""

    openocd: tuple[str, ...]
    st_flash_address: str


@dataclass(frozen=True, slots=True)
class HarnessBoard:
    """A board that the harness has a port for.

    Attributes:
        qemu: None on silicon and on the host.
        baud: of the serial port on silicon, else None.
        flash: on silicon, else None.
        application_flash_bytes: build of TFLM -> what the harness's own code adds to the smallest
            firmware for a model; {} where that was not measured.
    """

    name: str
    core: str
    folder: Path
    qemu: Qemu | None
    baud: int | None
    flash: FlashTools | None
    application_flash_bytes: Mapping[str, int]

    @property
    def kind(self) -> str:
        """``silicon``, ``emulated`` or ``host``."""
        if self.qemu is not None:
            return "emulated"
        return "silicon" if self.baud is not None else "host"


def find_harness(folder: Path | None = None) -> Path:
    """The folder firmware_harness: as given, of this checkout, or of the current folder.

    Raises:
        MeasurementError: it isn't there (the wheel doesn't carry it).
    """
    here = Path(__file__).resolve().parents[2]
    candidates = (folder,) if folder is not None else (here / "firmware_harness",
                                                       Path("firmware_harness"))  # fmt: skip
    for candidate in candidates:
        if (candidate / "CMakeLists.txt").is_file():
            return candidate.resolve()
    raise MeasurementError(
        "the firmware harness is not there",
        where=str(candidates[0]),
        fix="clone the repository and run there, or name the folder with --harness",
    )


def board_names(harness: Path) -> tuple[str, ...]:
    """All boards that can be measured on."""
    found = (path.parent.name for path in harness.glob("boards/*/board.toml"))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load_board(harness: Path, name: str) -> HarnessBoard:
    """Read a board's description.

    Raises:
        MeasurementError: there is no such board, or its board.toml is wrong.
    """
    names = board_names(harness)
    if name not in names:
        raise MeasurementError(
            f"there is no board {name!r}", where="--board", fix=f"one of {', '.join(names)}"
        )
    folder = harness / "boards" / name
    table = load(folder / "board.toml", MeasurementError)
    board = HarnessBoard(
        name=name,
        core=table.text("core"),
        folder=folder,
        qemu=_qemu(table.table("qemu")) if "qemu" in table else None,
        baud=_baud(table.table("serial")) if "serial" in table else None,
        flash=_flash(table.table("flash")) if "flash" in table else None,
        application_flash_bytes=_application(table.table("application", optional=True)),
    )
    table.done()
    return board


def _qemu(table: Table) -> Qemu:
    qemu = Qemu(
        table.text("machine"),
        table.whole("icount_shift", 0, _LARGEST_SHIFT),
        table.whole("serial", 1, 8, 1),
    )
    table.done()
    return qemu


def _baud(table: Table) -> int:
    baud = table.whole("baud", 1, 100_000_000)
    table.done()
    return baud


def _application(table: Table) -> dict[str, int]:
    table = table.table("flash_bytes", optional=True)
    sizes = {build.value: table.take(build.value, int) for build in Build if build.value in table}
    table.done()
    return sizes


def _flash(table: Table) -> FlashTools:
    tools = FlashTools(table.texts("openocd"), table.text("st_flash_address"))
    table.done()
    return tools

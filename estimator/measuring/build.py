"""Builds the firmware for one model, by CMake."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from estimator.errors import MeasurementError
from estimator.facts.code_size import Libc
from estimator.graph import Graph
from estimator.measuring.boards import HarnessBoard
from estimator.measuring.library import TflmLibrary
from estimator.measuring.programs import run_program
from estimator.ops import operators
from estimator.reports.resolver_header import HeaderModel, render

_OVERFLOW = re.compile(r"region `(\w+)' overflowed by (\d+) bytes")
_FLASH_SECTIONS = frozenset(
    (".isr_vector", ".vectors", ".text", ".rodata", ".ARM", ".ARM.extab", ".ARM.exidx",
     ".init_arrays", ".data")
)  # fmt: skip
_ERROR = re.compile(r"error|undefined reference|overflowed|cannot", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Firmware:
    """A firmware that is ready to run.

    Attributes:
        elf: the executable.
        binary: the same as a plain image; None on the host.
        compiler, cpu_flags, harness_flags, harness_version: as CMake reports them.
        text_bytes, data_bytes, bss_bytes: linked sizes as ``size`` gives them; bss includes the
            stack and the arena. None on the host.
    """

    elf: Path
    binary: Path | None
    compiler: str
    cpu_flags: str
    harness_flags: str
    harness_version: str
    text_bytes: int | None
    data_bytes: int | None
    bss_bytes: int | None


@dataclass(frozen=True, slots=True)
class LinkedSizes:
    """What a linked firmware takes.

    Attributes:
        flash_bytes: all sections that lie in Flash, the model and the start values of .data
            among them.
        static_bytes: .data and .bss; None where nobody foretells them.
    """

    flash_bytes: int
    static_bytes: int | None


def resolver_header(graph: Graph, arena_bytes: int | None = None) -> str:
    """The header that `mculint resolver` writes for a model.

    Raises:
        MeasurementError: the application would have to register an operator.
    """
    known = operators()
    for _, op in graph.operators:
        if op.name not in known:
            raise MeasurementError(
                f"no method of MicroMutableOpResolver is known for {op.name}",
                where="operators",
                fix="the operator is not one of TFLM's, or not modelled yet",
            )
    return render([HeaderModel("the model", graph, arena_bytes)], known)


def resource_variables(graph: Graph) -> int:
    """How many variables the model's VAR_HANDLE operators name."""
    names = {
        (op.options or {}).get("shared_name", "")
        for _, op in graph.operators
        if op.name == "VAR_HANDLE"
    }
    return len(names)


def build_firmware(
    model: bytes | memoryview,
    graph: Graph,
    board: HarnessBoard,
    library: TflmLibrary | None,
    folder: Path,
) -> Firmware:
    """Configure and build in ``folder``; a later model in the same folder builds only what differs.

    Args:
        model: the .tflite file's bytes.
        graph: the same, read.
        library: None builds the built-in test engine in its place.

    Raises:
        MeasurementError: a tool is missing, the model doesn't fit into the board, or the build
            fails; with the compiler's words.
    """
    settings = {"HARNESS_RESOURCE_VARIABLES": str(resource_variables(graph))}
    header = resolver_header(graph) if library is not None else ""
    cmake = _build("harness", model, header, board, library, folder, settings)
    return _firmware(cmake, board)


def build_smallest(
    model: bytes | memoryview,
    graph: Graph,
    arena_bytes: int,
    board: HarnessBoard,
    library: TflmLibrary,
    libc: Libc,
    folder: Path,
) -> Path:
    """Link the smallest firmware (firmware_harness/probe); returns the executable.

    Args:
        model: the .tflite file's bytes.
        graph: the same, read.
        arena_bytes: of the tensor arena.
        board: whose compiler flags to use.
        libc: the C library to link.

    Raises:
        MeasurementError: as :func:`build_firmware`.
    """
    header, settings = resolver_header(graph, arena_bytes), {"HARNESS_LIBC": libc.value}
    return _build("smallest", model, header, board, library, folder, settings) / "smallest.elf"


def _build(
    target: str,
    model: bytes | memoryview,
    header: str,
    board: HarnessBoard,
    library: TflmLibrary | None,
    folder: Path,
    settings: dict[str, str],
) -> Path:
    """Configure, and build one of the harness's targets; returns CMake's folder."""
    _require_tools(board)
    folder.mkdir(parents=True, exist_ok=True)
    model_file = folder / "model.tflite"
    _write_if_changed(model_file, bytes(model))
    harness = board.folder.parent.parent
    settings |= {"HARNESS_BOARD": board.name, "HARNESS_MODEL": str(model_file)}
    if library is not None:
        resolver = folder / "model" / "resolver.h"
        resolver.parent.mkdir(exist_ok=True)
        _write_if_changed(resolver, header.encode())
        settings |= {
            "HARNESS_RESOLVER": str(resolver),
            "TFLM_LIBRARY": str(library.library),
            "TFLM_INCLUDE": ";".join(map(str, library.include)),
            "TFLM_DEFINITIONS": ";".join(library.definitions),
        }
    cmake = folder / "cmake"
    generator = ["-G", "Ninja"] if shutil.which("ninja") and not cmake.exists() else []
    defines = [f"-D{name}={value}" for name, value in settings.items()]
    _run(["cmake", *generator, "-S", str(harness), "-B", str(cmake), "-DBUILD_TESTING=OFF",
          *defines], board)  # fmt: skip
    _run(["cmake", "--build", str(cmake), "--target", target], board)
    return cmake


def _firmware(cmake: Path, board: HarnessBoard) -> Firmware:
    said = json.loads((cmake / "build.json").read_text())
    host = board.kind == "host"
    elf = cmake / ("harness" if host else "harness.elf")
    text, data, bss = (None, None, None) if host else _sizes(elf)
    return Firmware(
        elf=elf,
        binary=None if host else cmake / "harness.bin",
        compiler=said["compiler"],
        cpu_flags=said["cpu_flags"],
        harness_flags=said["harness_flags"],
        harness_version=said["harness_version"],
        text_bytes=text,
        data_bytes=data,
        bss_bytes=bss,
    )


def section_sizes(elf: Path) -> LinkedSizes:
    """Add up the sections of a linked firmware."""
    command = ["arm-none-eabi-size", "-A", "-d", str(elf)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sizes = {name: int(size) for name, size in re.findall(r"^(\S+) +(\d+) +\d+$", said, re.M)}
    return LinkedSizes(
        sum(size for name, size in sizes.items() if name in _FLASH_SECTIONS),
        sizes.get(".data", 0) + sizes.get(".bss", 0),
    )


def _sizes(elf: Path) -> tuple[int, int, int]:
    done = subprocess.run(
        ["arm-none-eabi-size", str(elf)], capture_output=True, text=True, check=True
    )
    text, data, bss = done.stdout.splitlines()[1].split()[:3]
    return int(text), int(data), int(bss)


def _require_tools(board: HarnessBoard) -> None:
    cross = () if board.kind == "host" else ("arm-none-eabi-gcc", "arm-none-eabi-g++")
    for tool in ("cmake", *cross):
        if shutil.which(tool) is None:
            raise MeasurementError(
                "is not installed",
                where=tool,
                fix="apt install cmake gcc-arm-none-eabi libnewlib-arm-none-eabi"
                " libstdc++-arm-none-eabi-newlib",
            )


def _run(command: list[str], board: HarnessBoard) -> None:
    done = run_program(command)
    if done.returncode == 0:
        return
    output = done.stdout + done.stderr
    overflow = _OVERFLOW.search(output)
    if overflow is not None:
        raise MeasurementError(
            f"the firmware does not fit: {overflow.group(2)} bytes too many for its"
            f" {overflow.group(1)}",
            where=board.name,
            fix="a smaller model, or a bigger board",
        )
    if "no room left for a tensor arena" in output:
        raise MeasurementError("no RAM is left for a tensor arena", where=board.name)
    raise MeasurementError(f"the build failed: {_telling(output.splitlines())}", where=board.name)


def _telling(lines: Iterable[str]) -> str:
    """The lines that say why, or the last few."""
    every = [line.strip() for line in lines if line.strip()]
    errors = [line for line in every if _ERROR.search(line)]
    return "\n".join((errors or every)[-8:])


def _write_if_changed(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)

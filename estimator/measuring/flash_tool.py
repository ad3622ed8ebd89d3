"""Writes firmware into a board's Flash, with OpenOCD or st-flash, whichever is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from estimator.errors import MeasurementError
from estimator.measuring.boards import FlashTools
from estimator.measuring.programs import run_program

_TIMEOUT_SECONDS = 120


def flash(elf: Path, binary: Path, tools: FlashTools, probe_serial: str | None = None) -> str:
    """Write, verify and start a firmware; returns the tool that did it.

    Args:
        elf, binary: the same firmware in the two formats.
        tools: the board's way of being written.
        probe_serial: serial number of the debug probe, where several boards are connected.

    Raises:
        MeasurementError: neither tool is installed, or it failed.
    """
    if shutil.which("openocd"):
        _run(_openocd(elf, tools, probe_serial))
        return "openocd"
    if shutil.which("st-flash"):
        _run(_st_flash(binary, tools, probe_serial))
        return "st-flash"
    raise MeasurementError(
        "neither openocd nor st-flash is installed",
        where="flashing",
        fix="apt install openocd, or apt install stlink-tools",
    )


def _openocd(elf: Path, tools: FlashTools, probe_serial: str | None) -> list[str]:
    command = ["openocd"]
    for file in tools.openocd:
        command += ["-f", file]
    if probe_serial is not None:
        command += ["-c", f"adapter serial {probe_serial}"]
    return [*command, "-c", f"program {{{elf}}} verify reset exit"]


def _st_flash(binary: Path, tools: FlashTools, probe_serial: str | None) -> list[str]:
    serial = [] if probe_serial is None else ["--serial", probe_serial]
    return ["st-flash", *serial, "--reset", "write", str(binary), tools.st_flash_address]


def _run(command: list[str]) -> None:
    try:
        done = run_program(command, timeout=_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise MeasurementError(
            f"did not end within {_TIMEOUT_SECONDS} s",
            where=command[0],
            fix="check the board's USB cable",
        ) from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-500:]
        raise MeasurementError(
            f"failed: {words}", where=command[0], fix="check the board's USB cable and power"
        )

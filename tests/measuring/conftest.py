"""Firmware with the built-in engine, built once per board, and ways to disturb its line."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from estimator.measuring.boards import HarnessBoard, find_harness, load_board
from estimator.measuring.build import Firmware, build_firmware
from estimator.measuring.protocol import Link, Timeouts
from estimator.measuring.transport import ProcessTransport
from estimator.reading import open_model, read

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "golden" / "models" / "kws_ds_cnn_int8.tflite"
QUICK = Timeouts(acknowledge=5.0, compute=30.0)
"""Generous: a loaded machine must not make a test fail that is not about time."""
TOOLS = ("cmake", "arm-none-eabi-gcc", "qemu-system-arm")


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.fail(
            f"{', '.join(missing)} missing: apt install cmake gcc-arm-none-eabi"
            " libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm"
        )


@pytest.fixture(scope="session")
def harness() -> Path:
    return find_harness()


@pytest.fixture(scope="session")
def board_of(harness: Path) -> Callable[[str], HarnessBoard]:
    return lambda name: load_board(harness, name)


@pytest.fixture(scope="session")
def firmware_of(
    board_of: Callable[[str], HarnessBoard], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Firmware]:
    """Firmware for a board with MODEL and the built-in engine."""
    built: dict[str, Firmware] = {}
    folder = tmp_path_factory.mktemp("firmware")

    def build(name: str) -> Firmware:
        if name not in built:
            model = open_model(MODEL)
            built[name] = build_firmware(model, read(model), board_of(name), None, folder / name)
        return built[name]

    return build


@pytest.fixture
def connect(
    board_of: Callable[[str], HarnessBoard], firmware_of: Callable[[str], Firmware]
) -> Iterator[Callable[[str], Link]]:
    """A fresh conversation with a board that has just started."""
    opened: list[ProcessTransport] = []

    def open_link(name: str) -> Link:
        qemu, elf = board_of(name).qemu, firmware_of(name).elf
        transport = ProcessTransport(qemu.command(elf) if qemu is not None else [str(elf)])
        opened.append(transport)
        link = Link(transport, QUICK)
        if not link.await_boot(10):
            pytest.fail(f"{name} does not start")
        return link

    yield open_link
    for transport in opened:
        transport.close()

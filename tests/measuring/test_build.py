"""Building: every board links, the template doesn't, and what doesn't fit says so."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from estimator.errors import MeasurementError
from estimator.graph import Graph, Op, Subgraph
from estimator.measuring import measure
from estimator.measuring.boards import HarnessBoard, board_names, find_harness, load_board
from estimator.measuring.build import (
    Firmware,
    build_firmware,
    resolver_header,
    resource_variables,
)
from estimator.measuring.flash_tool import flash
from estimator.ops import operators
from estimator.reading import open_model, read

from .conftest import MODEL, ROOT

BOARDS = board_names(ROOT / "firmware_harness")
# Flash and RAM of the chips, from their data sheets (STM32F446RE DS10693, F746ZG DS10916,
# F767ZI DS11532, L4R5ZI DS12023, F405RG DS8626).
CHIPS = {
    "nucleo_f446re": (512, 128),
    "nucleo_f746zg": (1024, 320),
    "nucleo_f767zi": (2048, 512),
    "nucleo_l4r5zi": (2048, 640),
    "netduinoplus2": (1024, 128),
}


def graph_of(*ops: Op) -> Graph:
    return Graph((Subgraph(0, "main", (), (), (), ops),))


def test_boards_of_the_issue_are_there() -> None:
    emulated = {"mps2_an386", "mps2_an500", "mps3_an547"}
    assert set(BOARDS) == {*CHIPS, *emulated, "native"}


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_builds_within_its_memory(
    name: str, firmware_of: Callable[[str], Firmware]
) -> None:
    firmware = firmware_of(name)
    assert firmware.elf.is_file()
    assert firmware.harness_version == "1.2.0"
    if name == "native":
        return
    sizes = (firmware.text_bytes, firmware.data_bytes, firmware.bss_bytes)
    assert None not in sizes
    text, data, bss = (size or 0 for size in sizes)
    assert text > MODEL.stat().st_size
    if name in CHIPS:
        flash_kib, ram_kib = CHIPS[name]
        assert text + data <= flash_kib * 1024
        # The arena takes all RAM that is left, up to the alignment of sections.
        assert ram_kib * 1024 - 64 <= data + bss <= ram_kib * 1024


def test_no_path_of_this_machine_is_recorded(firmware_of: Callable[[str], Firmware]) -> None:
    firmware = firmware_of("mps2_an500")
    for text in (firmware.compiler, firmware.cpu_flags, firmware.harness_flags):
        assert str(ROOT) not in text and "/" not in text


def test_template_does_not_compile(harness: Path, tmp_path: Path) -> None:
    """Each function of the port is an #error until it is written."""
    configure = ["cmake", "-S", str(harness), "-B", str(tmp_path), "-DHARNESS_BOARD=_template"]
    subprocess.run([*configure, f"-DHARNESS_MODEL={MODEL}"], check=True, capture_output=True)
    build = subprocess.run(
        ["cmake", "--build", tmp_path], capture_output=True, text=True, check=False
    )
    assert build.returncode != 0
    asked = set(re.findall(r'#error "(\w+)', build.stdout + build.stderr))
    assert asked == {
        "kBoard", "board_arena", "board_stack", "board_start", "board_ticks", "board_read_byte",
        "board_write_byte", "board_reset",
    }  # fmt: skip


def test_unit_tests_of_the_core(harness: Path, tmp_path: Path) -> None:
    configure = ["cmake", "-S", str(harness), "-B", str(tmp_path), f"-DHARNESS_MODEL={MODEL}"]
    subprocess.run(configure, check=True, capture_output=True)
    build = ["cmake", "--build", str(tmp_path), "--target", "core_test"]
    subprocess.run(build, check=True, capture_output=True)
    done = subprocess.run(
        [tmp_path / "tests" / "core_test"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "core_test: all passed\n"


def test_model_that_does_not_fit(board_of: Callable[[str], HarnessBoard], tmp_path: Path) -> None:
    model = open_model(ROOT / "golden" / "models" / "micronet_kws_l_int8.tflite")
    with pytest.raises(MeasurementError, match=r"\d+ bytes too many for its FLASH"):
        build_firmware(model, read(model), board_of("nucleo_f446re"), None, tmp_path)


def test_next_model_in_the_same_folder(
    board_of: Callable[[str], HarnessBoard], tmp_path: Path
) -> None:
    texts = []
    for name in ("kws_ds_cnn", "str_ww"):
        model = open_model(ROOT / "golden" / "models" / f"{name}_int8.tflite")
        firmware = build_firmware(model, read(model), board_of("mps2_an386"), None, tmp_path)
        texts.append((firmware.text_bytes or 0) - len(model))
    assert abs(texts[0] - texts[1]) < 64


def test_header_registers_each_operator_once() -> None:
    graph = graph_of(Op(0, "CONV_2D", (), ()), Op(1, "RESHAPE", (), ()), Op(2, "CONV_2D", (), ()))
    methods = re.findall(r"resolver\.(\w+)\(\);", resolver_header(graph))
    assert methods == ["AddConv2D", "AddReshape"]


def test_unknown_operator() -> None:
    with pytest.raises(MeasurementError, match="known for MyOperator"):
        resolver_header(graph_of(Op(0, "MyOperator", (), (), is_custom=True)))


def test_golden_models_operators_are_known() -> None:
    for path in sorted((ROOT / "golden" / "models").glob("*.tflite")):
        graph = read(open_model(path))
        methods = re.findall(r"resolver\.(\w+)\(\);", resolver_header(graph))
        assert methods == sorted({operators()[op.name].resolver for _, op in graph.operators})


def test_resource_variables_are_counted_by_name() -> None:
    ops = [Op(i, "VAR_HANDLE", (), (), options={"shared_name": n}) for i, n in enumerate("aab")]
    assert resource_variables(graph_of(*ops)) == 2
    assert resource_variables(graph_of(Op(0, "CONV_2D", (), ()))) == 0


def test_unknown_board(harness: Path) -> None:
    with pytest.raises(MeasurementError, match=r"there is no board 'uno'.*nucleo_f446re"):
        load_board(harness, "uno")
    with pytest.raises(MeasurementError, match="there is no board '_template'"):
        load_board(harness, "_template")


def test_harness_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="clone the repository"):
        find_harness(tmp_path)


def test_silicon_needs_a_port() -> None:
    with pytest.raises(MeasurementError, match="needs a serial port"):
        next(iter(measure([MODEL], "nucleo_f446re")))


def test_one_bad_model_does_not_stop_the_others(tmp_path: Path) -> None:
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(b"not a model")
    outcomes = list(measure([bad, MODEL, tmp_path / "none.tflite"], "native"))
    assert [outcome.error is None for outcome in outcomes] == [False, True, False]


@pytest.mark.parametrize("missing", ["cmake", "arm-none-eabi-gcc"])
def test_missing_tool(
    missing: str,
    board_of: Callable[[str], HarnessBoard],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("cmake", "make", "arm-none-eabi-g++", "sh", "uname", "arm-none-eabi-gcc"):
        found = shutil.which(tool)
        if tool != missing and found is not None:
            (tools / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(tools))
    model = open_model(MODEL)
    with pytest.raises(MeasurementError, match=f"{missing}: is not installed"):
        build_firmware(model, read(model), board_of("mps2_an386"), None, tmp_path / "build")


def fake_tool(folder: Path, name: str, code: int) -> None:
    script = folder / name
    script.write_text(
        f'#!/bin/sh\necho "$0 $@" >> {folder}/calls\necho "no probe" >&2\nexit {code}\n'
    )
    script.chmod(0o755)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (
            "openocd",
            "-f interface/stlink.cfg -f target/stm32f4x.cfg -c adapter serial 42"
            " -c program {h.elf} verify reset exit",
        ),
        ("st-flash", "--serial 42 --reset write h.bin 0x08000000"),
    ],
)
def test_flashing(
    tool: str,
    arguments: str,
    board_of: Callable[[str], HarnessBoard],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    tools = board_of("nucleo_f446re").flash
    assert tools is not None
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MeasurementError, match="neither openocd nor st-flash"):
        flash(Path("h.elf"), Path("h.bin"), tools)
    fake_tool(tmp_path, tool, 0)
    assert flash(Path("h.elf"), Path("h.bin"), tools, "42") == tool
    assert (tmp_path / "calls").read_text() == f"{tmp_path}/{tool} {arguments}\n"
    fake_tool(tmp_path, tool, 1)
    with pytest.raises(MeasurementError, match=f"{tool}: failed: no probe"):
        flash(Path("h.elf"), Path("h.bin"), tools)

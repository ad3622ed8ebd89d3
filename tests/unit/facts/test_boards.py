"""The boards' files are complete, sourced and plausible, and the checker finds it where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from estimator.errors import FactsError
from estimator.facts.board import BOARDS, Board, Fact, Memory, board_names, load_board
from estimator.facts.plausibility import board_faults
from estimator.facts.runtime import Core

ALL = [load_board(name) for name in board_names()]
GOOD = load_board("stm32f746zg")


def test_all_boards_are_plausible() -> None:
    assert list(board_faults(ALL)) == []


def test_files_are_named_as_their_boards() -> None:
    assert [board.name for board in ALL] == sorted(path.stem for path in BOARDS.glob("*.toml"))


@pytest.mark.parametrize(
    "family",
    [
        "stm32g0", "stm32f4", "stm32l4", "stm32f7", "stm32h7", "stm32u5", "stm32wb", "stm32n6",
        "nrf52840", "nrf5340", "rp2040", "rp2350", "arduino-nano-33-ble", "arduino-portenta-h7",
        "mimxrt1060", "ek-ra6", "apollo3", "apollo4", "efr32",
    ],
)  # fmt: skip
def test_the_families_that_people_use_are_there(family: str) -> None:
    assert any(name.startswith(family) for name in board_names())


DOUBLE = {
    "arduino-portenta-h7", "cortex-m7-dp", "mimxrt1060-evk", "stm32f767zi", "stm32f769ni",
    "stm32h723zg", "stm32h743zi", "stm32h745zi", "stm32h753zi", "stm32h7a3zi", "teensy-4.1",
}  # fmt: skip
"""Cortex-M7s with a double-precision FPU; that of STM32F722 and F746 has single precision."""


def test_double_precision_selects_other_code() -> None:
    assert {board.name for board in ALL if board.core.double_fpu} == DOUBLE
    for board in ALL:
        assert board.core.code_name == board.core.name + ("-dp" if board.name in DOUBLE else "")


@pytest.mark.parametrize(
    ("core", "fpu"), [("cortex-m4", "true"), ("cortex-m55", "true"), ("cortex-m7", "false")]
)
def test_double_precision_is_a_cortex_m7s(tmp_path: Path, core: str, fpu: str) -> None:
    path = tmp_path / "mine.toml"
    text = (BOARDS / "cortex-m7-dp.toml").read_text()
    text = text.replace('[core]\nname = "cortex-m7"', f'[core]\nname = "{core}"')
    path.write_text(text.replace("\nfpu = true", f"\nfpu = {fpu}"))
    with pytest.raises(FactsError, match=r"mine\.toml: core\.double_fpu: may be true"):
        load_board(str(path))


def test_there_are_at_least_forty_boards() -> None:
    assert sum(not board.is_bare_core for board in ALL) >= 40


def _memory(**changes: Any) -> Board:
    first, *rest = GOOD.memories
    return replace(GOOD, memories=(replace(first, **changes), *rest))


@pytest.mark.parametrize(
    ("board", "fault"),
    [
        (replace(GOOD, clock_hz=None), "has no clock"),
        (replace(GOOD, clock_hz=Fact(216.0, "data sheet DS1, features")), "a clock of 216 Hz"),
        (replace(GOOD, source="somewhere"), "names no document"),
        (replace(GOOD, source="data sheet DS1, features: 320 KB"), "names no document and place"),
        (_memory(source="header.h (commit main): SRAM_SIZE"), "names no document and place"),
        (_memory(size_bytes=320), "320 bytes are implausible"),
        (_memory(size_bytes=327_681), "are no whole KiB"),
        (_memory(usable=False), "has no usable sram"),
        (
            replace(GOOD, memories=(*GOOD.memories, replace(GOOD.memories[0], name="sram3"))),
            "has more than one usable sram: dtcm_sram1_sram2, sram3",
        ),
        (replace(GOOD, core=Core("cortex-m7", dsp=False, fpu=True)), "dsp = false"),
        (replace(GOOD, core=Core("cortex-m99")), "is not known"),
        (replace(GOOD, memories=()), "has a clock and no memory"),
    ],
)
def test_the_checker_finds(board: Board, fault: str) -> None:
    assert any(fault in found for found in board_faults([board]))


@pytest.mark.parametrize(
    "source",
    [
        "vendor/repository include/chip.h (commit 0123abcd): SRAM_SIZE",
        "data sheet DS1, Table 2: 320 Kbyte of SRAM",
        "data sheet DS1, features: 320 Kbyte, not checked against the document",
    ],
)
def test_a_source_says_where_it_was_read_or_that_it_was_not(source: str) -> None:
    assert list(board_faults([_memory(source=source)])) == []


def test_the_checker_finds_duplicates() -> None:
    assert list(board_faults([GOOD, GOOD])) == [
        "two boards have the name 'stm32f746zg'",
        f"two boards have the title {GOOD.title!r}",
    ]


def test_memory_that_is_not_usable_is_not_counted() -> None:
    board = replace(GOOD, memories=(*GOOD.memories, Memory("x", "sram", 1024, False, "a b c")))
    assert board.capacity_bytes("sram") == GOOD.capacity_bytes("sram")

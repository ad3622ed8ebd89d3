"""The Flash report as text and as a treemap."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from estimator.analysis.flash import estimate_flash
from estimator.analysis.flash_shares import Share, by_kind, by_tensor, code_choices
from estimator.facts.board import load_board
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Kernels, Runtime
from estimator.reading import read
from estimator.reports import flash_svg, flash_text
from estimator.reports.flash_svg import Box, squarify
from estimator.rewriting.strip import savings

KWS = (Path(__file__).parents[3] / "golden/models/kws_ds_cnn_int8.tflite").read_bytes()
RUNTIME = Runtime(Kernels.CMSIS_NN, load_board("cortex-m4").core, load_layout("arm-none-eabi"))
FLASH = estimate_flash(read(memoryview(KWS)), memoryview(KWS), RUNTIME)


def text(**more: object) -> str:
    console = Console(width=120, color_system=None)
    with console.capture() as capture:
        console.print(flash_text.render(FLASH, by_kind(FLASH.ranges), **more))  # type: ignore[arg-type]
    return capture.get()


def test_text_has_every_kind_and_the_totals() -> None:
    printed = text(choices=code_choices(FLASH.resolver, RUNTIME), savings=savings(memoryview(KWS)))
    for kind, size in FLASH.model_parts.items():
        assert re.search(rf"^ {re.escape(kind)} +{size:,} B", printed, re.M), kind
    assert f"model file {len(KWS):,} B" in printed
    assert f"{round(FLASH.total_bytes.best or 0):,} B" in printed
    assert re.search(r"^ Conv2D +[\d,]+ B +[\d,]+ B +[\d,]+ B", printed, re.M)
    assert "all operators of TFLM instead of these: +" in printed
    assert "reference kernels instead: -" in printed
    assert re.search(r"^ names +[\d,]+ B", printed, re.M)


def test_top_sums_up_the_rest() -> None:
    printed = text(top=2)
    rest = sum(sorted(FLASH.model_parts.values())[:-2])
    assert f"{len(FLASH.model_parts) - 2} more" in printed
    assert f"{rest:,} B" in printed


def test_treemap_areas_are_in_proportion() -> None:
    graph = read(memoryview(KWS))
    shares = by_tensor(FLASH.ranges, graph)
    root = ElementTree.fromstring(flash_svg.render(FLASH, shares))
    space = "{http://www.w3.org/2000/svg}"
    areas = {}
    for rectangle in root.iter(f"{space}rect"):
        title = rectangle.find(f"{space}title")
        if title is not None and rectangle.get("class") == "part":
            label, size = (title.text or "").rsplit(": ", 1)
            sides = float(rectangle.get("width", 0)), float(rectangle.get("height", 0))
            areas[label] = (sides[0] * sides[1], int(size.removesuffix(" B").replace(",", "")))
    assert len(areas) == len(shares) + len(FLASH.code_parts)
    largest = [areas[share.label] for share in shares[:5]]
    ratios = [area / size for area, size in largest]
    assert max(ratios) / min(ratios) == pytest.approx(1, rel=0.02)


def test_treemap_escapes_names() -> None:
    hostile = Share("<script>\x1b]&\"'", 10, ())
    document = flash_svg.render(FLASH, [hostile])
    ElementTree.fromstring(document)
    assert "<script" not in document
    assert "\x1b" not in document


def test_treemap_of_very_many_parts_is_bounded() -> None:
    shares = [Share(str(i), 5, ()) for i in range(20_000)]
    document = flash_svg.render(FLASH, shares)
    assert "19,600 more" in document.replace("19600 more", "19,600 more")
    assert len(document) < 400_000


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_squarify_fills_the_box_without_overlap(sizes: list[int]) -> None:
    sizes.sort(reverse=True)
    outer = Box(10, 20, 300, 200)
    boxes = squarify(sizes, outer)
    assert len(boxes) == len(sizes)
    scale = 300 * 200 / sum(sizes)
    for size, box in zip(sizes, boxes):
        assert box.width * box.height == pytest.approx(size * scale, rel=1e-6)
        assert box.x >= 10 - 1e-6
        assert box.y >= 20 - 1e-6
        assert box.x + box.width <= 310 + 1e-6
        assert box.y + box.height <= 220 + 1e-6
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert wide < 1e-6 or high < 1e-6

"""Squarified treemap: areas in proportion, rectangles as square as they get.

Bruls, Huizing, van Wijk, "Squarified Treemaps", Data Visualization 2000.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """Where an item lies; ``item`` is its position in the input."""

    item: int
    x: float
    y: float
    width: float
    height: float


def layout(values: Sequence[float], width: float, height: float) -> tuple[Box, ...]:
    """Boxes for all values above 0, which together fill ``width`` x ``height``."""
    order = sorted((i for i, value in enumerate(values) if value > 0), key=lambda i: -values[i])
    total = sum(values[i] for i in order)
    if not total:
        return ()
    scale = width * height / total
    areas = [(i, values[i] * scale) for i in order]
    return tuple(_rows(areas, 0.0, 0.0, width, height))


def _rows(
    areas: list[tuple[int, float]], x: float, y: float, width: float, height: float
) -> Iterator[Box]:
    """Cut one row after the other off the shorter side."""
    while areas:
        side = min(width, height)
        count = _row_length(areas, side)
        row, areas = areas[:count], areas[count:]
        thickness = sum(area for _, area in row) / side if side else 0.0
        at = 0.0
        for index, area in row:
            length = area / thickness if thickness else 0.0
            if width >= height:
                yield Box(index, x, y + at, thickness, length)
            else:
                yield Box(index, x + at, y, length, thickness)
            at += length
        if width >= height:
            x, width = x + thickness, max(width - thickness, 0.0)
        else:
            y, height = y + thickness, max(height - thickness, 0.0)


def _row_length(areas: list[tuple[int, float]], side: float) -> int:
    """How many items make the row whose worst box is the squarest."""
    best = float("inf")
    total = 0.0
    for count, (_, area) in enumerate(areas, 1):
        total += area
        largest, smallest = areas[0][1], area
        worst = max(side**2 * largest / total**2, total**2 / (side**2 * smallest)) if side else 0.0
        if worst > best:
            return count - 1
        best = worst
    return len(areas)

"""A treemap of Flash as SVG: the model file's parts and the code's, areas in proportion to bytes.

The layout is the squarified treemap of Bruls, Huizing and van Wijk (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from estimator.analysis.flash import FlashMap
from estimator.analysis.flash_shares import Share
from estimator.reports._escape import printable

_WIDTH, _HEIGHT, _TOP, _GROUP = 960.0, 600.0, 30.0, 18.0
_COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#76b7b2", "#edc948", "#b07aa1", "#9c755f", "#ff9da7")
_MOST_PARTS = 400
"""More areas than that can't be told apart; the rest becomes one."""
_LETTER = 6.6
"""Width of a letter at the font's size, about."""


class Box(NamedTuple):
    """A rectangle; lengths in SVG's user units."""

    x: float
    y: float
    width: float
    height: float


def render(flash: FlashMap, shares: Sequence[Share]) -> str:
    """A self-contained SVG document; the tooltip of an area names it and its bytes."""
    groups = [("model", [(share.label, share.bytes) for share in shares])]
    if flash.code_parts:
        groups.append(("code", sorted(flash.code_parts.items(), key=lambda part: -part[1])))
    groups = [(name, _largest(items)) for name, items in groups]
    sizes = [sum(size for _, size in items) for _, items in groups]
    body: list[str] = []
    order = sorted(range(len(groups)), key=lambda i: -sizes[i])
    boxes = squarify([sizes[i] for i in order], Box(0, _TOP, _WIDTH, _HEIGHT))
    for index, box in zip(order, boxes):
        name, items = groups[index]
        body += _group(f"{name}: {sizes[index]:,} B", items, box)
    title = "Flash: " + ", ".join(f"{name} {size:,} B" for (name, _), size in zip(groups, sizes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_TOP + _HEIGHT:g}" '
        f'font-family="sans-serif" font-size="12" role="img">\n<title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="4" y="20">{escape(title)}</text>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _largest(items: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    shown = [item for item in items if item[1] > 0]
    rest = shown[_MOST_PARTS:]
    if rest:
        shown[_MOST_PARTS:] = [(f"{len(rest)} more", sum(size for _, size in rest))]
        shown.sort(key=lambda item: -item[1])
    return shown


def _group(caption: str, items: Sequence[tuple[str, int]], box: Box) -> Iterator[str]:
    inner = Box(box.x + 1, box.y + _GROUP, max(box.width - 2, 0), max(box.height - _GROUP - 1, 0))
    yield _rectangle(box, "#333", caption, "group")
    yield _caption(Box(box.x, box.y, box.width, _GROUP), caption, "#fff")
    for index, ((label, size), area) in enumerate(
        zip(items, squarify([size for _, size in items], inner))
    ):
        name = printable(label)
        yield _rectangle(area, _COLORS[index % len(_COLORS)], f"{name}: {size:,} B", "part")
        yield _caption(area, name, "#000")


def _rectangle(box: Box, color: str, title: str, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" fill="{color}" stroke="#fff" stroke-width="0.5">'
        f"<title>{escape(title)}</title></rect>"
    )


def _caption(box: Box, text: str, color: str) -> str:
    """The text, cut to what fits; nothing where next to nothing does."""
    letters = int((box.width - 6) / _LETTER)
    if letters < 3 or box.height < 14:
        return ""
    shown = text if len(text) <= letters else text[: letters - 1] + "…"
    return (
        f'<text x="{box.x + 3:.1f}" y="{box.y + 13:.1f}" fill="{color}" '
        f'pointer-events="none">{escape(shown)}</text>'
    )


def squarify(sizes: Sequence[int], box: Box) -> list[Box]:
    """Divide a rectangle among sizes, largest first, into boxes as square as can be.

    Returns:
        One box per size, in the same order.
    """
    whole = sum(sizes)
    scale = box.width * box.height / whole if whole else 0.0
    areas = [size * scale for size in sizes]
    boxes: list[Box] = []
    while len(boxes) < len(areas):
        side = min(box.width, box.height)
        row = [areas[len(boxes)]]
        for area in areas[len(boxes) + 1 :]:
            if _worst([*row, area], side) > _worst(row, side):
                break
            row.append(area)
        box = _lay(row, box, boxes)
    return boxes


def _worst(row: Sequence[float], side: float) -> float:
    """The largest ratio of sides in a row along a side of this length."""
    total = sum(row)
    if not total or not side or not min(row):
        return float("inf")
    return max(side * side * max(row) / total**2, total**2 / (side * side * min(row)))


def _lay(row: Sequence[float], box: Box, boxes: list[Box]) -> Box:
    """Add a row's boxes along the shorter side. Returns what is left of the rectangle."""
    upright = box.width >= box.height
    side = box.height if upright else box.width
    depth = sum(row) / side if side else 0.0
    at = 0.0
    for area in row:
        length = area / depth if depth else 0.0
        if upright:
            boxes.append(Box(box.x, box.y + at, depth, length))
        else:
            boxes.append(Box(box.x + at, box.y, length, depth))
        at += length
    if upright:
        return Box(box.x + depth, box.y, max(box.width - depth, 0.0), box.height)
    return Box(box.x, box.y + depth, box.width, max(box.height - depth, 0.0))

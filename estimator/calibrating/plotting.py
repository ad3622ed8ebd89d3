"""Draws latency against operations by backbone and board, with fitted lines, as plain SVG.

As Fig. 4 of MicroNets (arXiv 2010.11267), from published measurements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from scipy.stats import linregress

from estimator.calibrating.measurements import Measurement
from estimator.facts.calibration import Backbone

_WIDTH, _HEIGHT = 420, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 34, 46
_COLOURS = {
    Backbone.DS_CNN: "#0072b2",
    Backbone.MOBILENET_V1: "#009e73",
    Backbone.MOBILENET_V2: "#d55e00",
    Backbone.RESNET: "#cc79a7",
    Backbone.FC_AUTOENCODER: "#000000",
    Backbone.RECURRENT: "#e69f00",
    Backbone.OTHER: "#999999",
}
"""Okabe and Ito's palette: distinct for colour-blind readers too."""
_LEAST_POINTS = 3


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a value to a pixel; ``ticks`` are the values to label."""

    top: float
    start: float
    length: float

    def __call__(self, value: float) -> float:
        return self.start + self.length * value / self.top

    @property
    def ticks(self) -> tuple[float, ...]:
        step = _round_step(self.top / 4)
        return tuple(step * index for index in range(floor(self.top / step + 1e-9) + 1))


def latency_plot(rows: Iterable[Measurement]) -> str:
    """The SVG: one panel per board; estimated measurements are left out."""
    boards: dict[str, list[Measurement]] = {}
    for row in rows:
        if not row.estimated and row.ops is not None:
            boards.setdefault(row.board, []).append(row)
    panels = [_panel(board, group) for board, group in sorted(boards.items())]
    columns = min(2, len(panels)) or 1
    width, height = columns * _WIDTH, ceil(len(panels) / columns) * _HEIGHT
    body = "\n".join(
        f'<g transform="translate({index % columns * _WIDTH},{index // columns * _HEIGHT})">'
        f"\n{panel}\n</g>"
        for index, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n{body}\n</svg>\n'
    )


def _panel(board: str, rows: Sequence[Measurement]) -> str:
    across = _Scale(
        1.08 * max((row.ops or 0) / 1e6 for row in rows), _LEFT, _WIDTH - _LEFT - _RIGHT
    )
    up = _Scale(
        1.08 * max(row.latency_ms for row in rows), _HEIGHT - _BOTTOM, _TOP + _BOTTOM - _HEIGHT
    )
    parts = [*_axes(board, across, up)]
    labels = []
    for backbone in Backbone:
        own = [row for row in rows if row.backbone is backbone]
        if own:
            text = f"{backbone.value} ({len(own)})"
            if len(own) >= _LEAST_POINTS:
                line, r2 = _line(own, across, up, _COLOURS[backbone])
                parts.append(line)
                text += f", r\u00b2 {r2:.3f}"
            parts += [_point(row, across, up) for row in own]
            labels.append((text, _COLOURS[backbone]))
    for index, (text, colour) in enumerate(labels):
        y = _TOP + 14 + 15 * index
        parts.append(f'<circle cx="{_LEFT + 12}" cy="{y - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{_LEFT + 21}" y="{y}">{escape(text)}</text>')
    return "\n".join(parts)


def _axes(board: str, across: _Scale, up: _Scale) -> Iterable[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    yield f'<text x="{_LEFT}" y="{_TOP - 12}" font-size="13">{escape(board)}</text>'
    for value in up.ticks:
        y = up(value)
        yield f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    for value in across.ticks:
        x = across(value)
        yield f'<path d="M{x:.1f} {bottom}v4" stroke="black"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{value:g}</text>'
    yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="black"/>'
    middle = (_LEFT + right) / 2
    yield (
        f'<text x="{middle}" y="{bottom + 35}" text-anchor="middle">'
        "operations, millions (1 MAC = 2 ops)</text>"
    )
    y = (_TOP + bottom) / 2
    yield (
        f'<text transform="translate(14,{y}) rotate(-90)" text-anchor="middle">latency, ms</text>'
    )


def _line(
    rows: Sequence[Measurement], across: _Scale, up: _Scale, colour: str
) -> tuple[str, float]:
    """The least-squares line over the range of its points, and its r2."""
    xs = [(row.ops or 0) / 1e6 for row in rows]
    fit = linregress(xs, [row.latency_ms for row in rows])
    ends = [(across(x), up(fit.intercept + fit.slope * x)) for x in (min(xs), max(xs))]
    (x1, y1), (x2, y2) = ends
    path = f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="1.5"/>'
    return path, float(fit.rvalue**2)


def _point(row: Measurement, across: _Scale, up: _Scale) -> str:
    x, y = across((row.ops or 0) / 1e6), up(row.latency_ms)
    title = f"{row.model}: {(row.ops or 0) / 1e6:.4g} Mops, {row.latency_ms:g} ms"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_COLOURS[row.backbone]}" '
        f'fill-opacity="0.75"><title>{escape(title)}</title></circle>'
    )


def _round_step(value: float) -> float:
    """The nearest of 1, 2, 5 x a power of ten that is not below a value."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)

"""The arena over time as SVG: one rectangle per buffer, time to the right, offsets upwards."""

from __future__ import annotations

from html import escape

from estimator.analysis.arena import ArenaMap
from estimator.analysis.occupancy import fragmentation_bytes, live_bytes, peak_step
from estimator.graph import Graph
from estimator.reports._escape import printable
from estimator.reports.plan_text import step_name

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 900, 420, 70, 30, 40
_COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#76b7b2", "#edc948", "#b07aa1", "#9c755f", "#ff9da7")
_SCRATCH = "#bab0ac"


def render(graph: Graph, arena: ArenaMap) -> str:
    """A self-contained SVG document; the tooltip of a rectangle names the buffer."""
    plan = arena.plan
    steps = max(len(live_bytes(plan)), 1)
    whole = max(plan.size_bytes, 1)
    x_scale, y_scale = _WIDTH / steps, _HEIGHT / whole
    peak = peak_step(plan)
    body = [
        f'<rect x="{_LEFT + peak * x_scale:.1f}" y="{_TOP}" width="{x_scale:.1f}" '
        f'height="{_HEIGHT}" fill="#d62728" opacity="0.12"/>'
    ]
    for index, (buffer, offset) in enumerate(zip(plan.buffers, plan.offsets)):
        first, last = max(buffer.first_use, 0), max(buffer.last_use, 0)
        height = buffer.size_bytes * y_scale
        title = (
            f"{printable(buffer.what)}: {buffer.size_bytes:,} B at {offset:,}, "
            f"steps {buffer.first_use} to {buffer.last_use}"
        )
        color = _SCRATCH if buffer.tensor is None else _COLORS[index % len(_COLORS)]
        body.append(
            f'<rect class="buffer" x="{_LEFT + first * x_scale:.1f}" '
            f'y="{_TOP + _HEIGHT - offset * y_scale - height:.1f}" '
            f'width="{(last - first + 1) * x_scale:.1f}" height="{height:.1f}" fill="{color}" '
            f'stroke="#fff" stroke-width="0.5"><title>{escape(title)}</title></rect>'
        )
    body += _axes(graph, arena, steps, x_scale, peak)
    width, height = _LEFT + _WIDTH + 20, _TOP + _HEIGHT + _BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" role="img">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _axes(graph: Graph, arena: ArenaMap, steps: int, x_scale: float, peak: int) -> list[str]:
    base = _TOP + _HEIGHT
    caption = (
        f"head {arena.head_bytes:,} B, peak at step {peak} "
        f"({step_name(graph, arena, peak)}), fragmentation {fragmentation_bytes(arena.plan):,} B"
    )
    marks = [
        f'<text x="{_LEFT}" y="18">{escape(caption)}</text>',
        f'<line x1="{_LEFT}" y1="{base}" x2="{_LEFT + _WIDTH}" y2="{base}" stroke="#333"/>',
        f'<line x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{base}" stroke="#333"/>',
        f'<text x="{_LEFT + _WIDTH / 2}" y="{base + 34}" text-anchor="middle">step</text>',
    ]
    for fraction in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = base - fraction * _HEIGHT
        size = round(fraction * arena.plan.size_bytes)
        marks.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{size:,}</text>')
    every = max(1, -(-steps // 30))
    marks += [
        f'<text x="{_LEFT + (step + 0.5) * x_scale:.1f}" y="{base + 16}" '
        f'text-anchor="middle">{step}</text>'
        for step in range(0, steps, every)
    ]
    return marks

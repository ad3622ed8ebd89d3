"""Charts of the HTML report as inline SVG; colours are CSS classes, tips are data attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from estimator.analysis.occupancy import live_bytes, peak_step
from estimator.estimation import Estimate
from estimator.lint import short
from estimator.reports._escape import printable
from estimator.reports.treemap import layout

_WIDTH, _LEFT, _TOP = 960, 64, 12
_COLOURS = 8
_MAXIMUM_BARS = 40


def text(value: str) -> str:
    """A name as HTML text or attribute."""
    return escape(printable(value), quote=True)


def _svg(kind: str, title: str, height: float, body: list[str]) -> str:
    return (
        f'<svg class="chart {kind}" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'aria-label="{text(title)}">\n' + "\n".join(body) + "\n</svg>"
    )


def arena_chart(estimate: Estimate) -> str:
    """The head over time: a rectangle per buffer, time to the right, offsets upwards."""
    arena = estimate.arena
    if arena is None or not arena.plan.buffers:
        return '<p class="muted">no arena: see the findings</p>'
    plan = arena.plan
    live = live_bytes(plan)
    height, right = 300.0, _WIDTH - _LEFT - 12
    x, y = right / max(len(live), 1), height / max(plan.size_bytes, 1)
    peak = peak_step(plan)
    body = [
        f'<rect class="peak" x="{_LEFT + peak * x:.1f}" y="{_TOP}" width="{x:.1f}" '
        f'height="{height}"/>'
    ]
    for index, (buffer, offset) in enumerate(zip(plan.buffers, plan.offsets)):
        first, last = max(buffer.first_use, 0), max(buffer.last_use, 0)
        tip = f"{buffer.what}: {buffer.size_bytes:,} B at {offset:,}, steps {first} to {last}"
        colour = "scratch" if buffer.tensor is None else f"c{index % _COLOURS}"
        size = buffer.size_bytes * y
        body.append(
            f'<rect class="buffer {colour}" tabindex="0" x="{_LEFT + first * x:.1f}" '
            f'y="{_TOP + height - offset * y - size:.1f}" width="{(last - first + 1) * x:.1f}" '
            f'height="{size:.1f}" data-tip="{text(tip)}"/>'
        )
    body += _steps(estimate, live, x, height)
    body += _axis(plan.size_bytes, height)
    return _svg("arena", "arena over time", height + _TOP + 34, body)


def _steps(estimate: Estimate, live: Sequence[int], x: float, height: float) -> Iterator[str]:
    """The live bytes as a line, and a strip that names the operator of each step."""
    arena = estimate.arena
    assert arena is not None
    scale = height / max(arena.plan.size_bytes, 1)
    points = []
    for step, value in enumerate(live):
        level = _TOP + height - value * scale
        points += [
            f"{_LEFT + step * x:.1f},{level:.1f}",
            f"{_LEFT + (step + 1) * x:.1f},{level:.1f}",
        ]
    yield f'<polyline class="live" points="{" ".join(points)}"/>'
    for step, (subgraph, operator) in enumerate(arena.lifetimes.steps[: len(live)]):
        name = "start"
        if operator is not None:
            name = f"{operator} {estimate.graph.subgraphs[subgraph].operators[operator].name}"
        tip = f"step {step}: {name}, {live[step]:,} B live"
        yield (
            f'<rect class="step" tabindex="0" x="{_LEFT + step * x:.1f}" y="{_TOP + height + 4}" '
            f'width="{max(x - 1, 1):.1f}" height="12" data-tip="{text(tip)}"/>'
        )


def _axis(size_bytes: int, height: float) -> Iterator[str]:
    for quarter in range(5):
        value, level = size_bytes * quarter // 4, _TOP + height - height * quarter / 4
        yield (
            f'<line class="grid" x1="{_LEFT}" y1="{level:.1f}" x2="{_WIDTH - 12}" '
            f'y2="{level:.1f}"/><text x="{_LEFT - 6}" y="{level + 4:.1f}" class="end">'
            f"{value / 1024:,.0f} KiB</text>"
        )
    yield (
        f'<text x="{_LEFT}" y="{_TOP + height + 31}">execution order: one step per operator; the '
        "line is what is alive</text>"
    )


def flash_chart(estimate: Estimate) -> str:
    """What takes the Flash: the model by kind of bytes, the code by library."""
    flash = estimate.flash
    parts = [(f"model: {label}", size, "model") for label, size in flash.model_parts.items()]
    parts += [(f"code: {label}", size, "code") for label, size in flash.code_parts.items()]
    for label, part in flash.parts.items():
        if label not in ("model", "code") and part.best:
            parts.append((label, round(part.best), "other"))
    total = sum(size for _, size, _ in parts)
    if not total:
        return '<p class="muted">the Flash is unknown</p>'
    height = 280.0
    body = []
    for box in layout([size for _, size, _ in parts], _WIDTH, height):
        label, size, kind = parts[box.item]
        tip = f"{label}: {size:,} B, {100 * size / total:.1f} %"
        body.append(
            f'<rect class="box {kind}" tabindex="0" x="{box.x:.1f}" y="{box.y:.1f}" '
            f'width="{box.width:.1f}" height="{box.height:.1f}" data-tip="{text(tip)}"/>'
        )
        caption = label.partition(": ")[2] or label
        if box.width > 7 * len(caption) + 8 and box.height > 18:
            body.append(f'<text x="{box.x + 5:.1f}" y="{box.y + 15:.1f}">{text(caption)}</text>')
            if box.width < 80 or box.height < 36:
                continue
            body.append(f'<text x="{box.x + 5:.1f}" y="{box.y + 31:.1f}">{size:,} B</text>')
    return _svg("treemap", "Flash by purpose", height, body)


def latency_chart(estimate: Estimate) -> str:
    """A bar per operator, in execution order; of many the longest ones."""
    unit, values = _costs(estimate)
    timed = [o for o in estimate.operators if o.subgraph == 0 and o.index in values]
    total = sum(values.values())
    if not total:
        return '<p class="muted">neither time nor work is known</p>'
    shown = set(sorted(values, key=lambda i: -values[i])[:_MAXIMUM_BARS])
    rows = [o for o in timed if o.index in shown]
    longest = max(values.values())
    body = []
    for position, operator in enumerate(rows):
        value, y = values[operator.index], 4 + 20 * position
        share = 100 * value / total
        amount = f"{value:.4g} ms" if unit == "ms" else f"{value:,.0f} {unit}"
        output = short(operator.tensors[0]) if operator.tensors else ""
        tip = f"operator {operator.index} {operator.name} ({output}): {amount}, {share:.1f} %"
        length = 560 * value / longest if longest else 0
        body.append(
            f'<text x="214" y="{y + 12}" class="end">{operator.index} {text(operator.name)}</text>'
            f'<rect class="bar" tabindex="0" x="220" y="{y}" width="{max(length, 1):.1f}" '
            f'height="15" data-tip="{text(tip)}"/>'
            f'<text x="{226 + length:.1f}" y="{y + 12}">{amount} · {share:.1f} %</text>'
        )
    chart = _svg("latency", f"share of operators, {unit}", 20 * len(rows) + 8, body)
    note = "" if unit == "ms" else '<p class="muted">The time is unknown.</p>'
    hidden = len(timed) - len(rows)
    note += f'<p class="muted">{hidden} shorter ones are left out.</p>' if hidden else ""
    return chart + note


def _costs(estimate: Estimate) -> tuple[str, dict[int, float]]:
    """Unit and cost per operator of the main subgraph: time, else instructions, else operations."""
    main = [operator for operator in estimate.operators if operator.subgraph == 0]
    columns: tuple[tuple[str, dict[int, float]], ...] = (
        ("ms", {o.index: o.latency_ms for o in main if o.latency_ms is not None}),
        ("instructions", {o.index: o.instructions for o in main if o.instructions is not None}),
        ("ops", {o.index: float(o.work.ops) for o in main if o.work is not None}),
    )
    for unit, values in columns:
        if any(values.values()):
            return unit, values
    return "ops", {}

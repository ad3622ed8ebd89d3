"""The paper's Fig. 2 from our own data: SRAM and Flash of one firmware as stacked bars, as SVG."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from estimator.estimation import Estimate

_COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#76b7b2", "#edc948")
_WIDTH, _HEIGHT, _LEFT, _TOP, _BAR = 760, 300, 60, 40, 168
_KIB = 1024

Bar = tuple[str, Mapping[str, float]]
"""Heading, and label -> KiB from the bottom up."""


def estimated_bars(estimate: Estimate) -> tuple[Bar, Bar]:
    """SRAM and Flash of an accepted model in the paper's parts; unknown parts are left out."""
    arena, flash = estimate.arena, estimate.flash
    sram = {label: q.best for label, q in estimate.sram.parts.items() if label != "tensor arena"}
    weights = sum(flash.model_parts.get(kind, 0) for kind in ("weights", "biases"))
    parts = {label: q.best for label, q in flash.parts.items() if label != "model"}
    rest = (flash.model_bytes.best or 0) - weights
    return (
        (
            "SRAM, estimated",
            _kib(
                {
                    "intermediate tensors": arena.head_bytes if arena else None,
                    "persistent buffers": arena.tail_bytes if arena else None,
                    **sram,
                }
            ),
        ),
        (
            "Flash, estimated",
            _kib({"weights and biases": weights, "quantization and graph": rest, **parts}),
        ),
    )


def published_bars(path: Path) -> tuple[tuple[str, str], tuple[Bar, ...]]:
    """(model file, board), and the bars of golden/published/micronets_figure_2.csv."""
    bars: dict[str, dict[str, float]] = {}
    model = board = ""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            model, board = row["model_file"], row["board"]
            if row["part"] != "free":
                bars.setdefault(row["memory"], {})[row["part"]] = float(row["kb"])
    names = {"sram": "SRAM, paper", "flash": "Flash, paper"}
    return (model, board), tuple((names[memory], parts) for memory, parts in bars.items())


def _kib(parts: Mapping[str, float | None]) -> dict[str, float]:
    return {label: size / _KIB for label, size in parts.items() if size is not None}


def render(title: str, bars: Sequence[Bar]) -> str:
    """The bars side by side, each scaled to its own sum, with sizes in KiB."""
    body = [f'<text x="{_LEFT}" y="20" font-weight="bold">{escape(title)}</text>']
    for index, (heading, parts) in enumerate(bars):
        x, y = _LEFT + index * (_WIDTH - _LEFT) // len(bars), float(_TOP + _HEIGHT)
        whole = sum(parts.values()) or 1.0
        for part, (label, size) in enumerate(parts.items()):
            height = size / whole * _HEIGHT
            y -= height
            color = _COLORS[part % len(_COLORS)]
            body.append(
                f'<rect class="part" x="{x}" y="{y:.1f}" width="{_BAR}" height="{height:.1f}" '
                f'fill="{color}"><title>{escape(label)}: {size:.1f} KiB</title></rect>'
            )
            if height > 11:
                body.append(
                    f'<text x="{x + 4}" y="{y + height / 2 + 4:.1f}" font-size="10">'
                    f"{escape(label)} {size:.0f}</text>"
                )
        body.append(f'<text x="{x}" y="{_TOP + _HEIGHT + 18}">{escape(heading)}</text>')
        body.append(f'<text x="{x}" y="{_TOP + _HEIGHT + 34}">{whole:.0f} KiB</text>')
    height = _TOP + _HEIGHT + 45
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + 60} {height}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{_WIDTH + 60}" height="{height}" fill="#fff"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )

"""What a report format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from estimator.lint import CheckReport


@dataclass(frozen=True, slots=True)
class Style:
    """How to render.

    Attributes:
        colour: whether terminal colours are wanted.
        quiet: leave out advice and the closing line.
        version: of mculint.
    """

    colour: bool = False
    quiet: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a check's outcome."""

    name: str
    title: str
    render: Callable[[CheckReport, Style], str]

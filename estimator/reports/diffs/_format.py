"""What a format of differences is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from estimator.snapshot import Difference


@dataclass(frozen=True, slots=True)
class DiffFormat:
    """A way to write differences."""

    name: str
    render: Callable[[Sequence[Difference]], str]

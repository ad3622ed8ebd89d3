"""What a golden model is: a name, a Keras graph, the sources of its layers and its op count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras


@dataclass(frozen=True, slots=True)
class PublishedOps:
    """An op count that somebody else published (1 MAC = 2 ops)."""

    ops: int
    source: str
    tolerance: float
    """Largest relative difference that `explanation` (or the source's rounding) accounts for."""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One golden model; `seed` drives its synthetic weights and calibration data."""

    name: str
    source: str
    seed: int
    build: Callable[[], keras.Model]
    published: PublishedOps | None = None
    per_channel_dense: bool = False
    """True: the converter's default of today. False: one scale per FULLY_CONNECTED filter, as in
    the published files, which older converters wrote."""

"""A number together with how sure it is and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from estimator.transport import light


class Basis(str, Enum):
    """How a number came to be."""

    EXACT = "exact"
    BOUNDED = "bounded"
    CALIBRATED = "calibrated"
    UNKNOWN = "unknown"


@light
@dataclass(frozen=True, slots=True)
class Quantity:
    """An interval with a best value; all three are None where the quantity is unknown.

    Attributes:
        low, best, high: the interval, in the unit that the field's name gives.
        basis: exact, bounded (proven limits), calibrated (fitted to measurements) or unknown.
        source: what the number rests on, or why it is unknown.
    """

    low: float | None
    best: float | None
    high: float | None
    basis: Basis
    source: str = ""

    @classmethod
    def exact(cls, value: float, source: str = "") -> Quantity:
        return cls(value, value, value, Basis.EXACT, source)

    @classmethod
    def unknown(cls, reason: str) -> Quantity:
        return cls(None, None, None, Basis.UNKNOWN, reason)

    @property
    def known(self) -> bool:
        return self.basis is not Basis.UNKNOWN

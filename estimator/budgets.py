"""Limits with units for a deployment, and how a quantity stands against one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from estimator.errors import ConfigError
from estimator.quantity import Quantity

BYTES = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2}
MILLISECONDS = {"us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3}
MILLIJOULES = {"uJ": 1e-3, "µJ": 1e-3, "mJ": 1.0, "J": 1e3}
_NUMBER = re.compile(
    r"\s*([0-9]{1,3}(?:[,_][0-9]{3})+|[0-9]{1,15})(\.[0-9]{1,15})?\s*([A-Za-zµ]+)\s*"
)
"""Commas and underscores group thousands: "1,5 kB" is no number."""
_LARGEST_BYTES = 2**32


class Hold(str, Enum):
    """The end of an interval that a limit holds."""

    LOW = "low"
    BEST = "best"
    HIGH = "high"


class Sharing(str, Enum):
    """How the models of a deployment share the device."""

    ALONE = "alone"  # each firmware holds one of them
    SEQUENTIAL = "sequential"  # one after the other, in one arena
    RESIDENT = "resident"  # all at once, each with its own arena


class Standing(Enum):
    """How a quantity stands against a limit."""

    WITHIN = "within"
    STRADDLES = "straddles"  # the held end is within, the interval reaches beyond
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one deployment; None is no limit.

    Attributes:
        name: of the deployment; "" for the one that has no table of its own.
        target, kernels, abi: what is estimated for.
        paths: patterns of the models that it holds, relative to the configuration's folder.
        arena_bytes: of the tensor arena alone.
        sram_bytes, flash_bytes: of the whole firmware, with the reserve.
        latency_ms, energy_mj: of one inference.
        hold: the end of an interval that must be within.
        reserve_sram_bytes, reserve_flash_bytes: what the rest of the application takes, beyond
            the operating system and stack that the board's file counts.
        sharing: how several models share the device.
    """

    name: str = ""
    target: str = "cortex-m4"
    kernels: str = "cmsis-nn"
    abi: str | None = None
    paths: tuple[str, ...] = ()
    arena_bytes: int | None = None
    sram_bytes: int | None = None
    flash_bytes: int | None = None
    latency_ms: float | None = None
    energy_mj: float | None = None
    hold: Hold = Hold.HIGH
    reserve_sram_bytes: int = 0
    reserve_flash_bytes: int = 0
    sharing: Sharing = Sharing.ALONE

    def stands(self, quantity: Quantity, limit: float) -> Standing:
        """How a quantity stands against a limit of this budget."""
        if quantity.low is None or quantity.best is None or quantity.high is None:
            return Standing.UNKNOWN
        held = {Hold.LOW: quantity.low, Hold.BEST: quantity.best, Hold.HIGH: quantity.high}
        if held[self.hold] > limit:
            return Standing.OVER
        return Standing.STRADDLES if quantity.high > limit else Standing.WITHIN


def known_part(parts: Iterable[Quantity]) -> float:
    """What a sum comes to at least: the low ends of its known parts."""
    return sum(part.low for part in parts if part.low is not None)


def parse_bytes(text: object) -> int:
    """Bytes of "96 kB" (96,000), "512 KiB" (524,288) or a whole number.

    Raises:
        ConfigError: it is no size, has no known unit, isn't a whole number of bytes, or is more
            than 32 bits address.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        if text < 0:
            raise ConfigError(f"{text} bytes is below 0")
        value: float = text
    else:
        value = _parse(text, BYTES, 'a size such as "96 kB" (96,000 bytes) or "512 KiB"')
    if value > _LARGEST_BYTES:
        raise ConfigError(f"{text!r} is more than a 32-bit microcontroller addresses (4 GiB)")
    if value != int(value):
        raise ConfigError(f"{text!r} is no whole number of bytes")
    return int(value)


def parse_milliseconds(text: object) -> float:
    """Milliseconds of "120 ms" or "0.5 s". Raises ConfigError."""
    return _parse(text, MILLISECONDS, 'a time such as "120 ms"')


def parse_millijoules(text: object) -> float:
    """Millijoules of "30 mJ". Raises ConfigError."""
    return _parse(text, MILLIJOULES, 'an energy such as "30 mJ"')


def _parse(text: object, units: dict[str, float] | dict[str, int], what: str) -> float:
    found = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ConfigError(f"{text!r} is not {what}", fix=f"units: {', '.join(units)}")
    whole, fraction, unit = found.groups()
    if unit not in units:
        raise ConfigError(f"{unit!r} is no unit of {what}", fix=f"units: {', '.join(units)}")
    number = float(whole.replace(",", "").replace("_", "") + (fraction or ""))
    # Decimal places of "0.1 MiB" are exact enough in binary: limits are compared, not summed.
    return round(number * units[unit], 6)

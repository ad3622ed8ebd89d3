"""Loop bodies of newlib-nano's memcpy, memset and memmove: blocks, then what is left."""

from __future__ import annotations

from estimator.loops import Counts, named


def memory(function: str, calls: int, width_bytes: int) -> Counts:
    """``calls`` of a function over ``width_bytes`` each, aligned to 4."""
    if calls <= 0:
        return {}
    if width_bytes <= 0:
        return named(function, call=calls)
    wide = width_bytes // 64 if function == "memcpy" else 0
    rest = width_bytes - 64 * wide
    return named(
        function,
        call=calls,
        of_64=calls * wide,
        of_16=calls * (rest // 16),
        of_4=calls * (rest % 16 // 4),
        of_1=calls * (rest % 4),
    )

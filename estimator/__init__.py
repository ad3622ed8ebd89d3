"""mculint: what a .tflite model needs on a microcontroller under TensorFlow Lite Micro.

>>> from estimator import estimate
>>> estimate("model.tflite", target="stm32f746zg").arena.minimum_bytes  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from estimator.api import ArenaOptions, Estimate, estimate, estimate_graph, target_names
    from estimator.many import estimate_many

__all__ = [
    "ArenaOptions", "Estimate", "estimate", "estimate_graph", "estimate_many", "target_names",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "estimate_many":
        from estimator import many

        return many.estimate_many
    if name in __all__:
        from estimator import api

        return getattr(api, name)
    raise AttributeError(f"module 'estimator' has no attribute {name!r}")

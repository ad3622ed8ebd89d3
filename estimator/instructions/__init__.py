"""How often the loop bodies of the kernels run, one module per TFLM kernel file."""

from __future__ import annotations

import sys
from functools import lru_cache

from estimator.discover import by_name
from estimator.loops import OperatorLoops


@lru_cache(maxsize=1)
def operator_loops() -> dict[str, OperatorLoops]:
    """The loop bodies of all operators that are described, by name."""
    return by_name(sys.modules[__name__], "LOOPS")

"""How often the loop bodies of the kernels run, one module per TFLM kernel file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache

from estimator.discover import Registry
from estimator.loops import OperatorLoops


@lru_cache(maxsize=1)
def operator_loops() -> Mapping[str, OperatorLoops]:
    """The loop bodies of all operators that are described, by name."""
    return Registry(sys.modules[__name__], "LOOPS")

"""One file per TFLM kernel file: what each operator asks of the arena, refuses and computes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache

from estimator.discover import Registry
from estimator.opmodel import OperatorModel


@lru_cache(maxsize=1)
def operators() -> Mapping[str, OperatorModel]:
    """All modelled operators by name (the schema's for builtins, TFLM's for custom ones)."""
    return Registry(sys.modules[__name__], "OPERATORS")

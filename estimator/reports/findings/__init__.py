"""What a check found, one file per format: ``FORMATS``."""

from __future__ import annotations

import sys
from functools import lru_cache

from estimator.discover import by_name
from estimator.reports._format import Format


@lru_cache(maxsize=1)
def formats() -> dict[str, Format]:
    """All formats by name."""
    return by_name(sys.modules[__name__], "FORMATS")

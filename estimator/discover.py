"""The one registry mechanism: plugins are constants found by listing a package's folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any


def collect(package: ModuleType, attribute: str) -> Iterator[Any]:
    """Yield every item of the tuple ``attribute`` of every module of ``package``, in name order.

    Modules whose name starts with an underscore, and modules without the attribute, hold helpers
    and are passed over.
    """
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    for name in names:
        if not name.startswith("_"):
            module = importlib.import_module(f"{package.__name__}.{name}")
            yield from getattr(module, attribute, ())


def by_name(package: ModuleType, attribute: str) -> dict[str, Any]:
    """Return the collected items keyed by their ``name``.

    Raises:
        ImportError: two items have the same name.
    """
    found: dict[str, Any] = {}
    for item in collect(package, attribute):
        if item.name in found:
            raise ImportError(f"{package.__name__}: two {attribute} are called {item.name!r}")
        found[item.name] = item
    return found

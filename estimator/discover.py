"""The one registry mechanism: plugins are constants found by listing a package's folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")


def collect(package: ModuleType, attribute: str) -> Iterator[Any]:
    """Yield every item of the tuple ``attribute`` of every module of ``package``, in name order.

    Modules whose name starts with an underscore, and modules without the attribute, hold helpers
    and are passed over.
    """
    for name in _plugins(package):
        yield from _items(package, name, attribute)


def _plugins(package: ModuleType) -> list[str]:
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [name for name in names if not name.startswith("_")]


def _items(package: ModuleType, name: str, attribute: str) -> tuple[Any, ...]:
    module = importlib.import_module(f"{package.__name__}.{name}")
    return tuple(getattr(module, attribute, ()))


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


class Registry(Mapping[str, T]):
    """The items of :func:`by_name`, each imported when it is asked for.

    A module that defines an item has the item's name in its source, in quotes; so the modules
    that have it are tried first, and all others only if they didn't define it. To iterate over
    the registry imports everything.

    Raises:
        ImportError: two imported items have the same name.
    """

    def __init__(self, package: ModuleType, attribute: str) -> None:
        self._package = package
        self._attribute = attribute
        self._found: dict[str, T] = {}
        self._imported: set[str] = set()

    def __getitem__(self, name: str) -> T:
        if name not in self._found:
            quoted = f'"{name}"'
            for plugin in [p for p, text in self._sources.items() if quoted in text]:
                self._import(plugin)
            if name not in self._found:
                self._import_all()
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        self._import_all()
        return iter(sorted(self._found))

    def __len__(self) -> int:
        self._import_all()
        return len(self._found)

    @cached_property
    def _sources(self) -> dict[str, str]:
        """Plugin -> its source, "" where only the compiled module is there."""
        folder = Path(next(iter(self._package.__path__)))
        return {name: _text(folder / f"{name}.py") for name in _plugins(self._package)}

    def _import_all(self) -> None:
        for plugin in self._sources:
            self._import(plugin)

    def _import(self, plugin: str) -> None:
        if plugin in self._imported:
            return
        self._imported.add(plugin)
        for item in _items(self._package, plugin, self._attribute):
            if item.name in self._found:
                raise ImportError(
                    f"{self._package.__name__}: two {self._attribute} are called {item.name!r}"
                )
            self._found[item.name] = item


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""

"""What `ld --gc-sections` keeps, worked out from the objects: which section pulls in which.

Follows GNU ld's documented rules: archive members are loaded for undefined strong symbols, the
first copy of a COMDAT group wins, a strong definition replaces a weak one, and only sections
reachable from the roots stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from elf import (
    SHF_ALLOC,
    SHN_COMMON,
    SHN_LORESERVE,
    SHN_UNDEF,
    SHT_ARM_EXIDX,
    STB_LOCAL,
    STB_WEAK,
    Object,
    Section,
)


class Linker:
    """Loads objects, resolves symbols and finds what is reachable."""

    def __init__(self) -> None:
        self.order: list[Section] = []
        self.definitions: dict[str, tuple[Object, int]] = {}
        self.weak: set[str] = set()
        self.commons: dict[str, tuple[int, int]] = {}
        self.undefined: dict[str, None] = {}
        self.groups: set[str] = set()
        self.unwind: dict[tuple[int, int], list[Section]] = {}
        self.loaded: set[int] = set()
        self.group_sections: dict[str, list[Section]] = {}

    def load(self, item: Object) -> None:
        """Add an object as it stands on the command line."""
        self.loaded.add(id(item))
        mine = {section.group for section in item.sections if section.group}
        dropped = mine & self.groups
        self.groups |= mine
        for section in item.sections:
            if section.flags & SHF_ALLOC and section.group not in dropped:
                self.order.append(section)
                if section.type == SHT_ARM_EXIDX:
                    self.unwind.setdefault((id(item), section.link), []).append(section)
        for symbol in item.symbols:
            if symbol.binding == STB_LOCAL or not symbol.name:
                continue
            if symbol.section == SHN_UNDEF:
                if symbol.binding != STB_WEAK and symbol.name not in self.definitions:
                    self.undefined[symbol.name] = None
            elif symbol.section == SHN_COMMON:
                self.commons.setdefault(symbol.name, (symbol.size, symbol.value))
                self.undefined.pop(symbol.name, None)
            elif symbol.section >= SHN_LORESERVE:
                self.undefined.pop(symbol.name, None)
            elif item.sections[symbol.section].group not in dropped:
                self.define(item, symbol.name, symbol.section, symbol.binding == STB_WEAK)

    def define(self, item: Object, name: str, section: int, weak: bool) -> None:
        if name not in self.definitions or (name in self.weak and not weak):
            self.definitions[name] = (item, section)
            (self.weak.add if weak else self.weak.discard)(name)
        self.undefined.pop(name, None)

    def search(self, archives: Iterable[list[Object]]) -> None:
        """Load members for undefined symbols, the archives being one --start-group."""
        offers = []
        for archive in archives:
            offer: dict[str, Object] = {}
            for item in archive:
                for symbol in item.symbols:
                    if symbol.binding != STB_LOCAL and symbol.section != SHN_UNDEF:
                        offer.setdefault(symbol.name, item)
            offers.append(offer)
        again = True
        while again:
            again = False
            for offer in offers:
                while wanted := [name for name in self.undefined if name in offer]:
                    for name in wanted:
                        if name in self.undefined and id(offer[name]) not in self.loaded:
                            self.load(offer[name])
                            again = True
                        else:
                            self.undefined.pop(name, None)

    def reachable(self, roots: Iterable[Section]) -> set[Section]:
        """The sections that the roots need, themselves included."""
        found: set[Section] = set()
        stack = list(roots)
        while stack:
            section = stack.pop()
            if section in found:
                continue
            found.add(section)
            stack += self.unwind.get((id(section.object), section.index), [])
            if section.type == SHT_ARM_EXIDX:
                continue
            for index in section.relocations:
                target = self.target(section.object, index)
                if target is not None:
                    stack.append(target)
        return found

    def target(self, item: Object, index: int) -> Section | None:
        symbol = item.symbols[index]
        if symbol.binding == STB_LOCAL:
            if SHN_UNDEF < symbol.section < SHN_LORESERVE:
                return item.sections[symbol.section]
            return None
        known = self.definitions.get(symbol.name)
        return known[0].sections[known[1]] if known else None

    def section_of(self, name: str) -> Section:
        """The section that defines a global symbol. Raises KeyError."""
        item, section = self.definitions[name]
        return item.sections[section]

"""What `ld --gc-sections` keeps, worked out from the objects: which section pulls in which.

Follows GNU ld's documented rules: archive members are loaded for undefined strong symbols, the
first copy of a COMDAT group wins, a strong definition replaces a weak one, and only sections
reachable from the roots stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from elf import (
    SHF_ALLOC,
    SHF_WRITE,
    SHN_COMMON,
    SHN_LORESERVE,
    SHN_UNDEF,
    SHT_ARM_EXIDX,
    SHT_NOBITS,
    STB_LOCAL,
    STB_WEAK,
    Object,
    Section,
    Symbol,
)


class Linker:
    """Loads objects, resolves symbols and finds what is reachable."""

    def __init__(self) -> None:
        self.order: list[Section] = []
        self.definitions: dict[str, tuple[Object, int]] = {}
        self.weak: set[str] = set()
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
                self.common(item, symbol)
            elif symbol.section >= SHN_LORESERVE:
                self.undefined.pop(symbol.name, None)
            elif item.sections[symbol.section].group not in dropped:
                self.define(item, symbol.name, symbol.section, symbol.binding == STB_WEAK)

    def common(self, item: Object, symbol: Symbol) -> None:
        """Tentative definitions of one name share one place in .bss."""
        if symbol.name not in self.definitions:
            place = Section(
                item, len(item.sections), "COMMON", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, symbol.size,
                symbol.value, 0, 0, memoryview(b""),
            )  # fmt: skip
            item.sections.append(place)
            self.order.append(place)
        self.define(item, symbol.name, len(item.sections) - 1, True)

    def define(self, item: Object, name: str, section: int, weak: bool) -> None:
        if name not in self.definitions or (name in self.weak and not weak):
            self.definitions[name] = (item, section)
            (self.weak.add if weak else self.weak.discard)(name)
        self.undefined.pop(name, None)

    def search(self, archives: Iterable[list[Object]]) -> None:
        """Load members for undefined symbols, in ld's order, the archives being one group."""
        offers = [[(item, _defined(item)) for item in archive] for archive in archives]
        again = True
        while again:
            again = False
            for offer in offers:
                while self.load_wanted(offer):
                    again = True

    def load_wanted(self, offer: list[tuple[Object, set[str]]]) -> bool:
        """One pass over an archive. Returns whether anything was loaded."""
        found = False
        for item, names in offer:
            if id(item) not in self.loaded and not names.isdisjoint(self.undefined):
                self.load(item)
                found = True
        return found

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


def _defined(item: Object) -> set[str]:
    return {
        symbol.name
        for symbol in item.symbols
        if symbol.binding != STB_LOCAL and symbol.section != SHN_UNDEF
    }

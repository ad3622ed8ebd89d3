"""Read what a linker needs of 32-bit little-endian ELF objects and ar archives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack_from

SHT_SYMTAB, SHT_RELA, SHT_NOBITS, SHT_REL, SHT_GROUP, SHT_ARM_EXIDX = 2, 4, 8, 9, 17, 0x70000001
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS = 1, 2, 4, 0x10, 0x20
STB_LOCAL, STB_WEAK = 0, 2
SHN_UNDEF, SHN_LORESERVE, SHN_COMMON = 0, 0xFF00, 0xFFF2


@dataclass(slots=True, eq=False)
class Section:
    """A section of an object; ``relocations`` are indices of the object's symbols."""

    object: Object
    index: int
    name: str
    type: int
    flags: int
    size: int
    alignment: int
    entry_size: int
    link: int
    content: memoryview
    relocations: list[int] = field(default_factory=list)
    group: str = ""


@dataclass(slots=True)
class Symbol:
    """A symbol; ``section`` is an index, SHN_UNDEF where it is defined elsewhere."""

    name: str
    value: int
    size: int
    binding: int
    section: int


@dataclass(slots=True, eq=False)
class Object:
    """One relocatable object."""

    name: str
    sections: list[Section]
    symbols: list[Symbol]


def _text(data: memoryview, at: int) -> str:
    end = at
    while data[end]:
        end += 1
    return bytes(data[at:end]).decode()


def read_object(data: memoryview, name: str) -> Object:
    """Parse an ELF32 object. Raises ValueError for anything else."""
    if bytes(data[:6]) != b"\x7fELF\x01\x01":
        raise ValueError(f"{name} is no 32-bit little-endian ELF object")
    table = unpack_from("<I", data, 32)[0]
    entry_bytes, count, names_index = unpack_from("<3H", data, 46)
    headers = [unpack_from("<10I", data, table + i * entry_bytes) for i in range(count)]
    names = data[headers[names_index][4] :]
    found = Object(name, [], [])
    for index, header in enumerate(headers):
        name_at, kind, flags, _, at, size, link, _, alignment, entry_size = header
        content = data[at : at + size] if kind != SHT_NOBITS else data[:0]
        found.sections.append(
            Section(
                found, index, _text(names, name_at), kind, flags, size, alignment, entry_size,
                link, content,
            )
        )  # fmt: skip
    for header in headers:
        if header[1] == SHT_SYMTAB:
            strings = data[headers[header[6]][4] :]
            for at in range(header[4], header[4] + header[5], 16):
                name_at, value, size, info, _, section = unpack_from("<3I2BH", data, at)
                found.symbols.append(
                    Symbol(_text(strings, name_at), value, size, info >> 4, section)
                )
    for header in headers:
        _, kind, _, _, at, size, _, target, _, _ = header
        if kind in (SHT_REL, SHT_RELA):
            step = 8 if kind == SHT_REL else 12
            found.sections[target].relocations += [
                unpack_from("<I", data, at + i + 4)[0] >> 8 for i in range(0, size, step)
            ]
        elif kind == SHT_GROUP and unpack_from("<I", data, at)[0] & 1:
            signature = (
                found.symbols[target].name or found.sections[found.symbols[target].section].name
            )
            for i in range(4, size, 4):
                found.sections[unpack_from("<I", data, at + i)[0]].group = signature
    return found


def read_archive(path: Path) -> Iterator[Object]:
    """The members of an ar archive, in order."""
    data = memoryview(path.read_bytes())
    if bytes(data[:8]) != b"!<arch>\n":
        raise ValueError(f"{path} is no archive")
    at, long_names = 8, ""
    while at < len(data):
        header = bytes(data[at : at + 60]).decode()
        name, size = header[:16].rstrip(), int(header[48:58])
        content = data[at + 60 : at + 60 + size]
        if name == "//":
            long_names = bytes(content).decode()
        elif name != "/":
            if name.startswith("/"):
                start = int(name[1:])
                name = long_names[start : long_names.index("/\n", start)]
            yield read_object(content, name.rstrip("/"))
        at += 60 + size + size % 2

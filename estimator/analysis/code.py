"""Link a firmware on paper: which sections its operators pull in, laid out as GNU ld does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from estimator.facts.code_size import OUTPUTS, CodeSize

SOURCE_FOLDER_BYTES = 17
"""Length of the path of TFLM's folder in the builds that the numbers are checked against.

Assertions of default builds hold paths of source files, so that such a firmware is larger the
longer the folder's name; release builds hold none.
"""
_FLASH = tuple(index for index, name in enumerate(OUTPUTS) if name != "bss")
_RAM = tuple(index for index, name in enumerate(OUTPUTS) if name in ("data", "bss"))
_TEXT = OUTPUTS.index("text")
_RODATA = OUTPUTS.index("rodata")
_MAIN = "application/main"
_PART_ALIGNMENT = "alignment fill"
_PART_STRINGS = "merged strings"


@dataclass(frozen=True, slots=True)
class Image:
    """A linked firmware without its model and its arena.

    Attributes:
        flash_bytes: all sections that lie in Flash, the start values of .data among them.
        static_bytes: .data and .bss without the tensor arena.
        parts: Flash by what it is for: vectors and start-up, runtime, kernels, libraries.
        files: Flash by object file, such as ``kernels/conv.cc``.
    """

    flash_bytes: int
    static_bytes: int
    parts: Mapping[str, int]
    files: Mapping[str, int]


def link(
    code: CodeSize,
    operators: Collection[str],
    source_folder_bytes: int = SOURCE_FOLDER_BYTES,
) -> Image:
    """Lay out a firmware with just these operators.

    Args:
        code: the sections of a build.
        operators: methods of MicroMutableOpResolver, such as ``AddConv2D``.
        source_folder_bytes: length of the path in which TFLM's sources lie.

    Raises:
        KeyError: an operator is not among ``code.operators``.
    """
    needed = code.base.union(*(code.operators[name] for name in operators))
    count = len(set(operators))
    ends = [0] * len(OUTPUTS)
    files: dict[str, int] = {}
    fill = 0
    entries: dict[int, None] = {}
    for section in sorted(needed):
        if section in code.strings.of_section:
            entries.update(dict.fromkeys(code.strings.of_section[section]))
            continue
        size = code.size_bytes[section]
        if section in (code.model_section, code.arena_section):
            size = 0
        elif section == code.resolver_section:
            size += code.resolver_bytes * (max(count, 1) - code.resolver_operators)
        elif section == code.main_section:
            size = round(code.main_bytes + code.main_bytes_per_operator * count)
        output, alignment = code.output[section], code.alignment_bytes[section]
        padding = -ends[output] % alignment
        ends[output] += padding + size
        if output in _FLASH:
            fill += padding
            name = code.parts[code.part[section]]
            files[name] = files.get(name, 0) + size
    if count == 1:
        ends[_TEXT] += code.single_operator_bytes
        files[_MAIN] = files.get(_MAIN, 0) + code.single_operator_bytes
    merged = _merged_bytes(code, entries, source_folder_bytes)
    ends[_RODATA] += merged
    parts: dict[str, int] = {}
    for name, size in files.items():
        label = _LABELS.get(name.split("/")[0], name.split("/")[0])
        parts[label] = parts.get(label, 0) + size
    for label, size in ((_PART_STRINGS, merged), (_PART_ALIGNMENT, fill)):
        if size:
            parts[label] = size
    return Image(
        flash_bytes=sum(ends[output] for output in _FLASH),
        static_bytes=sum(ends[output] for output in _RAM),
        parts=parts,
        files=files,
    )


_LABELS = {
    "application": "start-up and main",
    "runtime": "runtime",
    "kernels": "kernels",
    "signal": "signal library",
    "cmsis-nn": "CMSIS-NN",
    "libstdc++": "libstdc++",
    "libnosys": "libc",
}


def _merged_bytes(code: CodeSize, entries: Mapping[int, None], source_folder_bytes: int) -> int:
    """Size of the pool: an entry that ends another one takes no room of its own."""
    strings = code.strings
    total = 0
    for entry in entries:
        if not any(host in entries for host in strings.inside.get(entry, ())):
            total += strings.size_bytes[entry]
            if entry in strings.paths:
                total += source_folder_bytes
    return total


@dataclass(frozen=True, slots=True)
class OperatorCode:
    """What one operator costs in Flash.

    Attributes:
        resolver: method of MicroMutableOpResolver.
        bytes: what it brings to a firmware without operators.
        own_bytes: what would go if it alone were dropped; the rest it shares with the others.
    """

    resolver: str
    bytes: int
    own_bytes: int

    @property
    def shared_bytes(self) -> int:
        return self.bytes - self.own_bytes


def operator_costs(code: CodeSize, operators: Collection[str]) -> tuple[OperatorCode, ...]:
    """The cost of each operator of a firmware, dearest first. Raises KeyError as :func:`link`."""
    names = sorted(set(operators))
    empty, full = link(code, ()).flash_bytes, link(code, names).flash_bytes
    costs = [
        OperatorCode(
            name,
            link(code, (name,)).flash_bytes - empty,
            full - link(code, [other for other in names if other != name]).flash_bytes,
        )
        for name in names
    ]
    return tuple(sorted(costs, key=lambda cost: (-cost.bytes, cost.resolver)))


def all_operators_bytes(code: CodeSize) -> int:
    """Flash of a firmware that registers every operator TFLM has."""
    return link(code, code.operators).flash_bytes

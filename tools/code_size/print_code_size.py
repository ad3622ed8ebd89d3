"""Print which sections of TFLM, its kernels and libc each operator needs, as estimator/data has it.

Works on what a build has left: the objects of the runtime, those of a firmware that uses every
operator in a function ``use_Add...`` of its own, and the toolchain's libraries.

    python tools/code_size/print_code_size.py --core cortex-m4 --kernels cmsis-nn --build release \\
        --libc nano --firmware start.o each.o model.o --runtime core/*.o kernels/*.o \\
        --library libm.a libgcc.a libc_nano.a libnosys.a libstdc++_nano.a \\
        --compiler "arm-none-eabi-gcc 12.2.1" --flags "-Os; kernels -O2" > out.json
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from elf import (
    SHF_ALLOC,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_WRITE,
    SHT_ARM_EXIDX,
    SHT_NOBITS,
    Object,
    Section,
    read_archive,
    read_object,
)
from linker import Linker

OUTPUTS = ("vectors", "text", "rodata", "unwind", "arrays", "data", "bss")
"""Output sections in the order of the image."""


_FOLDER = b"\1"
"""Stands for the source folder in a path."""


_SCRIPT_SYMBOLS = frozenset(
    ["__bss_end", "__bss_start", "__data_end", "__data_load", "__data_start", "__stack_top", "end"]
)
"""Symbols that the linker script defines."""

_MAIN = ".text.startup.main"
_STAND_INS = {
    "main": _MAIN,
    "model": ".rodata.harness_model",
    "arena": ".bss.g_arena",
    "resolver": ".bss._ZZ4mainE8resolver",
}
"""What the firmware has in the place of main(), a model, an arena, and a resolver."""


def _named(sections: list[Section], name: str) -> Section:
    return next(section for section in sections if section.name == name)


def output(section: Section) -> int:
    """Position in OUTPUTS of the output section that a section goes to."""
    if section.name.startswith(".isr_vector"):
        kind = "vectors"
    elif section.type == SHT_ARM_EXIDX:
        kind = "unwind"
    elif section.name.startswith((".init_array", ".fini_array", ".preinit_array")):
        kind = "arrays"
    elif section.type == SHT_NOBITS:
        kind = "bss"
    elif section.flags & SHF_WRITE:
        kind = "data"
    else:
        kind = "text" if section.flags & SHF_EXECINSTR else "rodata"
    return OUTPUTS.index(kind)


def part(name: str) -> str:
    """What an object belongs to, for people: ``kernels/conv.cc``, ``libm/lib_a-ef_exp.o``."""
    for marker, label in (
        ("tensorflow/lite/micro/kernels/", "kernels"),
        ("signal/micro/kernels/", "signal"),
        ("signal/src/", "signal"),
        ("Source/", "cmsis-nn"),
        ("tensorflow/", "runtime"),
    ):
        if marker in name:
            rest = name.split(marker, 1)[1].removesuffix(".o")
            return f"{label}/{rest.split('/', 1)[1] if label == 'cmsis-nn' else rest}"
    return name


class Strings:
    """Merged strings: each is kept once, and not at all where another one ends with it.

    Paths of source files (__FILE__, in assertions) are cut to what follows the source folder.
    """

    def __init__(self, sections: list[Section], folders: list[bytes]) -> None:
        self.paths: list[int] = []
        groups: dict[tuple[int, int], set[bytes]] = {}
        self.parts: dict[Section, list[tuple[tuple[int, int], bytes]]] = {}
        for section in sections:
            key = (section.entry_size, section.alignment)
            content = bytes(section.content)
            for folder in folders:
                content = content.replace(folder, _FOLDER)
            if section.flags & SHF_STRINGS:
                pieces = [piece + b"\0" for piece in content.split(b"\0")[:-1]]
                if section.alignment > 1:
                    pieces = [_padded(piece, section.alignment) for piece in _runs(content)]
            else:
                step = section.entry_size
                pieces = [content[i : i + step] for i in range(0, len(content), step)]
            groups.setdefault(key, set()).update(pieces)
            self.parts[section] = [(key, piece) for piece in pieces]
        self.ids: dict[tuple[tuple[int, int], bytes], int] = {}
        self.lengths: list[int] = []
        self.inside: dict[int, list[int]] = {}
        for key, pieces_ in sorted(groups.items()):
            ordered = sorted(pieces_)
            for piece in ordered:
                self.ids[key, piece] = len(self.lengths)
                if piece.startswith(_FOLDER):
                    self.paths.append(len(self.lengths))
                self.lengths.append(len(piece) - len(_FOLDER) * piece.count(_FOLDER))
            if key == (1, 1):
                self._find_tails(key, ordered)

    def _find_tails(self, key: tuple[int, int], pieces: list[bytes]) -> None:
        for piece in pieces:
            hosts = [
                self.ids[key, other] for other in pieces if other != piece and other.endswith(piece)
            ]
            if hosts:
                self.inside[self.ids[key, piece]] = hosts

    def of(self, section: Section) -> list[int]:
        return sorted({self.ids[entry] for entry in self.parts[section]})


def _runs(content: bytes) -> list[bytes]:
    return [piece for piece in re.findall(rb"[^\0]*\0+", content)]


def _padded(piece: bytes, alignment: int) -> bytes:
    text = piece.rstrip(b"\0") + b"\0"
    return text + bytes(-len(text) % alignment)


def load(arguments: argparse.Namespace) -> tuple[Linker, list[Section]]:
    """Link everything. Returns the linker and the sections that any firmware keeps."""
    linker = Linker()
    for path in arguments.firmware:
        linker.load(read_object(memoryview(path.read_bytes()), f"application/{path.name}"))
    runtime = [read_object(memoryview(path.read_bytes()), str(path)) for path in arguments.runtime]
    libraries: list[list[Object]] = [runtime]
    for path in arguments.library:
        label = path.stem.removesuffix("_nano")
        members = list(read_archive(path))
        for member in members:
            member.name = f"{label}/{member.name}"
        libraries.append(members)
    linker.search([runtime])
    linker.search(libraries)
    if missing := linker.undefined.keys() - _SCRIPT_SYMBOLS:
        raise SystemExit(f"undefined: {', '.join(sorted(missing))}")
    roots = [
        section
        for section in linker.order
        if section.name.startswith((".isr_vector", ".init_array", ".preinit_array", ".fini_array"))
    ]
    roots.append(linker.section_of("Reset_Handler"))
    return linker, roots


def main_bytes(path: Path) -> int:
    """Size of main() in a compiled firmware."""
    item = read_object(memoryview(path.read_bytes()), "application")
    return _named(item.sections, _MAIN).size


def single_operator_bytes(path: Path, needed: list[Section], expected_main: float) -> int:
    """What the compiler saves where a firmware has one operator: it inlines the only call.

    ``path`` is the firmware compiled with AddFullyConnected alone.
    """
    single = read_object(memoryview(path.read_bytes()), "application")
    others = sum(s.size for s in needed if _is_application_code(s) and s.name != _MAIN)
    real = sum(s.size for s in single.sections if _is_code(s))
    return round(real - others - expected_main)


def _is_code(section: Section) -> bool:
    return bool(section.flags & SHF_ALLOC) and OUTPUTS[output(section)] in ("text", "rodata")


def _is_application_code(section: Section) -> bool:
    return section.object.name == "application/each.o" and _is_code(section)


def tables(arguments: argparse.Namespace) -> dict[str, object]:
    """Everything that the data file says."""
    linker, roots = load(arguments)
    base = linker.reachable(roots)
    operators = {
        name.removeprefix("use_"): linker.reachable([linker.section_of(name)])
        for name in linker.definitions
        if name.startswith("use_Add")
    }
    kept = base.union(*operators.values())
    kept -= {linker.section_of(f"use_{name}") for name in operators}  # main() calls Add... itself
    order = [section for section in linker.order if section in kept and section.size]
    order.sort(key=output)  # stable: link order inside an output section
    merged = [section for section in order if section.flags & SHF_MERGE]
    strings = Strings(merged, [folder.encode() for folder in arguments.source_folder])
    four, whole = main_bytes(arguments.four), main_bytes(arguments.all)
    per_operator = (whole - four) / (len(operators) - 4)
    main = four - 4 * per_operator
    alone = [s for s in order if s in base | operators["AddFullyConnected"]]
    number = {section: index for index, section in enumerate(order)}
    parts = sorted({part(section.object.name) for section in order})
    return {
        "schema_version": 1,
        "core": arguments.core,
        "kernels": arguments.kernels,
        "build": arguments.build,
        "libc": arguments.libc,
        "tflm_commit": arguments.tflm,
        "cmsis_nn_commit": arguments.cmsis_nn,
        "compiler": arguments.compiler,
        "flags": arguments.flags,
        "source": "sections of the objects that GNU ld --gc-sections would keep; "
        "printed by tools/code_size",
        "outputs": OUTPUTS,
        "parts": parts,
        "size_bytes": [section.size for section in order],
        "alignment_bytes": [max(section.alignment, 1) for section in order],
        "output": [output(section) for section in order],
        "part": [parts.index(part(section.object.name)) for section in order],
        "string_bytes": strings.lengths,
        "strings": {str(number[section]): strings.of(section) for section in merged},
        "string_paths": strings.paths,
        "strings_inside": {str(key): hosts for key, hosts in strings.inside.items()},
        **{f"{key}_section": number[_named(order, name)] for key, name in _STAND_INS.items()},
        "resolver_bytes": arguments.resolver_bytes,
        "resolver_operators": 4,
        "main_bytes": round(main, 2),
        "main_bytes_per_operator": round(per_operator, 2),
        "single_operator_bytes": single_operator_bytes(
            arguments.single, alone, main + per_operator
        ),
        "base": sorted(number[section] for section in base if section in number),
        "operators": {
            name: sorted(number[section] for section in needed - base if section in number)
            for name, needed in sorted(operators.items())
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in ("core", "kernels", "build", "libc", "compiler", "flags"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--tflm", default="90b983c2")
    parser.add_argument("--cmsis-nn", default="4ab83cc3")
    parser.add_argument(
        "--resolver-bytes", type=int, default=36, help="growth of the resolver per operator"
    )
    for option in ("single", "four", "all"):
        parser.add_argument(f"--{option}", type=Path, required=True)
    parser.add_argument("--source-folder", action="append", default=[])
    for option in ("firmware", "runtime", "library"):
        parser.add_argument(f"--{option}", required=True, type=Path, nargs="+")
    found = tables(parser.parse_args())
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}"
        for key, value in found.items()
    ]
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()

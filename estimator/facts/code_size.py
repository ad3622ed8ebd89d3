"""Loads ``data/runtimes/*.json``: sections of TFLM, its kernels and libc, as compilers print them.

The files are printed by ``tools/code_size`` from real builds; nobody writes them by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from estimator.errors import FactsError
from estimator.facts.runtime import Kernels
from estimator.facts.strict import Table

_LARGEST = 2**32
RUNTIMES = Path(__file__).parent.parent / "data" / "runtimes"
OUTPUTS = ("vectors", "text", "rodata", "unwind", "arrays", "data", "bss")
"""Output sections in the order of the image; all but the last take Flash, the last two RAM."""


class Build(str, Enum):
    """How TFLM is compiled."""

    RELEASE = "release"  # NDEBUG and TF_LITE_STRIP_ERROR_STRINGS
    DEFAULT = "default"  # neither: assertions and error messages


class Libc(str, Enum):
    """newlib's flavour (--specs=nano.specs or not)."""

    NANO = "nano"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Strings:
    """String and constant pool that the linker merges, each entry kept once.

    Attributes:
        size_bytes: size of each entry; without the source folder for those in ``paths``.
        of_section: section -> its entries.
        inside: entry -> entries that end with it, so that it takes no room beside them.
        paths: entries that start with the path of a source file (assertions).
    """

    size_bytes: tuple[int, ...]
    of_section: Mapping[int, tuple[int, ...]]
    inside: Mapping[int, tuple[int, ...]]
    paths: frozenset[int]


@dataclass(frozen=True, slots=True)
class CodeSize:
    """All sections that a firmware of one build may hold, in link order.

    Attributes:
        core, kernels, build, libc: what was built.
        source: compiler, flags, upstream commits and how the sections were found.
        size_bytes, alignment_bytes: per section.
        output: per section, index into OUTPUTS.
        part: per section, index into ``parts``.
        parts: names of object files, such as ``kernels/conv.cc``.
        strings: the merged strings.
        base: sections of a firmware without any operator.
        operators: method of MicroMutableOpResolver -> sections that it needs beyond ``base``.
        model_section, arena_section: stand-ins of the application's model and tensor arena.
        resolver_section: a resolver of ``resolver_operators`` operators.
        resolver_bytes: by how much each operator lengthens it.
        main_section: main(), whose size is ``main_bytes`` and ``main_bytes_per_operator`` for
            each operator that it registers.
        single_operator_bytes: what a firmware with one operator has more (negative: the compiler
            inlines the only call).
    """

    core: str
    kernels: Kernels
    build: Build
    libc: Libc
    source: str
    size_bytes: tuple[int, ...]
    alignment_bytes: tuple[int, ...]
    output: tuple[int, ...]
    part: tuple[int, ...]
    parts: tuple[str, ...]
    strings: Strings
    base: frozenset[int]
    operators: Mapping[str, frozenset[int]]
    model_section: int
    arena_section: int
    resolver_section: int
    resolver_operators: int
    resolver_bytes: int
    main_section: int
    main_bytes: float
    main_bytes_per_operator: float
    single_operator_bytes: int


def code_size_path(core: str, kernels: Kernels, build: Build, libc: Libc) -> Path:
    """Where the data of a build lie."""
    name = f"code_{core}_{kernels.value}_{build.value}_{libc.value}.json"
    return RUNTIMES / name


@cache
def load_code_size(core: str, kernels: Kernels, build: Build, libc: Libc) -> CodeSize | None:
    """The sections of a build; None where that build was never measured.

    Raises:
        FactsError: the file is malformed.
    """
    path = code_size_path(core, kernels, build, libc)
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise FactsError(f"is no JSON: {error}", where=str(path)) from error
    if not isinstance(values, dict):
        raise FactsError("must be an object", where=path.name)
    return _code_size(Table(values, f"{path.name}: "))


def _code_size(table: Table) -> CodeSize:
    if table.take("schema_version", int) != 1:
        raise table.fail("must be 1", "schema_version")
    if tuple(table.take("outputs", list)) != OUTPUTS:
        raise table.fail(f"must be {', '.join(OUTPUTS)}", "outputs")
    sizes = _numbers(table, "size_bytes")
    parts = table.texts("parts")
    count = len(sizes)
    code = CodeSize(
        core=table.text("core"),
        kernels=table.choice("kernels", Kernels),
        build=table.choice("build", Build),
        libc=table.choice("libc", Libc),
        source=_source(table),
        size_bytes=sizes,
        alignment_bytes=_numbers(table, "alignment_bytes", count),
        output=_numbers(table, "output", count, len(OUTPUTS)),
        part=_numbers(table, "part", count, len(parts)),
        parts=parts,
        strings=_strings(table, count),
        base=frozenset(_numbers(table, "base", below=count)),
        operators=_sets(table, "operators", count),
        model_section=_section(table, "model_section", count),
        arena_section=_section(table, "arena_section", count),
        resolver_section=_section(table, "resolver_section", count),
        resolver_operators=table.whole("resolver_operators", 0, _LARGEST),
        resolver_bytes=table.whole("resolver_bytes", 0, _LARGEST),
        main_section=_section(table, "main_section", count),
        main_bytes=table.number("main_bytes", 0, _LARGEST),
        main_bytes_per_operator=table.number("main_bytes_per_operator", 0, _LARGEST),
        single_operator_bytes=table.whole("single_operator_bytes", -_LARGEST, _LARGEST),
    )
    table.done()
    return code


def _source(table: Table) -> str:
    keys = ("source", "compiler", "flags", "tflm_commit", "cmsis_nn_commit")
    text, compiler, flags, tflm, cmsis_nn = (table.text(key) for key in keys)
    return f"{text}; TFLM {tflm}, CMSIS-NN {cmsis_nn}, {compiler}, {flags}"


def _numbers(
    table: Table, key: str, count: int | None = None, below: int | None = None
) -> tuple[int, ...]:
    return _checked(table, key, table.take(key, list), count, below)


def _checked(
    table: Table, key: str, values: Any, count: int | None, below: int | None
) -> tuple[int, ...]:
    if not isinstance(values, list):
        raise table.fail(f"must be a list, not {values!r}", key)
    if not set(map(type, values)) <= {int} or (count is not None and len(values) != count):
        raise table.fail(f"must hold {'' if count is None else count} whole numbers", key)
    end = _LARGEST if below is None else below
    if values and (min(values) < 0 or max(values) >= end):
        raise table.fail(f"must hold numbers from 0 to below {end}", key)
    return tuple(values)


def _section(table: Table, key: str, count: int) -> int:
    return _checked(table, key, [table.take(key, int)], 1, count)[0]


def _sets(table: Table, key: str, below: int) -> dict[str, frozenset[int]]:
    lists = table.take(key, dict)
    return {
        name: frozenset(_checked(table, f"{key}.{name}", values, None, below))
        for name, values in lists.items()
    }


def _lists(table: Table, key: str, below_key: int, below: int) -> dict[int, tuple[int, ...]]:
    lists: dict[str, Any] = table.take(key, dict)
    _checked(table, key, [int(name) for name in lists if name.isdecimal()], len(lists), below_key)
    return {
        int(name): _checked(table, f"{key}.{name}", values, None, below)
        for name, values in lists.items()
    }


def _strings(table: Table, sections: int) -> Strings:
    sizes = _numbers(table, "string_bytes")
    return Strings(
        size_bytes=sizes,
        of_section=_lists(table, "strings", sections, len(sizes)),
        inside=_lists(table, "strings_inside", len(sizes), len(sizes)),
        paths=frozenset(_numbers(table, "string_paths", below=len(sizes))),
    )

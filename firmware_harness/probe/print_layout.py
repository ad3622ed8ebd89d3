#!/usr/bin/env python3
"""Prints a layout (estimator/data/layouts/*.toml): sizes and alignments of TFLM's structs.

The compiler is asked, nothing is run: for each of TFLM's files that declares some of the structs, a
translation unit that includes it and stores sizeof and alignof in a section is compiled, and the
section is read back. So any compiler and ABI will do, as long as there is an objcopy for it.

    print_layout.py --tflm ../tflite-micro --include DIR ... --like arm-none-eabi \
        --compiler arm-none-eabi-g++ --flags "-mcpu=cortex-m4 -mthumb" > mine.toml

The names come from an existing layout (--like); one that TFLM no longer declares is reported, and
left out.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import struct
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from estimator.facts.layout import load_layout

KERNELS = "tensorflow/lite/micro/kernels"
FOLDERS = (
    "tensorflow/compiler/mlir/lite/core/c", "tensorflow/lite/c", "tensorflow/lite/core/c",
    "tensorflow/lite/core/api", "tensorflow/lite/kernels/internal", "tensorflow/lite/micro",
    "signal",
)  # fmt: skip
OTHER_PORTS = {
    "arc_mli", "ceva", "xtensa", "ethos_u", "hexagon", "testing", "examples", "benchmarks",
    "python", "integration_tests", "riscv32_generic", "test", "testdata", "tools", "reference",
    "optimized",
}  # fmt: skip
NAMESPACES = (
    "tflite::internal", "tflite::tflm_signal", "tflm_signal", "tflite::micro",
    "tflite::lstm_internal",
)  # fmt: skip
"""Where TFLM declares structs outside of tflite; a name is looked for in all of them."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """How TFLM is compiled for the ABI in question."""

    compiler: str
    flags: tuple[str, ...]
    includes: tuple[Path, ...]
    definitions: tuple[str, ...]

    @property
    def objcopy(self) -> str:
        return re.sub(r"(g\+\+|gcc|clang\+\+|clang)(-[\d.]+)?$", "objcopy", self.compiler)


def main() -> int:
    arguments = _arguments()
    tools = Toolchain(
        arguments.compiler,
        tuple(shlex.split(arguments.flags)),
        (arguments.tflm, *arguments.include),
        tuple(arguments.define),
    )
    names = tuple(load_layout(arguments.like).structs)
    sizes, missing = probe(arguments.tflm, names, tools)
    version = _output([arguments.compiler, "--version"]).splitlines()[0]
    sys.stdout.write(to_toml(arguments, sizes, version))
    for name, why in missing.items():
        sys.stderr.write(f"{name}: {why}\n")
    return 1 if missing else 0


def probe(
    tflm: Path, names: tuple[str, ...], tools: Toolchain
) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    """Sizes by name, and what could not be found, with the reason."""
    sources = _sources(tflm)
    by_file: dict[Path, list[str]] = defaultdict(list)
    missing: dict[str, str] = {}
    for name in names:
        file = _declared_in(tflm, sources, name)
        if file is None:
            missing[name] = "declared nowhere"
        else:
            by_file[file].append(name)
    sizes: dict[str, tuple[int, int]] = {}
    with ThreadPoolExecutor(os.cpu_count()) as compilers:
        asked = {
            compilers.submit(_ask_compiler, file, tuple(group), tools): group
            for file, group in by_file.items()
        }
        for answer, group in asked.items():
            try:
                sizes |= answer.result()
            except subprocess.CalledProcessError as error:
                words = [line for line in error.stderr.splitlines() if "error" in line]
                missing |= dict.fromkeys(group, (words or ["the compiler failed"])[0])
    return sizes, missing


def to_toml(arguments: argparse.Namespace, sizes: dict[str, tuple[int, int]], version: str) -> str:
    """The layout file."""
    pointer = sizes["probe::pointer"][0]
    compression = "true" if "USE_TFLM_COMPRESSION" in arguments.define else "false"
    head = (
        "# Sizes and alignments in bytes, printed by a compiler; never edited by hand.\n"
        f'name = "{arguments.name}"\npointer_bytes = {pointer}\ncompression = {compression}\n'
        f'source = "{version}, {arguments.flags}, {arguments.commit}"\n\n[structs]\n'
    )
    lines = []
    for name in sorted(set(sizes) - {"probe::pointer"}):
        key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'
        lines.append(f"{key} = [{sizes[name][0]}, {sizes[name][1]}]\n")
    return head + "".join(lines)


def _sources(tflm: Path) -> dict[Path, str]:
    """All files that may declare a struct of the portable build."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((tflm / folder).rglob("*")):
            parts = set(path.relative_to(tflm).parts)
            ours = path.suffix in (".h", ".cc") and not parts & OTHER_PORTS
            if ours and not re.search(r"_test|test_|mock_|fake_", path.name):
                found[path] = path.read_text(errors="replace")
    return found


def _declared_in(tflm: Path, sources: dict[Path, str], name: str) -> Path | None:
    """The file of a struct: said in its name ("conv.cc:OpData"), or searched for."""
    file, colon, _ = name.partition(".cc:") if ".cc:" in name else name.partition(".h:")
    if colon:
        relative = file + colon[:-1]
        path = tflm / (relative if "/" in relative.removeprefix("cmsis_nn/") else
                       f"{KERNELS}/{relative}")  # fmt: skip
        return path if path.is_file() else None
    outer = re.sub(r"<.*", "", name.removeprefix("internal::").split("::")[0])
    declared = re.compile(
        rf"\b(?:struct|class|enum|union)\s+(?:class\s+)?{outer}\b[^;{{()]*\{{|\}}\s*{outer};"
    )
    files = [path for path, text in sources.items() if declared.search(text)]
    # A header before a source file, and the shorter path (not cmsis_nn/) before the longer.
    return min(files, key=lambda path: (path.suffix != ".h", len(path.parts)), default=None)


def _ask_compiler(
    file: Path, names: tuple[str, ...], tools: Toolchain
) -> dict[str, tuple[int, int]]:
    types = [re.sub(r".*\.(?:cc|h):", "", name) for name in names] + ["void*"]
    values = ", ".join(f"sizeof({t}), alignof({t})" for t in types)
    # Some of the kernels' headers rely on this one having been included before them.
    unit = ['#include "tensorflow/lite/micro/micro_context.h"', f'#include "{file}"']
    unit += [f"namespace {space} {{}}" for space in NAMESPACES]
    unit += ["namespace tflite { namespace probe {"]
    unit += [f"using namespace ::{space};" for space in NAMESPACES]
    unit += [
        'extern const unsigned long long answers[] __attribute__((used, section(".probe")));',
        f"const unsigned long long answers[] = {{{values}}};",
        "}}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder) / "probe.cc", Path(folder) / "probe.o"
        raw = Path(folder) / "probe.bin"
        source.write_text("\n".join(unit) + "\n")
        _output([
            tools.compiler, *tools.flags, "-std=c++17", "-fno-exceptions", "-fno-rtti", "-w",
            "-fno-access-control", "-DTF_LITE_STATIC_MEMORY",
            *(f"-D{definition}" for definition in tools.definitions),
            *(f"-I{include}" for include in tools.includes),
            "-c", str(source), "-o", str(binary),
        ])  # fmt: skip
        _output([tools.objcopy, "-O", "binary", "-j", ".probe", str(binary), str(raw)])
        numbers = struct.unpack(f"<{2 * len(types)}Q", raw.read_bytes())
    pairs = dict(zip((*names, "probe::pointer"), zip(numbers[::2], numbers[1::2])))
    return {name: (size, align) for name, (size, align) in pairs.items()}


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tflm", type=Path, required=True, help="TFLM's sources")
    parser.add_argument("--include", type=Path, nargs="*", default=[], help="flatbuffers, ...")
    parser.add_argument("--define", nargs="*", default=["NDEBUG"], help="as TFLM is built with")
    parser.add_argument("--compiler", default="arm-none-eabi-g++")
    parser.add_argument("--flags", default="-mcpu=cortex-m4 -mthumb")
    parser.add_argument("--like", default="arm-none-eabi", help="whose names to ask for")
    parser.add_argument("--name", required=True, help="of the new layout")
    parser.add_argument("--commit", required=True, help='such as "tflite-micro 90b983c2"')
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

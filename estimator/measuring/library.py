"""The user's TFLM library: what they say about it, held against what the binary shows."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from estimator.errors import MeasurementError
from estimator.facts.runtime import Kernels
from estimator.facts.strict import load

BUILDS = ("release", "default")
_COMMIT = re.compile(r"[0-9a-f]{8,40}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CPU_ARCHITECTURES = {
    "cortex-m0plus": "v6S-M", "cortex-m3": "v7", "cortex-m4": "v7E-M", "cortex-m7": "v7E-M",
    "cortex-m7-dp": "v7E-M", "cortex-m33": "v8-M.mainline", "cortex-m55": "v8.1-M.mainline",
}  # fmt: skip
"""Tag_CPU_arch of the ABI (Arm IHI 0045) as readelf prints it."""
_FPU_PRECISIONS = {"cortex-m7": "single", "cortex-m7-dp": "double"}


@dataclass(frozen=True, slots=True)
class TflmLibrary:
    """A static library of TFLM with its headers, and how it was built.

    Attributes:
        name: what records are filed under, such as ``tflm-90b983c2-cmsis-nn-release``.
        library: libtensorflow-microlite.a.
        include: TFLM's include folders.
        kernels: OPTIMIZED_KERNEL_DIR.
        tflm_commit, cmsis_nn_commit: the sources' commits; the latter is None without CMSIS-NN.
        build: ``release`` (NDEBUG and TF_LITE_STRIP_ERROR_STRINGS) or ``default``.
        definitions: preprocessor definitions that headers must see as the library did.
        flags: the compiler's flags, for the record.
    """

    name: str
    library: Path
    include: tuple[Path, ...]
    kernels: Kernels
    tflm_commit: str
    cmsis_nn_commit: str | None
    build: str
    definitions: tuple[str, ...]
    flags: str


@dataclass(frozen=True, slots=True)
class BinaryFacts:
    """What a static library tells about itself; None where it doesn't.

    Attributes:
        fpu_precision: ``single`` or ``double``; None for software floating point.
        source_folder_bytes: length of the path of TFLM's folder, which the assertions of default
            builds hold; 0 where there is none.
    """

    kernels: Kernels
    build: str
    compiler: str | None
    cpu_architecture: str | None
    fpu_precision: str | None
    source_folder_bytes: int


def load_library(path: Path) -> TflmLibrary:
    """Read a description of a library (README.md of firmware_harness shows one).

    Paths in it are relative to the file.

    Raises:
        MeasurementError: the file or a value is wrong, or a path isn't there.
    """
    table = load(path, MeasurementError)
    kernels = table.choice("kernels", Kernels).value
    build = table.one_of("build", BUILDS)
    commit = _commit(table.take("tflm_commit", str), f"{path.name}: tflm_commit")
    cmsis = table.take("cmsis_nn_commit", str, "")
    if (kernels == Kernels.CMSIS_NN.value) != bool(cmsis):
        raise table.fail("must be given with kernels = cmsis-nn, and only then", "cmsis_nn_commit")
    name = table.take("name", str, f"tflm-{commit[:8]}-{kernels}-{build}")
    if not _NAME.fullmatch(name):
        raise table.fail(f"must be usable as a folder's name, not {name!r}", "name")
    library = TflmLibrary(
        name=name,
        library=_existing(path, table.text("library")),
        include=tuple(_existing(path, folder) for folder in table.texts("include")),
        kernels=Kernels(kernels),
        tflm_commit=commit,
        cmsis_nn_commit=_commit(cmsis, f"{path.name}: cmsis_nn_commit") if cmsis else None,
        build=build,
        definitions=table.texts("definitions") if "definitions" in table else (),
        flags=table.take("flags", str),
    )
    table.done()
    return library


def check_library(library: TflmLibrary, core: str) -> BinaryFacts:
    """Compare what the user says with the binary.

    Args:
        library: the description.
        core: the board's core; ``host`` skips the look at the architecture.

    Raises:
        MeasurementError: they contradict each other, or the file is no TFLM library.
    """
    facts = read_binary(library.library)
    where = library.library.name
    for said, found, what in (
        (library.kernels.value, facts.kernels.value, "kernels"),
        (library.build, facts.build, "build"),
    ):
        if said != found:
            raise MeasurementError(
                f"its description says {what} = {said!r}, the binary shows {found!r}",
                where=where,
                fix="correct the description, or build the library again",
            )
    expected = _CPU_ARCHITECTURES.get(core)
    if expected and facts.cpu_architecture and facts.cpu_architecture != expected:
        raise MeasurementError(
            f"is built for {facts.cpu_architecture}, the board's {core} is {expected}",
            where=where,
            fix="name the library of that core",
        )
    precision = _FPU_PRECISIONS.get(core)
    if precision and facts.fpu_precision and facts.fpu_precision != precision:
        raise MeasurementError(
            f"is built for {facts.fpu_precision} precision, the FPU of {core} has {precision}",
            where=where,
            fix=f"build it with -mfpu=fpv5-{'sp-' if precision == 'single' else ''}d16",
        )
    return facts


def read_binary(library: Path) -> BinaryFacts:
    """Look into a static library with nm and readelf.

    Raises:
        MeasurementError: it is no archive of TFLM.
    """
    symbols = set(re.findall(r" [TtWV] (\S+)", _tool("nm", "--defined-only", str(library))))
    if not any("MicroInterpreter" in symbol for symbol in symbols):
        raise MeasurementError("is no library of TFLM", where=library.name)
    attributes = _tool("readelf", "-A", str(library))
    architecture = re.search(r"Tag_CPU_arch: (\S+)", attributes)
    comments = _tool("readelf", "-p", ".comment", str(library))
    compiler = re.search(r"\] +(.*\S)", comments)
    return BinaryFacts(
        kernels=Kernels.CMSIS_NN if "arm_convolve_wrapper_s8" in symbols else Kernels.REFERENCE,
        # Without error strings TFLM has no function to print them with (micro_log.cc).
        build="default" if "_Z11MicroPrintfPKcz" in symbols else "release",
        compiler=compiler.group(1) if compiler else None,
        cpu_architecture=architecture.group(1) if architecture else None,
        fpu_precision=_fpu_precision(attributes),
        source_folder_bytes=_source_folder_bytes(library.read_bytes()),
    )


def _fpu_precision(attributes: str) -> str | None:
    if "Tag_FP_arch:" not in attributes:
        return None
    return "single" if "Tag_ABI_HardFP_use: SP only" in attributes else "double"


def _source_folder_bytes(content: bytes) -> int:
    """Length of what stands before tensorflow/ in the paths that assertions print."""
    folders = re.findall(rb"([ -~]*)tensorflow/lite/micro/[\w/]+\.cc\0", content)
    # The most frequent one: code may end in letters where no zero byte precedes a string.
    return Counter(map(len, folders)).most_common(1)[0][0] if folders else 0


def _tool(name: str, *arguments: str) -> str:
    for command in (f"arm-none-eabi-{name}", name):
        if shutil.which(command):
            done = subprocess.run(
                [command, *arguments], capture_output=True, text=True, errors="replace", check=False
            )
            return done.stdout
    raise MeasurementError(
        f"{name} is not installed", where="binutils", fix="apt install gcc-arm-none-eabi"
    )


def _commit(value: str, where: str) -> str:
    if not _COMMIT.fullmatch(value):
        raise MeasurementError(f"must be a commit in hexadecimal, not {value!r}", where=where)
    return value


def _existing(description: Path, name: str) -> Path:
    path = (description.parent / name).resolve()
    if not path.exists():
        raise MeasurementError(f"there is no {name}", where=description.name)
    return path

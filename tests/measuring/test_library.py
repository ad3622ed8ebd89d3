"""Descriptions of TFLM libraries, held against small archives with TFLM's telling symbols."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from estimator.errors import MeasurementError
from estimator.facts.runtime import Kernels
from estimator.measuring.library import check_library, load_library, read_binary

INTERPRETER = "void _ZN6tflite16MicroInterpreter6InvokeEv(void) {}\n"
CMSIS_NN = "void arm_convolve_wrapper_s8(void) {}\n"
DEFAULT = "void _Z11MicroPrintfPKcz(void) {}\n"
DESCRIPTION = {
    "library": '"libtensorflow-microlite.a"',
    "include": '["."]',
    "kernels": '"cmsis-nn"',
    "tflm_commit": '"90b983c2"',
    "cmsis_nn_commit": '"4ab83cc3"',
    "build": '"release"',
    "definitions": '["NDEBUG"]',
    "flags": '"-Os"',
}

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes an archive from C and a description of it; a value None leaves a key out."""

    def library(code: str = INTERPRETER + CMSIS_NN, cpu: str = "cortex-m4",
                options: tuple[str, ...] = (), **values: str | None) -> Path:  # fmt: skip
        source, member = tmp_path / "x.c", tmp_path / "x.o"
        source.write_text(code)
        archive = tmp_path / "libtensorflow-microlite.a"
        archive.unlink(missing_ok=True)
        compile_ = ["arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", *options, "-c"]
        subprocess.run([*compile_, str(source), "-o", str(member)], check=True)
        subprocess.run(["arm-none-eabi-ar", "rcs", archive, member], check=True)
        described = tmp_path / "tflm.toml"
        lines = (f"{key} = {value}" for key, value in (DESCRIPTION | values).items() if value)
        described.write_text("\n".join(lines))
        return described

    return library


def test_description_that_agrees_with_the_binary(make: Make) -> None:
    library = load_library(make())
    assert library.name == "tflm-90b983c2-cmsis-nn-release"
    assert library.kernels is Kernels.CMSIS_NN
    facts = check_library(library, "cortex-m4")
    assert facts.compiler is not None and facts.compiler.startswith("GCC:")
    assert facts.cpu_architecture == "v7E-M"


@pytest.mark.parametrize(
    ("core", "other"), [("cortex-m7", "fpv5-d16"), ("cortex-m7-dp", "fpv5-sp-d16")]
)
def test_library_for_the_other_fpu_of_a_cortex_m7(core: str, other: str, make: Make) -> None:
    (own,) = {"fpv5-d16", "fpv5-sp-d16"} - {other}
    for fpu in (own, other):
        library = load_library(make(cpu="cortex-m7", options=(f"-mfpu={fpu}", "-mfloat-abi=hard")))
        if fpu == own:
            check_library(library, core)
            continue
        with pytest.raises(MeasurementError, match=f"precision, the FPU of {core} has"):
            check_library(library, core)
    soft = load_library(make(cpu="cortex-m7", options=("-mfloat-abi=soft",)))
    assert check_library(soft, core).fpu_precision is None


@pytest.mark.parametrize(
    ("code", "values", "message"),
    [
        (INTERPRETER, {}, "says kernels = 'cmsis-nn', the binary shows 'reference'"),
        (
            INTERPRETER + CMSIS_NN,
            {"kernels": '"reference"', "cmsis_nn_commit": None},
            "says kernels = 'reference', the binary shows 'cmsis-nn'",
        ),
        (
            INTERPRETER + CMSIS_NN + DEFAULT,
            {},
            "says build = 'release', the binary shows 'default'",
        ),
        (
            INTERPRETER + CMSIS_NN,
            {"build": '"default"'},
            "says build = 'default', the binary shows 'release'",
        ),
        ("int nothing;\n", {}, "is no library of TFLM"),
    ],
)
def test_description_that_the_binary_contradicts(
    code: str, values: dict[str, str | None], message: str, make: Make
) -> None:
    with pytest.raises(MeasurementError, match=message):
        check_library(load_library(make(code, **values)), "cortex-m4")


def test_source_folder_is_the_most_frequent_one(make: Make) -> None:
    names = ("sources/tflm/tensorflow/lite/micro/a.cc", "sources/tflm/tensorflow/lite/micro/x/b.cc",
             "junk of codesources/tflm/tensorflow/lite/micro/c.cc")  # fmt: skip
    code = "".join(f'const char* name{i} = "{name}";\n' for i, name in enumerate(names))
    facts = check_library(load_library(make(INTERPRETER + CMSIS_NN + code)), "cortex-m4")
    assert facts.source_folder_bytes == len("sources/tflm/")
    assert check_library(load_library(make()), "cortex-m4").source_folder_bytes == 0


@pytest.mark.parametrize("cpu", ["cortex-m3", "cortex-m0plus", "cortex-m33", "cortex-m55"])
def test_library_of_another_core(cpu: str, make: Make) -> None:
    library = load_library(make(cpu=cpu))
    with pytest.raises(MeasurementError, match="the board's cortex-m4 is v7E-M"):
        check_library(library, "cortex-m4")
    check_library(library, cpu)


def test_file_that_is_no_archive(tmp_path: Path) -> None:
    file = tmp_path / "x.a"
    file.write_text("not an archive")
    with pytest.raises(MeasurementError, match=r"x\.a: is no library of TFLM"):
        read_binary(file)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"library": '"nowhere.a"'}, "there is no nowhere.a"),
        ({"include": '["nowhere"]'}, "there is no nowhere"),
        ({"kernels": '"fast"'}, "kernels: .* is none of reference, cmsis-nn"),
        ({"build": '"debug"'}, "build: .* is none of release, default"),
        ({"tflm_commit": '"main"'}, "tflm_commit: must be a commit in hexadecimal"),
        ({"cmsis_nn_commit": '"v7"'}, "cmsis_nn_commit: must be a commit in hexadecimal"),
        ({"cmsis_nn_commit": None}, "cmsis_nn_commit: must be given with kernels = cmsis-nn"),
        ({"kernels": '"reference"'}, "cmsis_nn_commit: must be given with kernels = cmsis-nn"),
        ({"flags": None}, "flags: is missing"),
        ({"name": '"../escape"'}, "name: must be usable as a folder's name"),
        ({"surplus": "1"}, "surplus: is not a known key"),
    ],
)
def test_wrong_descriptions(values: dict[str, str | None], message: str, make: Make) -> None:
    with pytest.raises(MeasurementError, match=message):
        load_library(make(**values))


def test_description_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match=r"tflm\.toml: can't be read"):
        load_library(tmp_path / "tflm.toml")

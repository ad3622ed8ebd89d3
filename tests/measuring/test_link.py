"""Linking the smallest firmware through the harness's CMake, with stand-ins for TFLM's headers.

The stand-ins declare what the firmware and the generated resolver.h use, so that a compiler for
the board takes the header; sizes of real TFLM are in golden/links.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from estimator.errors import MeasurementError
from estimator.measuring.build import LinkedSizes
from estimator.measuring.linking import LinkedModel, open_linking
from estimator.ops import operators
from estimator.reading import open_model, read

from .conftest import MODEL
from .test_cli import mculint

BOARD = "mps2_an386"
METHODS = tuple(
    sorted({operators()[op.name].resolver for _, op in read(open_model(MODEL)).operators})
)
STATIC_BYTES = 32
"""The resolver below and g_result take 28; the arena after them is 16-aligned."""

RESOLVER = """#pragma once
enum TfLiteStatus {{ kTfLiteOk, kTfLiteError }};
enum TfLiteType {{ kTfLiteFloat32, kTfLiteInt8 }};
struct TFLMRegistration;
namespace tflite {{
class MicroOpResolver {{}};
template <unsigned kOps> class MicroMutableOpResolver : public MicroOpResolver {{
 public:
{methods}
 private:
  int registered_[kOps];
}};
}}
"""
INTERPRETER = """#pragma once
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
struct TfLiteTensor { union { signed char* int8; } data; };
namespace tflite {
struct Model;
class MicroInterpreter {
 public:
  MicroInterpreter(const Model*, const MicroOpResolver&, unsigned char* arena, unsigned bytes);
  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  TfLiteTensor* input(unsigned);
  TfLiteTensor* output(unsigned);
 private:
  TfLiteTensor tensor_;
};
}
"""
SCHEMA = """#pragma once
namespace tflite { struct Model; const Model* GetModel(const void*); }
"""
LIBRARY = """#include "tensorflow/lite/micro/micro_interpreter.h"
extern const char filler[FILLER] = {{1}};
namespace tflite {{
MicroInterpreter::MicroInterpreter(const Model*, const MicroOpResolver&, unsigned char* arena,
                                   unsigned) {{ tensor_.data.int8 = (signed char*)arena; }}
TfLiteStatus MicroInterpreter::AllocateTensors() {{ return kTfLiteOk; }}
TfLiteStatus MicroInterpreter::Invoke() {{
  return *(volatile const char*)&filler[1] ? kTfLiteError : kTfLiteOk;
}}
TfLiteTensor* MicroInterpreter::input(unsigned) {{ return &tensor_; }}
TfLiteTensor* MicroInterpreter::output(unsigned) {{ return &tensor_; }}
const Model* GetModel(const void* model) {{ return static_cast<const Model*>(model); }}
}}
const char* where() {{ return "{folder}tensorflow/lite/micro/micro_allocator.cc"; }}
"""
DESCRIPTION = """library = "libtensorflow-microlite.a"
include = ["."]
kernels = "reference"
tflm_commit = "90b983c2"
build = "release"
definitions = ["NDEBUG"]
flags = "made up"
"""

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a library of ``filler`` bytes and more whose resolver has just these methods."""

    def library(filler: int = 1000, methods: tuple[str, ...] = METHODS) -> Path:
        folder = tmp_path / "tflm"
        micro, schema = folder / "tensorflow/lite/micro", folder / "tensorflow/lite/schema"
        micro.mkdir(parents=True, exist_ok=True)
        schema.mkdir(parents=True, exist_ok=True)
        lines = (f"  TfLiteStatus {name}() {{ return kTfLiteOk; }}" for name in methods)
        resolver = RESOLVER.format(methods="\n".join(lines))
        (micro / "micro_mutable_op_resolver.h").write_text(resolver)
        (micro / "micro_interpreter.h").write_text(INTERPRETER)
        (schema / "schema_generated.h").write_text(SCHEMA)
        (folder / "x.cc").write_text(LIBRARY.format(folder="sources/of/"))
        compile_ = ["arm-none-eabi-g++", "-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16",
                    "-mfloat-abi=hard", "-ffunction-sections", "-fdata-sections", "-Os", "-I.",
                    f"-DFILLER={filler}", "-c", "x.cc", "-o", "x.o"]  # fmt: skip
        subprocess.run(compile_, cwd=folder, check=True)
        archive = folder / "libtensorflow-microlite.a"
        archive.unlink(missing_ok=True)
        subprocess.run(["arm-none-eabi-ar", "rcs", archive.name, "x.o"], cwd=folder, check=True)
        (folder / "tflm.toml").write_text(DESCRIPTION)
        return folder / "tflm.toml"

    return library


def linked(library: Path, folder: Path, **more: str) -> LinkedModel:
    (made,) = open_linking(BOARD, library, folder, **more).models([MODEL])
    return made


def test_generated_header_compiles_and_sizes_are_the_linkers(make: Make, tmp_path: Path) -> None:
    sizes = []
    for filler in (1000, 3000):
        made = linked(make(filler), tmp_path / "build")
        assert made.error is None and made.linked is not None
        assert made.resolver == METHODS
        assert made.linked.static_bytes == STATIC_BYTES
        sizes.append(made.linked.flash_bytes)
    assert sizes[1] - sizes[0] == 2000
    assert 1000 < sizes[0] < 3000  # the model is left out
    header = (tmp_path / "build/model/resolver.h").read_text()
    assert re.findall(r"resolver\.(\w+)\(\);", header) == list(METHODS)


def test_method_that_the_resolver_lacks(make: Make, tmp_path: Path) -> None:
    made = linked(make(methods=METHODS[:-1]), tmp_path / "build")
    assert made.linked is None
    assert f"no member named '{METHODS[-1]}'" in str(made.error).replace("\u2018", "'").replace(
        "\u2019", "'"
    )


def test_full_libc_is_another_link(make: Make, tmp_path: Path) -> None:
    library = make()
    made = linked(library, tmp_path / "build", libc="full")
    assert made.error is None
    commands = (tmp_path / "build/cmake/smallest.map").read_text()
    assert "libc.a" in commands and "libc_nano.a" not in commands
    with pytest.raises(MeasurementError, match="--libc: the harness's own firmware needs nano"):
        open_linking(BOARD, library, tmp_path, firmware="harness", libc="full")


def test_the_command_prints_a_table_records_and_fails_on_a_difference(
    make: Make, tmp_path: Path
) -> None:
    arguments = [
        "link", str(MODEL), "--board", BOARD, "--tflm-library", str(make()),
        "--build-folder", str(tmp_path / "build"), "--record", str(tmp_path / "links"),
    ]  # fmt: skip
    done = mculint(*arguments)
    row = re.search(r"^kws_ds_cnn_int8 +([\d,]+) B +([\d,]+) B +\+([\d,]+) B", done.stdout, re.M)
    assert row is not None, done.stdout + done.stderr
    flash, foretold, off = (int(cell.replace(",", "")) for cell in row.groups())
    assert foretold - flash == off > 128
    assert done.returncode == 1
    (path,) = (tmp_path / "links").iterdir()
    assert path.name == "cortex-m4_reference_release_nano.json"
    record = json.loads(path.read_text())
    assert str(tmp_path) not in path.read_text()
    assert record["source_folder_bytes"] == len("sources/of/")
    size = MODEL.stat().st_size
    assert record["links"] == [
        {"model": MODEL.name, "model_bytes": size, "operators": list(METHODS),
         "flash_bytes": flash - size, "static_bytes": STATIC_BYTES}
    ]  # fmt: skip
    assert mculint(*arguments).returncode == 1  # the same again is no contradiction
    make(2000)
    done = mculint(*arguments)
    assert done.returncode == 2
    assert "says something else of kws_ds_cnn_int8.tflite" in done.stderr
    assert json.loads(path.read_text()) == record
    assert mculint(*arguments, "--replace").returncode == 1
    assert json.loads(path.read_text())["links"][0]["flash_bytes"] == flash - size + 1000


def test_the_host_has_no_firmware(make: Make, tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="native: has no firmware to link"):
        open_linking("native", make(), tmp_path)


@pytest.mark.parametrize(
    ("foretold", "agrees"),
    [
        (LinkedSizes(1128, 8), True),
        (LinkedSizes(872, 8), True),
        (LinkedSizes(1129, 8), False),
        (LinkedSizes(871, 8), False),
        (LinkedSizes(1000, 12), False),
        (None, False),
    ],
)
def test_what_agrees(foretold: LinkedSizes | None, agrees: bool) -> None:
    made = LinkedModel(MODEL, 1, (), LinkedSizes(1000, 8), foretold)
    assert made.agrees is agrees

"""The layout probe, on a small tree that declares structs in the ways that TFLM does."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from estimator.facts.strict import load

from .conftest import ROOT

FILES = {
    "tensorflow/lite/micro/micro_context.h": "#pragma once\n",
    "tensorflow/compiler/mlir/lite/core/c/builtin_op_data.h": (
        "typedef enum { kSame, kValid } TfLitePadding;\n"
        "typedef struct {\n  TfLitePadding padding;\n  int stride;\n} TfLiteConvParams;\n"
    ),
    "tensorflow/lite/micro/memory_planner/greedy_memory_planner.h": (
        "#include <cstdint>\nnamespace tflite {\nclass GreedyMemoryPlanner {\n"
        " private:\n  struct ListEntry { int offset; void* next; };\n  uint8_t* buffer_;\n};\n}\n"
    ),
    "tensorflow/lite/micro/kernels/reduce.h": (
        "namespace tflite {\nstruct OpDataReduce { double scale; char c; };\n"
        "namespace internal { struct Request { short s; }; }\n"
        "template <unsigned kOps> class Resolver { int ops_[kOps]; };\n}\n"
    ),
    "tensorflow/lite/micro/kernels/cumsum.cc": (
        "namespace tflite {\nnamespace {\nstruct OpData { char axis[5]; };\n}\n}\n"
    ),
    "tensorflow/lite/micro/kernels/cmsis_nn/add.cc": (
        "namespace {\nstruct OpData { int a, b, c; };\n}\n"
    ),
    "tensorflow/lite/micro/kernels/xtensa/reduce.h": "struct OpDataReduce { char wrong; };\n",
    "signal/micro/kernels/delay.cc": "struct DelayParams { void* state; short size; };\n",
}
EXPECTED = {
    "TfLitePadding": (1, 1),
    "TfLiteConvParams": (8, 4),
    "GreedyMemoryPlanner": (4, 4),
    "GreedyMemoryPlanner::ListEntry": (8, 4),
    "OpDataReduce": (16, 8),
    "internal::Request": (2, 2),
    "Resolver<10>": (40, 4),
    "cumsum.cc:OpData": (5, 1),
    "cmsis_nn/add.cc:OpData": (12, 4),
    "signal/micro/kernels/delay.cc:DelayParams": (8, 4),
    "probe::pointer": (4, 4),
}
NAMES = tuple(name for name in EXPECTED if name != "probe::pointer")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = ROOT / "firmware_harness" / "probe" / "print_layout.py"
    spec = importlib.util.spec_from_file_location("print_layout", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["print_layout"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tflm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tflm")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_arm_with_short_enums(script: ModuleType, tflm: Path) -> None:
    tools = script.Toolchain("arm-none-eabi-g++", ("-mcpu=cortex-m4", "-mthumb"), (tflm,), ())
    assert script.probe(tflm, NAMES, tools) == (EXPECTED, {})


def test_flags_change_the_answer(script: ModuleType, tflm: Path) -> None:
    flags = ("-mcpu=cortex-m4", "-mthumb", "-fno-short-enums")
    tools = script.Toolchain("arm-none-eabi-g++", flags, (tflm,), ())
    sizes, _ = script.probe(tflm, ("TfLitePadding", "TfLiteConvParams"), tools)
    assert sizes["TfLitePadding"] == (4, 4)


def test_host_compiler(script: ModuleType, tflm: Path) -> None:
    tools = script.Toolchain("g++", (), (tflm,), ())
    sizes, _ = script.probe(tflm, ("GreedyMemoryPlanner::ListEntry",), tools)
    assert sizes == {"GreedyMemoryPlanner::ListEntry": (16, 8), "probe::pointer": (8, 8)}


def test_what_is_missing_is_said(script: ModuleType, tflm: Path) -> None:
    tools = script.Toolchain("arm-none-eabi-g++", ("-mcpu=cortex-m4", "-mthumb"), (tflm,), ())
    sizes, missing = script.probe(tflm, ("Nowhere", "gone.cc:OpData", "cumsum.cc:Gone"), tools)
    assert sizes == {}
    assert missing["Nowhere"] == missing["gone.cc:OpData"] == "declared nowhere"
    assert "Gone" in missing["cumsum.cc:Gone"]


def test_output_is_a_layout_file(script: ModuleType, tmp_path: Path) -> None:
    arguments = argparse.Namespace(
        name="mine", commit="tflite-micro 90b983c2", flags="-mthumb", define=["NDEBUG"]
    )
    path = tmp_path / "mine.toml"
    path.write_text(script.to_toml(arguments, EXPECTED, "g++ 12.2.1"))
    table = load(path)
    assert table.take("pointer_bytes", int) == 4
    assert table.take("source", str) == "g++ 12.2.1, -mthumb, tflite-micro 90b983c2"
    structs = table.table("structs")
    assert {name: tuple(structs.take(name, list)) for name in structs} == {
        name: EXPECTED[name] for name in NAMES
    }

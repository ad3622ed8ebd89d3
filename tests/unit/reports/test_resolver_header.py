"""The generated header holds what the model holds, and a compiler takes it."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from estimator.errors import ConfigError
from estimator.graph import Graph
from estimator.ops import operators
from estimator.reading import read
from estimator.reports.resolver_header import HeaderModel, render

GOLDEN = Path(__file__).parents[3] / "golden" / "models"


def graph(name: str) -> Graph:
    return read(memoryview((GOLDEN / f"{name}.tflite").read_bytes()))


def header(*models: HeaderModel) -> str:
    return render(models, operators())


def test_one_model() -> None:
    model = graph("kws_ds_cnn_int8")
    text = header(HeaderModel("kws", model, 22832))
    methods = re.findall(r"resolver\.(Add\w+)\(\)", text)
    assert methods == sorted({operators()[op.name].resolver for _, op in model.operators})
    assert f"kOperatorCount = {len(methods)};" in text
    assert f"MicroMutableOpResolver<{len(methods)}>" in text
    assert "kTensorArenaSize = 22832;" in text
    tensor = model.main.tensors[model.main.inputs[0]]
    shape = ", ".join(map(str, tensor.shape))
    assert f"std::array<int, {tensor.rank}> kInput0Shape = {{{shape}}};" in text
    assert "kInput0Type = kTfLiteInt8;" in text
    found = re.search(r"kInput0Scale = (\S+)f;", text)
    assert found is not None
    assert struct.pack("<f", float(found[1])) == struct.pack("<f", tensor.scale)
    assert f"kInput0ZeroPoint = {tensor.zero_point};" in text


def test_models_that_share_a_firmware_get_the_union_and_the_largest_arena() -> None:
    first, second = graph("kws_ds_cnn_int8"), graph("ic_resnet8_int8")
    text = header(HeaderModel("a", first, 100), HeaderModel("a", second, 3000))
    names = {op.name for each in (first, second) for _, op in each.operators}
    assert set(re.findall(r"resolver\.(Add\w+)\(\)", text)) == {
        operators()[name].resolver for name in names
    }
    assert "kTensorArenaSize = 3000;" in text
    assert re.findall(r"^namespace (\w+) {", text, re.M) == ["mculint", "model_a", "model_a_2"]


def test_an_unknown_arena_is_left_out() -> None:
    text = header(HeaderModel("kws", graph("kws_ds_cnn_int8"), None))
    assert "kTensorArenaSize is left out: unknown for kws" in text
    assert "constexpr size_t kTensorArenaSize" not in text


def with_first_operator(model: Graph, **changes: object) -> Graph:
    main = model.main
    first = replace(main.operators[0], **changes)  # type: ignore[arg-type]
    return replace(model, subgraphs=(replace(main, operators=(first, *main.operators[1:])),))


def test_operators_without_a_method_are_an_error() -> None:
    model = with_first_operator(graph("kws_ds_cnn_int8"), name="RNN")
    with pytest.raises(ConfigError, match="no method for RNN"):
        header(HeaderModel("kws", model, 1))


HOSTILE = 'ends \\\n#error "??/'


@pytest.mark.skipif(not shutil.which("g++"), reason="no g++")
def test_a_compiler_takes_it(tmp_path: Path) -> None:
    """Against a stand-in for TFLM's header that declares what the generated one uses."""
    model = with_first_operator(graph("kws_ds_cnn_int8"), name=HOSTILE, is_custom=True)
    tensors = tuple(replace(tensor, name=HOSTILE) for tensor in model.main.tensors)
    scalar = replace(tensors[0], shape=())
    main = replace(model.main, tensors=(scalar, *tensors[1:]))
    hostile = HeaderModel(HOSTILE, replace(model, subgraphs=(main,)), 16)
    text = header(hostile, HeaderModel("2nd class", graph("ic_resnet8_int8"), 32))
    (tmp_path / "generated.h").write_text(text)
    stub = tmp_path / "tensorflow/lite/micro/micro_mutable_op_resolver.h"
    stub.parent.mkdir(parents=True)
    adds = "".join(
        f"TfLiteStatus {name}() {{ return kTfLiteOk; }}\n"
        for name in sorted({model.resolver for model in operators().values()} - {"AddCustom"})
    )
    stub.write_text(
        "#pragma once\nenum TfLiteStatus { kTfLiteOk, kTfLiteError };\n"
        "enum TfLiteType { kTfLiteInt8, kTfLiteFloat32 };\nstruct TFLMRegistration {};\n"
        "namespace tflite { template <unsigned N> struct MicroMutableOpResolver {\n"
        "TfLiteStatus AddCustom(const char*, const TFLMRegistration*) { return kTfLiteOk; }\n"
        f"{adds}}}; }}\n"
    )
    (tmp_path / "main.cc").write_text(
        '#include "generated.h"\n#include "generated.h"\n'
        "int main() { mculint::OpResolver resolver; TFLMRegistration custom;\n"
        "mculint::RegisterOps(resolver, &custom); return mculint::model_2nd_class::kInputCount; }"
    )
    subprocess.run(
        ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I.", "main.cc"],
        cwd=tmp_path, check=True,
    )  # fmt: skip

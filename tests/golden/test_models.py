"""The golden models are what their manifest says, agree with what is published, and run.

Files are read with the `tflite` package alone: neither by the estimator nor by what built them.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tflite

REPOSITORY = Path(__file__).parents[2]
MODELS = REPOSITORY / "golden" / "models"
ENTRIES: dict[str, dict[str, Any]] = {
    entry["file"].removesuffix(".tflite"): entry
    for entry in json.loads((MODELS / "manifest.json").read_text())["models"]
}
OPERATOR_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items()}
WITH_MACS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
every_model = pytest.mark.parametrize("name", ENTRIES)


@dataclass(frozen=True)
class Tensor:
    shape: tuple[int, ...]
    type: int
    scales: int
    """How many; 0 without quantization."""


@dataclass(frozen=True)
class Operator:
    name: str
    options: tuple[int, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def macs(self) -> int:
        if self.name not in WITH_MACS:
            return 0
        output, weights = self.outputs[0].shape, self.inputs[1].shape
        return math.prod(output) // output[-1] * math.prod(weights)


@dataclass(frozen=True)
class Model:
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: tuple[Operator, ...]


@cache
def read(path: Path) -> Model:
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    assert model.SubgraphsLength() == 1
    graph = model.Subgraphs(0)
    tensors = [_tensor(graph.Tensors(index)) for index in range(graph.TensorsLength())]

    def pick(indices: Any) -> tuple[Tensor, ...]:
        return tuple(tensors[index] for index in indices)

    operators = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        name = OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, outputs = pick(operator.InputsAsNumpy()), pick(operator.OutputsAsNumpy())
        operators.append(Operator(name, _options(name, operator.BuiltinOptions()), inputs, outputs))
    return Model(pick(graph.InputsAsNumpy()), pick(graph.OutputsAsNumpy()), tuple(operators))


def _tensor(tensor: Any) -> Tensor:
    shape = tuple(tensor.Shape(axis) for axis in range(tensor.ShapeLength()))
    quantization = tensor.Quantization()
    return Tensor(shape, tensor.Type(), quantization.ScaleLength() if quantization else 0)


def _options(name: str, table: Any) -> tuple[int, ...]:
    readers = {
        "CONV_2D": tflite.Conv2DOptions,
        "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
        "AVERAGE_POOL_2D": tflite.Pool2DOptions,
        "FULLY_CONNECTED": tflite.FullyConnectedOptions,
        "ADD": tflite.AddOptions,
    }
    if name not in readers:
        return ()
    options = readers[name]()
    options.Init(table.Bytes, table.Pos)
    fields = ("Padding", "StrideH", "StrideW", "FilterHeight", "FilterWidth")
    fields += ("DilationHFactor", "DilationWFactor", "DepthMultiplier", "FusedActivationFunction")
    return tuple(getattr(options, field)() for field in fields if hasattr(options, field))


def test_folder_holds_the_manifests_models_and_nothing_else() -> None:
    expected = {entry["file"] for entry in ENTRIES.values()} | {"manifest.json"}
    assert {path.name for path in MODELS.iterdir()} == expected


@every_model
def test_file_is_the_one_in_the_manifest(name: str) -> None:
    content = (MODELS / f"{name}.tflite").read_bytes()
    assert len(content) == ENTRIES[name]["bytes"]
    assert hashlib.sha256(content).hexdigest() == ENTRIES[name]["sha256"]


@every_model
def test_layers(name: str) -> None:
    operators = read(MODELS / f"{name}.tflite").operators
    assert Counter(operator.name for operator in operators) == ENTRIES[name]["layers"]


@every_model
def test_macs_and_ops(name: str) -> None:
    macs = sum(operator.macs for operator in read(MODELS / f"{name}.tflite").operators)
    assert macs == ENTRIES[name]["macs"]
    assert 2 * macs == ENTRIES[name]["ops"]


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry["published"]])
def test_ops_agree_with_the_published_count(name: str) -> None:
    published = ENTRIES[name]["published"]
    difference = (ENTRIES[name]["ops"] - published["ops"]) / published["ops"]
    assert difference == pytest.approx(published["relative_difference"], abs=1e-6)
    assert abs(difference) <= published["tolerance"]
    assert published["tolerance"] <= 0.001 or published["explanation"]


@pytest.mark.parametrize("name", [name for name in ENTRIES if not ENTRIES[name]["published"]])
def test_without_a_published_count_it_is_our_own_architecture(name: str) -> None:
    assert name.startswith("own_")
    assert ENTRIES[name]["source"].startswith("own architecture")


@pytest.mark.parametrize(
    "name", [name for name in ENTRIES if re.match("micronet_kws|micronets_dscnn", name)]
)
def test_half_a_row_explains_the_difference_from_micronets_table_4(name: str) -> None:
    """With the height after stride 2 as 49/2 the count is the paper's, to its last digit."""
    ops = 0.0
    for operator in read(MODELS / f"{name}.tflite").operators:
        halved = len(operator.outputs[0].shape) == 4 and operator.outputs[0].shape[1] == 25
        ops += 2 * operator.macs * (24.5 / 25 if halved else 1)
    assert ops == pytest.approx(ENTRIES[name]["published"]["ops"], abs=0.05e6)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.startswith("dscnn_")])
def test_biases_explain_the_difference_from_hello_edge(name: str) -> None:
    """With one more op per output of a layer the count is the paper's, to its last digit."""
    operators = read(MODELS / f"{name}.tflite").operators
    ops = sum(2 * op.macs + math.prod(op.outputs[0].shape) for op in operators if op.macs)
    assert ops == pytest.approx(ENTRIES[name]["published"]["ops"], abs=0.05e6)


PER_CHANNEL_DENSE = ("own_inverted_bottleneck_vww_50_int8", "own_uneven_dense_per_channel_int8")


@every_model
def test_is_full_int8_with_weights_per_channel(name: str) -> None:
    model = read(MODELS / f"{name}.tflite")
    for tensor in (*model.inputs, *model.outputs):
        assert tensor.type == tflite.TensorType.INT8
        assert tensor.scales == 1
    for operator in model.operators:
        assert all(tensor.type == tflite.TensorType.INT8 for tensor in operator.outputs)
        if operator.name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            assert operator.inputs[1].scales == operator.outputs[0].shape[-1]
        if operator.name == "FULLY_CONNECTED":
            per_channel = operator.inputs[1].shape[0] if name in PER_CHANNEL_DENSE else 1
            assert operator.inputs[1].scales == per_channel


@pytest.mark.parametrize(
    "name, file",
    {
        "kws_ds_cnn_int8": "mlperf_tiny/kws_ref_model.tflite",
        "vww_96_int8": "mlperf_tiny/vww_96_int8.tflite",
        "ic_resnet8_int8": "mlperf_tiny/pretrainedResnet_quant.tflite",
        "ad_autoencoder_int8": "mlperf_tiny/ad01_int8.tflite",
        "str_ww_int8": "mlperf_tiny/str_ww_ref_model.tflite",
        "micronet_kws_m_int8": "micronets/kws_micronet_m.tflite",
    }.items(),
)
def test_is_the_published_file_operator_for_operator(name: str, file: str, shared: Path) -> None:
    """Same operators in the same order, with the same options, shapes, types and scale counts."""
    assert read(MODELS / f"{name}.tflite") == read(shared / "models" / file)


@every_model
def test_runs_under_tflm(name: str) -> None:
    """In a process of its own, which an assertion of TFLM's would end; outputs follow inputs."""
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel")
    script = """
import sys
import numpy as np
from tflite_micro import runtime

interpreter = runtime.Interpreter.from_file(sys.argv[1], arena_size=int(sys.argv[2]))
rng = np.random.default_rng(1)
outputs = []
for _ in range(4):
    shape = interpreter.get_input_details(0)["shape"]
    interpreter.set_input(rng.integers(-128, 128, shape, np.int8), 0)
    interpreter.invoke()
    outputs.append(interpreter.get_output(0).tobytes())
assert len(set(outputs)) > 1, outputs
"""
    path = MODELS / f"{name}.tflite"
    command = [sys.executable, "-c", script, str(path), str(16 * 65_536)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.rebuild_models
def test_building_again_gives_the_same_bytes(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    command = [pytestconfig.getoption("--rebuild-models"), "-m", "golden.build_models"]
    run = subprocess.run(
        [*command, "--output", str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    rebuilt = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert rebuilt == {path.name: path.read_bytes() for path in MODELS.iterdir()}

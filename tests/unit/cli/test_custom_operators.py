"""Custom operators that the configuration declares, as `mculint estimate` meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from estimator.graph import DType
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

CONFIG = """\
[custom-operators.MY_OP]
persistent-bytes = [100, 3]
scratch-bytes = [33]
macs = 50
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """16 bytes -> MY_OP -> 16 bytes."""
    tensors = [TensorSpec((4,), DType.FLOAT32), TensorSpec((4,), DType.FLOAT32)]
    main = SubgraphSpec(tensors, [OpSpec("MY_OP", [0], [1], is_custom=True)], [0], [1])
    path = tmp_path / "model.tflite"
    path.write_bytes(ModelSpec([main]).to_bytes())
    return path


def estimate(model: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "estimator", "estimate", model.name, "--format", "json"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, cwd=model.parent, check=False
    )
    assert done.returncode == 0, done.stderr
    entry: dict[str, Any] = json.loads(done.stdout)["models"][0]
    return entry


def test_an_undeclared_operator_is_refused(model: Path) -> None:
    found = estimate(model)
    assert found["accepted"] is False
    assert "MY_OP" in json.dumps(found["refusals"])


@pytest.mark.parametrize("named", [False, True])
def test_a_declared_operator_is_accepted_and_its_bytes_are_counted(
    model: Path, named: bool
) -> None:
    name = "other.toml" if named else "mculint.toml"
    (model.parent / name).write_text(CONFIG, encoding="utf-8")
    found = estimate(model, *(["--config", name] if named else []))
    assert found["accepted"] is True
    # Both tensors and 33 bytes of scratch rounded up to 48, all alive together.
    assert found["arena"]["head_bytes"] == 16 + 16 + 48
    # arm-none-eabi: construction 116; 8, 8, 2 tensors of 12, a node of 32: 188. The operator's 100
    # and 3 bytes end at multiples of 16: 288 and 304. A scratch handle 308. Input, then output: a
    # pointer of 4 up to a multiple of 16 and a TfLiteTensor of 32: 352, 400.
    assert found["arena"]["tail_bytes"] == 400
    assert found["macs"] == 50
    (operator,) = found["operators"]
    assert (operator["persistent_bytes"], operator["scratch_bytes"]) == (103, 33)

"""The sample repository of examples/ci-gate, with mculint installed from its wheel.

Slow: the wheel is built and installed into a fresh environment, once for all tests here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "ci-gate"
GOLDEN = ROOT / "golden" / "models"
SOURCES = ("estimator", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def _run(
    *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**clean, **(env or {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _ensure(*command: str | Path, cwd: Path) -> str:
    done = _run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _commit(folder: Path) -> None:
    _ensure("git", "init", "-q", cwd=folder)
    _ensure("git", "add", ".", cwd=folder)
    _ensure("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "t",
            cwd=folder)  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package alone, in a git repository of its own."""
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    _commit(folder)
    return folder


@pytest.fixture(scope="module")
def binaries(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel and pytest."""
    folder = tmp_path_factory.mktemp("fresh")
    _ensure(sys.executable, "-m", "build", "--wheel", "-o", folder / "dist", sources, cwd=folder)
    (wheel,) = (folder / "dist").glob("mculint-*.whl")
    _ensure(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    found = folder / "venv" / "bin"
    _ensure(found / "python", "-m", "pip", "install", "-q", wheel, "pytest", cwd=folder)
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sample repository, as a git repository."""
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder)
    _commit(folder)
    return folder


def _raise_budget(project: Path) -> None:
    path = project / "mculint.toml"
    head, marker, tail = path.read_text(encoding="utf-8").partition("[budgets.doorbell]")
    path.write_text(head + marker + tail.replace('"48 kB"', '"64 kB"', 1), encoding="utf-8")


def test_the_gate_fails_on_the_right_model_and_passes_with_a_raised_budget(
    binaries: Path, project: Path
) -> None:
    done = _run(binaries / "mculint", "check", "--format", "json", cwd=project)
    assert done.returncode == 1, done.stderr
    failing = [f for f in json.loads(done.stdout)["findings"] if f["severity"] != "advice"]
    assert [(f["path"], f["code"]) for f in failing] == [("models/camera.tflite", "MCU101")]
    _raise_budget(project)
    assert _run(binaries / "mculint", "check", cwd=project).returncode == 0


def test_the_lock_names_the_tensor_that_grew(binaries: Path, project: Path) -> None:
    _raise_budget(project)
    _ensure(binaries / "mculint", "lock", cwd=project)
    assert _run(binaries / "mculint", "check", "--locked", cwd=project).returncode == 0
    shutil.copy(GOLDEN / "micronets_dscnn_s_int8.tflite", project / "models" / "keyword.tflite")
    done = _run(binaries / "mculint", "check", "--locked", cwd=project)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if "MCU801" in line and "arena +" in line]
    assert "models/keyword.tflite [wakeword]" in line
    assert "functional_1/re_lu_1/Relu6;... (+" in line


def test_the_pytest_fixture(binaries: Path, project: Path) -> None:
    assert "1 passed" in _ensure(binaries / "python", "-m", "pytest", "-q", cwd=project)
    test = project / "test_models.py"
    text = test.read_text(encoding="utf-8")
    test.write_text(text.replace('"48 kB"', '"4 kB"'), encoding="utf-8")
    done = _run(binaries / "python", "-m", "pytest", "-q", cwd=project)
    assert done.returncode == 1
    assert "MCU101 error: SRAM" in done.stdout and "exceeds the budget of 4,000 B" in done.stdout


def test_the_pre_commit_hook(sources: Path, project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pre_commit", "try-repo", sources, "mculint-check", "--files"]
    env = {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    good = _run(*command, "models/keyword.tflite", cwd=project, env=env)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "Passed" in good.stdout
    bad = _run(*command, "models/camera.tflite", cwd=project, env=env)
    assert bad.returncode == 1
    assert "Failed" in bad.stdout and "MCU101" in bad.stdout


def test_the_steps_of_the_action(sources: Path, project: Path, tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    values = {f"inputs.{name}": entry["default"] for name, entry in action["inputs"].items()}
    values["github.action_path"] = str(sources)
    values["inputs.python"] = sys.executable
    runner = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output"),
              "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}  # fmt: skip
    codes = []
    for step in action["runs"]["steps"]:
        env = {k: values[v.strip("${} ")] for k, v in step["env"].items()}
        done = _run(
            "bash", "-eo", "pipefail", "-c", step["run"], cwd=project, env={**env, **runner}
        )
        codes.append(done.returncode)
    assert codes == [0, 1], done.stdout + done.stderr
    assert "::error file=models/camera.tflite,title=MCU101 sram-over-budget::" in done.stdout
    assert (tmp_path / "output").read_text(encoding="utf-8") == "exit-code=1\n"
    assert "| ❌ | MCU101 sram-over-budget |" in (tmp_path / "summary").read_text(encoding="utf-8")
    sarif = json.loads((project / "mculint.sarif").read_text(encoding="utf-8"))
    assert "MCU101" in [result["ruleId"] for result in sarif["runs"][0]["results"]]


def test_installing_brings_no_tensorflow(binaries: Path, tmp_path: Path) -> None:
    listed = _ensure(binaries / "python", "-m", "pip", "list", "--format", "json", cwd=tmp_path)
    names = {package["name"].lower() for package in json.loads(listed)}
    assert "mculint" in names
    assert not names & {"tensorflow", "scipy", "tflite-micro", "torch"}

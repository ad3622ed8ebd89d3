"""`mculint estimate`, `plan`, `targets`: exit codes, streams and JSON, as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[3] / "golden" / "models"
KWS = GOLDEN / "kws_ds_cnn_int8.tflite"
KEYS = {
    "path", "sha256", "target", "runtime", "accepted", "refusals", "unknown", "arena", "sram",
    "flash", "macs", "ops", "backbone", "instructions", "latency", "energy", "operators",
}  # fmt: skip


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "estimator", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def test_json_of_an_accepted_model() -> None:
    done = run("estimate", KWS, "--target", "stm32f746zg", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema_version"] == 1
    (model,) = document["models"]
    assert set(model) == KEYS
    assert model["sha256"] == sha256(KWS.read_bytes()).hexdigest()
    assert model["accepted"] is True
    arena = model["arena"]
    assert arena["used_bytes"] == arena["head_bytes"] + arena["tail_bytes"]
    assert arena["minimum_bytes"] >= arena["used_bytes"]
    assert model["ops"] == 2 * model["macs"] == 2 * sum(o["macs"] for o in model["operators"])
    assert sum(model["flash"]["model_parts"].values()) == KWS.stat().st_size
    assert model["sram"]["total_bytes"] == sum(model["sram"]["parts"].values())
    latency = model["latency"]
    assert 0 < latency["low_ms"] <= latency["best_ms"] <= latency["high_ms"]
    assert len(model["operators"]) == 13


def test_bare_core_is_taken_and_said_where_no_target_is_named() -> None:
    done = run("estimate", KWS, "--format", "json")
    assert "cortex-m4" in done.stderr
    assert "mculint targets" in done.stderr
    (model,) = json.loads(done.stdout)["models"]
    assert model["target"] == "cortex-m4"
    assert model["latency"]["best_ms"] is None
    assert model["latency"]["basis"] == "unknown"


def test_unreadable_file_is_an_entry_and_exits_2(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(KWS.read_bytes()[:1000])
    done = run("estimate", broken, KWS, "--format", "json")
    assert done.returncode == 2
    first, second = json.loads(done.stdout)["models"]
    assert first["path"] == str(broken)
    assert first["error"]["message"]
    assert second["accepted"] is True


def test_unreadable_file_in_text_names_the_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    done = run("estimate", broken)
    assert done.returncode == 2
    assert "broken.tflite" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("argument", ["missing.tflite", "nowhere/*.tflite"])
def test_missing_file_exits_2(argument: str, tmp_path: Path) -> None:
    done = run("estimate", argument, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_folders_and_globs_are_searched() -> None:
    folder = json.loads(run("estimate", GOLDEN, "--format", "json").stdout)["models"]
    globbed = run("estimate", f"{GOLDEN}/micronet_*.tflite", "--format", "json").stdout
    assert len(folder) == len(list(GOLDEN.glob("*.tflite")))
    assert len(json.loads(globbed)["models"]) == 6


def test_text_says_what_to_put_into_the_firmware() -> None:
    done = run("estimate", KWS, "--target", "stm32f746zg", "--per-operator")
    assert done.returncode == 0
    assert "kTensorArenaSize" in done.stdout
    for word in ("SRAM", "Flash", "Latency", "exact", "calibrated", "CONV_2D 0"):
        assert word in done.stdout


@pytest.mark.parametrize(
    "option", [("--target", "nonsense"), ("--kernels", "other"), ("--abi", "z")]
)
def test_wrong_options_exit_2(option: tuple[str, str]) -> None:
    done = run("estimate", KWS, *option)
    assert done.returncode == 2
    assert option[1] in done.stderr
    assert "Traceback" not in done.stderr


def test_own_board_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'name = "mine"\ntitle = "My board"\nabi = "arm-none-eabi"\n'
        '[core]\nname = "cortex-m4"\ndsp = true\nmve = false\nfpu = true\nsource = "me"\n'
        '[memory.ram]\nkind = "sram"\nbytes = 65536\nsource = "me"\n'
    )
    done = run("estimate", KWS, "--target", "./mine.toml", "--format", "json", cwd=tmp_path)
    (model,) = json.loads(done.stdout)["models"]
    assert model["target"] == "mine"
    assert model["sram"]["capacity_bytes"] == 65536


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("surprise = 1", "surprise"),
        ('[memory.ram]\nkind = "tape"\nbytes = 1\nsource = "me"', "memory.ram.kind"),
        ('[memory.ram]\nkind = "sram"\nbytes = -5\nsource = "me"', "memory.ram.bytes"),
        ('[memory.ram]\nkind = "sram"\nbytes = "96 kB"\nsource = "me"', "memory.ram.bytes"),
    ],
)
def test_faults_of_a_board_file_are_named(tmp_path: Path, line: str, place: str) -> None:
    mine = tmp_path / "mine.toml"
    top, _, tables = line.partition("[")
    mine.write_text(
        f'name = "mine"\ntitle = "My board"\nabi = "arm-none-eabi"\n{top}'
        '\n[core]\nname = "cortex-m4"\ndsp = true\nmve = false\nfpu = true\nsource = "me"\n'
        + ("[" + tables if tables else "")
    )
    done = run("estimate", KWS, "--target", mine)
    assert done.returncode == 2
    assert place in done.stderr
    assert "Traceback" not in done.stderr


def test_plan_draws_and_verifies(tmp_path: Path) -> None:
    picture = tmp_path / "arena.svg"
    done = run("plan", KWS, "--svg", picture, "--verify")
    assert done.returncode == 0
    assert "verified" in done.stdout
    assert "peak at step" in done.stdout
    assert picture.read_text().count('class="buffer"') == 16


def test_picture_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    done = run("plan", KWS, "--svg", tmp_path / "missing" / "arena.svg")
    assert done.returncode == 2
    assert "can't be written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_targets_lists_boards_and_cores() -> None:
    done = run("targets")
    assert done.returncode == 0
    for name in ("stm32f446re", "stm32f746zg", "stm32f767zi", "stm32l4r5zi", "cortex-m4"):
        assert name in done.stdout

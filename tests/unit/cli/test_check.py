"""check, lock, diff, fit, rules and explain as a user runs them, in a project of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from estimator.checks import rules
from estimator.cli import cli
from estimator.errors import ConfigError, EstimatorError
from estimator.gate.locking import read_lock

GOLDEN = Path(__file__).parents[3] / "golden" / "models"
CONFIG = """
[budgets.wakeword]
target = "stm32f446re"
paths = ["models/keyword*"]
sram = "48 kB"

[budgets.doorbell]
target = "stm32f446re"
paths = ["models/camera*"]
sram = "48 kB"
"""
Run = Callable[..., "tuple[int, str]"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "models").mkdir()
    shutil.copy(GOLDEN / "kws_ds_cnn_int8.tflite", tmp_path / "models" / "keyword.tflite")
    shutil.copy(GOLDEN / "ic_resnet8_int8.tflite", tmp_path / "models" / "camera.tflite")
    (tmp_path / "mculint.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def _run(*arguments: str) -> tuple[int, str]:
        code = cli.main(list(arguments), standalone_mode=False)
        return code or 0, capsys.readouterr().out

    return _run


def _configure(project: Path, text: str) -> None:
    (project / "mculint.toml").write_text(CONFIG + text, encoding="utf-8")


def _git(*arguments: str) -> None:
    identity = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "-c",
        "init.defaultBranch=main",
    ]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def test_the_model_over_budget_is_found(project: Path, run: Run) -> None:
    code, out = run("check")
    assert code == 1
    (line,) = [line for line in out.splitlines() if " error: " in line]
    assert line.startswith(
        "models/camera.tflite [doorbell]: subgraphs[0].operators[2] CONV_2D: MCU101"
    )
    assert "exceeds the budget of 48,000 B" in line


def test_a_raised_budget_passes(project: Path, run: Run) -> None:
    text = CONFIG.replace(
        'paths = ["models/camera*"]\nsram = "48 kB"', 'paths = ["models/camera*"]\nsram = "64 kB"'
    )
    (project / "mculint.toml").write_text(text, encoding="utf-8")
    assert run("check")[0] == 0


def test_exit_codes(project: Path, run: Run) -> None:
    assert run("check", "--exit-zero")[0] == 0
    assert run("check", "models/keyword.tflite")[0] == 0
    assert run("check", "--ignore", "MCU1")[0] == 0
    assert run("check", "--select", "MCU101", "--quiet")[0] == 1
    (project / "models" / "keyword2.tflite").write_bytes(b"no model at all")
    code, out = run("check", "--exit-zero")
    assert code == 2 and "error: models/keyword2.tflite" in out


def test_the_longer_code_wins(project: Path, run: Run) -> None:
    assert run("check", "--select", "MCU101", "--ignore", "MCU1")[0] == 1
    assert run("check", "--select", "MCU1", "--ignore", "MCU101")[0] == 0


def test_fail_on_error_lets_warnings_pass(project: Path, run: Run) -> None:
    _configure(project, '\n[[suppress]]\ncodes = ["MCU101"]\nreason = "accepted"\n')
    shutil.copy(GOLDEN / "vww_96_int8.tflite", project / "models" / "person.tflite")
    assert "MCU301 warning" in run("check")[1]
    assert run("check")[0] == 1
    assert run("check", "--fail-on", "error")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.tflite",), "there is no such file"),
        (("--select", "XYZ"), "no rule's code begins with 'XYZ'"),
        (("--config", "none.toml"), "there is no such file"),
        (("--target", "pdp11"), "there is no target 'pdp11'"),
        (("--format", "json", "--format", "csv"), "2 formats and 0 files"),
        (("--output", "report.pdf"), "its ending names no format"),
        (("--output", "none/report.json"), "can't be written"),
        (("--locked",), "can't be read"),
        (("empty",), "there is no .tflite file"),
    ],
)
def test_mistakes_are_told(
    project: Path, run: Run, arguments: tuple[str, ...], message: str
) -> None:
    (project / "empty").mkdir()
    with pytest.raises(EstimatorError, match=message):
        run("check", *arguments)


def test_ignored_and_excluded_files_are_left_out(project: Path, run: Run) -> None:
    _git("init", "-q")
    (project / ".gitignore").write_text("scratch/\n", encoding="utf-8")
    (project / "scratch").mkdir()
    shutil.copy(project / "models" / "camera.tflite", project / "scratch" / "camera.tflite")
    (project / "vendor").mkdir()
    shutil.copy(project / "models" / "camera.tflite", project / "vendor" / "camera.tflite")
    (project / "mculint.toml").write_text('exclude = ["vendor"]\n' + CONFIG, encoding="utf-8")
    document = json.loads(run("check", "--format", "json")[1])
    assert [m["path"] for m in document["models"]] == [
        "models/camera.tflite",
        "models/keyword.tflite",
    ]
    named = json.loads(run("check", "scratch/camera.tflite", "--format", "json")[1])
    assert [m["path"] for m in named["models"]] == ["scratch/camera.tflite"]


def test_a_model_in_two_deployments_is_checked_in_both(project: Path, run: Run) -> None:
    _configure(
        project, '\n[budgets.big]\ntarget = "stm32f746zg"\npaths = ["models/camera.tflite"]\n'
    )
    models = json.loads(run("check", "--format", "json")[1])["models"]
    assert [(m["deployment"], m["target"]) for m in models if "camera" in m["path"]] == [
        ("doorbell", "stm32f446re"), ("big", "stm32f746zg"),
    ]  # fmt: skip


def test_suppressions(project: Path, run: Run) -> None:
    _configure(
        project, '\n[[suppress]]\ncodes = ["MCU101"]\npaths = ["models/camera*"]\nreason = "r"\n'
    )
    code, out = run("check")
    assert code == 0 and "(1 suppressed)" in out


@pytest.mark.parametrize(
    "entry",
    ['paths = ["models/keyword*"]', 'tensors = ["nothing*"]'],
)
def test_an_unused_suppression_is_a_finding(project: Path, run: Run, entry: str) -> None:
    _configure(project, f'\n[[suppress]]\ncodes = ["MCU101"]\n{entry}\nreason = "because"\n')
    out = run("check")[1]
    assert "mculint.toml: MCU901 warning: suppress[0] (MCU101) suppresses nothing" in out
    assert "MCU101 error" in out


def test_an_unused_budget_is_a_finding(project: Path, run: Run) -> None:
    _configure(project, '\n[budgets.old]\npaths = ["gone/*"]\n')
    assert "MCU902 warning: budgets.old holds no model: gone/*" in run("check")[1]
    assert "MCU902" not in run("check", "models/keyword.tflite")[1]


def test_several_outputs_at_once(project: Path, run: Run) -> None:
    code, out = run("check", "--output", "a.sarif", "--output", "junit:b.txt", "--output", "c.html")
    assert code == 1 and "MCU101 error" in out
    assert json.loads((project / "a.sarif").read_text())["version"] == "2.1.0"
    assert (project / "b.txt").read_text().startswith("<testsuites")
    assert (project / "c.html").read_text().startswith("<!DOCTYPE html>")
    assert {p.name for p in project.iterdir()} == {
        "models",
        "mculint.toml",
        "a.sarif",
        "b.txt",
        "c.html",
    }


def test_format_and_output_make_pairs(project: Path, run: Run) -> None:
    run("check", "--format", "csv", "--output", "a.out", "--format", "json", "--output", "b.out")
    assert (project / "a.out").read_text().startswith("path,deployment,code")
    assert json.loads((project / "b.out").read_text())["schema_version"] == 1


def test_lock_names_the_tensor_that_grew(project: Path, run: Run) -> None:
    assert run("lock")[0] == 0
    lock = (project / "mculint.lock").read_text()
    assert run("lock")[0] == 0 and (project / "mculint.lock").read_text() == lock
    assert "MCU8" not in run("check", "--locked")[1]
    shutil.copy(GOLDEN / "micronets_dscnn_s_int8.tflite", project / "models" / "keyword.tflite")
    code, out = run("check", "--locked")
    assert code == 1
    (line,) = [line for line in out.splitlines() if "MCU801" in line and "arena +" in line]
    assert "arena +23,344 B (22,832 B to 46,176 B): functional_1/re_lu_1/Relu6;... (+" in line


def test_lock_tolerates_what_it_is_told_to(project: Path, run: Run) -> None:
    run("lock")
    shutil.copy(GOLDEN / "micronets_dscnn_s_int8.tflite", project / "models" / "keyword.tflite")
    (project / "mculint.toml").write_text("tolerance-percent = 1000\n" + CONFIG, encoding="utf-8")
    assert "MCU801" not in run("check", "--locked")[1]


def test_what_is_not_locked_or_gone_is_a_finding(project: Path, run: Run) -> None:
    run("lock")
    (project / "models" / "keyword.tflite").rename(project / "models" / "keyword_new.tflite")
    out = run("check", "--locked")[1]
    assert "models/keyword_new.tflite [wakeword]: MCU802 warning: is not in mculint.lock" in out
    assert "mculint.lock: MCU803 warning: models/keyword.tflite [wakeword] is locked" in out


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("{", "Expecting"),
        ('{"version": 2}', "must be 1"),
        ('{"version": 1, "models": {"a": {"b": {}}}}', "missing or unknown fields"),
        ('{"version": 1, "models": []}', "must be a table"),
    ],
)
def test_a_damaged_lock_is_told(project: Path, damage: str, message: str) -> None:
    path = project / "mculint.lock"
    path.write_text(damage, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_lock(path)


def test_lock_keeps_the_old_file_where_a_model_is_broken(project: Path, run: Run) -> None:
    run("lock")
    before = (project / "mculint.lock").read_text()
    (project / "models" / "keyword.tflite").write_bytes(b"broken")
    assert run("lock")[0] == 2
    assert (project / "mculint.lock").read_text() == before


def test_diff_of_two_files(project: Path, run: Run) -> None:
    code, out = run("diff", "models/keyword.tflite", "models/camera.tflite")
    assert code == 0
    assert "  arena +32,176 B (22,832 B to 55,008 B): " in out
    same = run("diff", "models/keyword.tflite", "models/keyword.tflite")[1]
    assert same == "models/keyword.tflite [wakeword]: no number changed\n"


def test_diff_of_two_revisions(project: Path, run: Run) -> None:
    _git("init", "-q")
    _git("add", ".")
    _git("commit", "-q", "-m", "one")
    shutil.copy(GOLDEN / "micronets_dscnn_s_int8.tflite", project / "models" / "keyword.tflite")
    (project / "models" / "camera.tflite").unlink()
    _git("add", ".")
    _git("commit", "-q", "-m", "two")
    document = json.loads(run("diff", "HEAD~1", "HEAD", "--format", "json")[1])
    camera, keyword = document["models"]
    assert camera["new"] is None and camera["old"]["numbers"]["arena"] == 55008
    assert {change["name"] for change in keyword["changes"]} >= {"arena", "model", "ops"}
    markdown = run("diff", "HEAD~1:models/keyword.tflite", "HEAD:models/keyword.tflite",
                   "--format", "markdown")[1]  # fmt: skip
    assert "| arena | 22,832 B | " in markdown


@pytest.mark.parametrize("arguments", [("nothing", "HEAD"), ("--exec=x", "HEAD")])
def test_diff_of_nothing(project: Path, run: Run, arguments: tuple[str, str]) -> None:
    with pytest.raises(EstimatorError, match="neither a file nor a git revision"):
        run("diff", "--", *arguments)


def test_fit_lists_the_smallest_board_first(project: Path, run: Run) -> None:
    code, out = run("fit", "models/camera.tflite", "--format", "json")
    entries = json.loads(out)
    fits = [entry for entry in entries if entry["verdict"] == "fits"]
    assert code == 0 and fits
    capacities = [entry["sram_capacity_bytes"] for entry in fits]
    assert capacities == sorted(capacities)
    for entry in fits:
        assert entry["sram_headroom_bytes"] >= 0 and entry["flash_headroom_bytes"] >= 0
    small = next(entry for entry in entries if entry["board"] == "stm32f103rb")
    assert small["verdict"] in ("too small", "unknown")


def test_fit_takes_budgets_as_filters(project: Path, run: Run) -> None:
    code, out = run("fit", "models/camera.tflite", "--sram", "16 kB")
    assert code == 1 and "0 of " in out


def test_rules_and_explain(run: Run) -> None:
    out = run("rules")[1]
    assert [line.split()[0] for line in out.splitlines()] == [rule.code for rule in rules()]
    text = run("explain", "mcu301")[1]
    assert text == run("explain", "fragmentation")[1]
    assert text.startswith("MCU301 fragmentation (warning)") and "How to fix:" in text
    with pytest.raises(ConfigError, match="there is no rule"):
        run("explain", "MCU000")


def test_several_processes_report_the_same(project: Path, run: Run) -> None:
    (project / "models" / "keyword_broken.tflite").write_bytes(b"no model")
    for name in ("micronet_kws_s", "micronet_ad_s", "str_ww"):
        shutil.copy(GOLDEN / f"{name}_int8.tflite", project / "models")
    for form in ("json", "html", "junit"):
        alone = run("check", "--format", form)
        assert alone[0] == 2
        assert run("check", "--format", form, "--jobs", "3") == alone

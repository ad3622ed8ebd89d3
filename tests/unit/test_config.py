"""The configuration: what it may hold, and an error with its path for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from estimator.budgets import (
    Budget,
    Hold,
    Sharing,
    Standing,
    parse_bytes,
    parse_millijoules,
    parse_milliseconds,
)
from estimator.errors import ConfigError
from estimator.lint import Severity
from estimator.quantity import Basis, Quantity
from estimator.settings.config import Config, find_config, load_config
from estimator.settings.custom import CustomOperator
from estimator.settings.patterns import matches

WHOLE = """
target = "stm32f746zg"
select = ["MCU1", "MCU2"]
ignore = ["MCU107"]
fail-on = "error"
exclude = ["third_party/**"]
tolerance = "1 KiB"
tolerance-percent = 2
paths = ["models"]

[budgets.doorbell]
target = "stm32f446re"
kernels = "reference"
runtime = "tflm-90b983c2"
paths = ["models/camera*.tflite"]
arena = "60 KiB"
sram = "96 kB"
flash = "512 KiB"
latency = "120 ms"
energy = "30 mJ"
hold = "best"
sharing = "resident"
reserve = {sram = "16 kB", flash = 1000}

[[suppress]]
codes = ["MCU3"]
paths = ["models/a.tflite"]
tensors = ["conv*"]
reason = "known"

[thresholds]
fragmentation-percent = 20

[custom-operators.MY_OP]
persistent_bytes = ["1 KiB", 16]
scratch_bytes = 512
macs = 1000
"""


def _load(tmp_path: Path, text: str, name: str = "mculint.toml") -> Config:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def test_everything_that_can_be_configured(tmp_path: Path) -> None:
    config = _load(tmp_path, WHOLE)
    assert config.root == tmp_path
    assert config.default.target == "stm32f746zg"
    assert (config.select, config.ignore) == (("MCU1", "MCU2"), ("MCU107",))
    assert config.fail_on is Severity.ERROR
    assert (config.tolerance_bytes, config.tolerance_percent) == (1024, 2.0)
    assert config.thresholds.fragmentation_percent == 20
    assert config.custom_operators == (CustomOperator("MY_OP", (1024, 16), (512,), 1000),)
    (budget,) = config.budgets
    assert budget == Budget(
        "doorbell", "stm32f446re", "reference", None, ("models/camera*.tflite",), 61440, 96000,
        524288, 120.0, 30.0, Hold.BEST, 16000, 1000, Sharing.RESIDENT,
    )  # fmt: skip
    (suppression,) = config.suppressions
    assert suppression.codes == ("MCU3",) and suppression.reason == "known"
    assert config.budgets_of("models/camera_1.tflite") == (budget,)
    assert config.budgets_of("models/other.tflite") == (config.default,)


def test_pyproject_has_the_same_table(tmp_path: Path) -> None:
    text = '[tool.mculint]\ntarget = "stm32f446re"\n[tool.mculint.budgets.a]\npaths = ["*"]\n'
    config = _load(tmp_path, text, "pyproject.toml")
    assert config.budgets[0].target == "stm32f446re"


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("targt = 'x'", "mculint.toml: targt", "is not a known key"),
        ("target = 'x'", "mculint.toml: target", "there is no target 'x'"),
        ("[budgets.a]\npaths = ['*']\nsram = '96 kb'", "budgets.a.sram", "'kb' is no unit"),
        ("[budgets.a]\npaths = ['*']\nsram = '96'", "budgets.a.sram", "is not a size"),
        ("[budgets.a]\npaths = ['*']\nsram = -1", "budgets.a.sram", "is below 0"),
        ("[budgets.a]\npaths = ['*']\nsram = true", "budgets.a.sram", "is not a size"),
        ("[budgets.a]\npaths = ['*']\nlatency = '120 kB'", "budgets.a.latency", "is no unit"),
        ("[budgets.a]\npaths = ['*']\nlatency = 120", "budgets.a.latency", "is not a time"),
        ("[budgets.a]\nsram = '96 kB'", "budgets.a.paths", "is missing"),
        ("[budgets.a]\npaths = '*'", "budgets.a.paths", "must be a list"),
        ("[budgets.a]\npaths = ['*']\nkernels = 'x'", "budgets.a.kernels", "is none of"),
        ("[budgets.a]\npaths = ['*']\nruntime = 'tflm-1'", "budgets.a.runtime", "is none of"),
        ("[budgets.a]\npaths = ['*']\nhold = 'worst'", "budgets.a.hold", "is none of"),
        ("[budgets.a]\npaths = ['*']\nreserve = {ram = 1}", "budgets.a.reserve.ram", "known key"),
        ("[[suppress]]\ncodes = ['MCU1']", "suppress[0].reason", "is missing"),
        ("[[suppress]]\ncodes = ['MCU1']\nreason = ' '", "suppress[0].reason", "must say why"),
        ("[[suppress]]\nreason = 'x'", "suppress[0].codes", "is missing"),
        ("fail_on = 'error'\nfail-on = 'error'", "fail_on", "is there twice"),
        ("[thresholds]\nfragmentation_percent = -1", "fragmentation_percent", "must be from 0 to"),
        ("[custom-operators.X]\nbytes = 1", "custom_operators.X.bytes", "is not a known key"),
        ("x = [", "mculint.toml", "is no valid TOML"),
    ],
)
def test_errors_name_their_place(tmp_path: Path, text: str, where: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert where in caught.value.where
    assert message in caught.value.message


def test_the_nearest_file_upwards_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.mculint]\n", encoding="utf-8")
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.ruff]\n", encoding="utf-8")
    assert find_config(inner) == tmp_path / "pyproject.toml"
    (tmp_path / "a" / "mculint.toml").write_text("", encoding="utf-8")
    assert find_config(inner) == tmp_path / "a" / "mculint.toml"


@pytest.mark.parametrize(
    ("text", "value"),
    [("96 kB", 96_000), ("512 KiB", 524_288), ("1.5MiB", 1_572_864), ("1,000 B", 1000), (7, 7)],
)
def test_bytes(text: str | int, value: int) -> None:
    assert parse_bytes(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kB",
        "1 KB",
        "1.0001 kB x",
        "0.0001 kB",
        "-1 kB",
        "1e3 B",
        "1,5 kB",
        "5 GB",
        "4.1 GiB",
        2**32 + 1,
        f"{'9' * 400} kB",
        "٣ kB",
        True,
        1.0,
    ],
)
def test_no_bytes(text: object) -> None:
    with pytest.raises(ConfigError):
        parse_bytes(text)


def test_times_and_energies() -> None:
    assert parse_milliseconds("120 ms") == 120
    assert parse_milliseconds("0.5 s") == 500
    assert parse_milliseconds("250 us") == 0.25
    assert parse_millijoules("30 mJ") == 30
    assert parse_millijoules("2 J") == 2000


@pytest.mark.parametrize(
    ("hold", "limit", "standing"),
    [
        (Hold.HIGH, 12, Standing.WITHIN),
        (Hold.HIGH, 11, Standing.OVER),
        (Hold.BEST, 11, Standing.STRADDLES),
        (Hold.BEST, 9, Standing.OVER),
        (Hold.LOW, 9, Standing.STRADDLES),
        (Hold.LOW, 7, Standing.OVER),
    ],
)
def test_the_end_that_a_budget_holds(hold: Hold, limit: float, standing: Standing) -> None:
    quantity = Quantity(8, 10, 12, Basis.CALIBRATED)
    assert Budget(hold=hold).stands(quantity, limit) is standing


def test_unknown_is_not_within() -> None:
    assert Budget().stands(Quantity.unknown("why"), 1e9) is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        ("models/a.tflite", "models", True),
        ("models/a.tflite", "models/", True),
        ("models/a.tflite", "./models/*.tflite", True),
        ("models/a.tflite", "models/**/*.tflite", True),
        ("models/x/y/a.tflite", "models/**/*.tflite", True),
        ("models2/a.tflite", "models", False),
        ("models/a.tflite", "*.bin", False),
        ("models/a.tflite", ".", True),
    ],
)
def test_patterns(path: str, pattern: str, found: bool) -> None:
    assert matches(path, [pattern]) is found

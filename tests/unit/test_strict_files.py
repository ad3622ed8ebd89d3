"""Every key of every kind of file: removed, renamed, of a wrong type, negative, not a number."""

from __future__ import annotations

import copy
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from estimator.errors import EstimatorError
from estimator.facts import code_size, layout
from estimator.facts.board import BOARDS, load_board
from estimator.facts.calibration import CALIBRATIONS, load_calibration, load_instruction_costs
from estimator.facts.runtime import Kernels
from estimator.gate.checking import validate
from estimator.gate.locking import read_lock
from estimator.measuring import boards
from estimator.measuring.library import load_library
from estimator.measuring.record_files import digest, read_record
from estimator.settings.config import load_config
from tests.unit.test_config import WHOLE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).parents[2]
Key = tuple["str | int", ...]
LIBRARY = """
name = "mine"
library = "lib.a"
include = ["include"]
kernels = "cmsis-nn"
tflm_commit = "90b983c2"
cmsis_nn_commit = "4ab83cc3"
build = "release"
definitions = ["NDEBUG"]
flags = "-O2"
"""
BOARD = """
core = "cortex-m4"
[qemu]
machine = "mps2-an386"
icount_shift = 6
serial = 2
[serial]
baud = 115200
[flash]
openocd = ["a.cfg"]
st_flash_address = "0x08000000"
"""
SNAPSHOT = {
    "sha256": "00", "target": "cortex-m4", "runtime": "tflm", "peak": "1 CONV_2D",
    "numbers": {"arena": 1, "sram": 2, "flash": 3, "model": 4, "latency": None, "energy": 5.5,
                "ops": 6},
    "peak_tensors": {"a": 1}, "peak_scratch": {"b": 2}, "tail": {"c": 3}, "file": {"d": 4},
    "macs": {"e": 5},
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: of the file in a folder of its own.
        values: a sound file's content.
        read: reads a file; the folder is prepared with ``prepare``.
        free: tables whose keys are names that the user chooses.
        optional: keys that may be missing.
        also: key or whole path -> more values that the schema permits.
    """

    name: str
    values: dict[str, Any]
    read: Callable[[Path], object]
    free: tuple[Key, ...] = ()
    optional: frozenset[str] = frozenset()
    also: tuple[tuple[str | Key, tuple[Any, ...]], ...] = ()
    prepare: Callable[[Path], None] = lambda folder: None

    def write(self, folder: Path, values: dict[str, Any]) -> Path:
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".toml":
            lines = [f"{json.dumps(key)} = {toml(value)}\n" for key, value in values.items()]
            path.write_text("".join(lines), encoding="utf-8")
            return path
        if "digest" in values:  # whoever changes a number can also write a digest
            rest = {key: value for key, value in values.items() if key != "digest"}
            values = {**rest, "digest": digest(rest)}
        path.write_text(json.dumps(values), encoding="utf-8")
        return path


def toml(value: Any) -> str:
    """A value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def parse(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    values: dict[str, Any] = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    return values


def shortened(values: Any, entries: int) -> Any:
    """The same with only the first entries of large tables."""
    if not isinstance(values, dict):
        return values
    kept = list(values.items())[:entries] if len(values) > 30 else list(values.items())
    return {key: shortened(value, entries) for key, value in kept}


def library(folder: Path) -> None:
    (folder / "lib.a").touch()
    (folder / "include").mkdir()


def read_config(path: Path) -> None:
    validate(load_config(path))


def pyproject(path: Path) -> None:
    """The same configuration in the table of a pyproject.toml."""
    text = toml({"mculint": parse(path)})
    other = path.with_name("pyproject.toml")
    other.write_text(f"tool = {text}\n", encoding="utf-8")
    validate(load_config(other))


def read_layout(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "LAYOUTS", path.parent)
        layout.load_layout.__wrapped__(path.stem)


def read_code(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code_size, "RUNTIMES", path.parent)
        code_size.load_code_size.__wrapped__(
            "cortex-m4", Kernels.REFERENCE, code_size.Build.RELEASE, code_size.Libc.NANO
        )


def read_costs(path: Path) -> None:
    load_instruction_costs.__wrapped__("cortex-m7", Kernels.REFERENCE, path.parent)


def smaller_code() -> dict[str, Any]:
    """A sound file of a few sections: reading all of them 2,000 times takes minutes."""
    values = parse(code_size.RUNTIMES / "code_cortex-m4_reference_release_nano.json")
    count, strings = 6, 3
    for key in ("size_bytes", "alignment_bytes", "output", "part"):
        values[key] = values[key][:count]
    values["parts"], values["part"] = values["parts"][:2], [0, 1] * 3
    values.update(base=[0, 1], operators={"AddRelu": [2, 3]}, string_bytes=[4] * strings,
                  strings={"1": [0, 2]}, strings_inside={"0": [1]}, string_paths=[2])  # fmt: skip
    for number, key in enumerate(("model", "arena", "resolver", "main")):
        values[f"{key}_section"] = number
    return values


_CONFIG_OPTIONAL = frozenset({
    "target", "select", "ignore", "fail-on", "exclude", "tolerance", "tolerance-percent", "paths",
    "budgets", "suppress", "thresholds", "custom-operators", "kernels", "runtime", "arena", "sram",
    "flash", "latency", "energy", "hold", "sharing", "reserve", "tensors", "MY_OP", "doorbell",
    "fragmentation-percent", "persistent_bytes", "scratch_bytes", "macs",
})  # fmt: skip
_SIZES = (0, 1, 7, [], [1], -0, 2**31)
_CONFIG_ALSO = (
    *((key, _SIZES) for key in ("tolerance", "arena", "sram", "flash")),
    ("persistent_bytes", _SIZES), ("scratch_bytes", _SIZES),
    ("exclude", ([],)), ("ignore", ([],)), ("tensors", ([],)), ("suppress", ([],)),
    ("budgets", ({},)), ("custom-operators", ({},)), ("MY_OP", ({},)), ("thresholds", ({},)),
    ("reserve", ({},)), (("suppress", 0, "paths"), ([],)),
)  # fmt: skip
_NONE, _BLANK = (None,), ("", " ")
RECORD_ALSO = (
    *((key, ([],)) for key in ("kinds", "operators")),
    *((key, ([], ["x"])) for key in ("waits",)),
    ("crashed_at_bytes", ([], [1])), ("definitions", ([], *_BLANK)), ("flags", (*_NONE, *_BLANK)),
    *((key, _BLANK) for key in ("cpu_flags", "harness_flags")),
    *((key, _NONE) for key in (
        "stack", "firmware", "compiler", "emulator", "clock_hz", "equal_to", "kernels",
        "tflm_commit", "cmsis_nn_commit", "build")),
)  # fmt: skip
_CODE_ALSO = (
    ("single_operator_bytes", (-1,)),
    *((key, ([], [0], [1])) for key in ("base", "AddRelu", "1", "0", "string_paths")),
    *((key, ([],)) for key in ("parts", "size_bytes", "string_bytes")),
    *((key, ({},)) for key in ("operators", "strings", "strings_inside")),
)
CORE: dict[str, Any] = parse(BOARDS / "cortex-m4.toml")
CORE["core"]["cycles_per_instruction"] = {"low": 1, "best": 1.5, "high": 2.0, "source": "measured"}
KINDS = {
    "mculint.toml": Kind(
        "mculint.toml", tomllib.loads(WHOLE), read_config,
        (("budgets",), ("custom-operators",)), _CONFIG_OPTIONAL, _CONFIG_ALSO,
    ),
    "pyproject.toml": Kind(
        "mculint.toml", tomllib.loads(WHOLE), pyproject,
        (("budgets",), ("custom-operators",)), _CONFIG_OPTIONAL, _CONFIG_ALSO,
    ),
    "board": Kind(
        "mine.toml",
        {**parse(BOARDS / "stm32f746zg.toml"), "power": {"active_mw": {"value": 5, "source": "x"}}},
        lambda path: load_board.__wrapped__(str(path)),
        (("memory",),),
        frozenset({"clock_hz", "memory", "dtcm_sram1_sram2", "flash", "overhead", "power",
                   "active_mw", "sram_bytes", "flash_bytes", "usable"}),
        (("memory", ({},)), ("overhead", ({},)), ("power", ({},))),
    ),
    "core": Kind(
        "mine.toml", CORE,
        lambda path: load_board.__wrapped__(str(path)),
        (), frozenset({"cycles_per_instruction"}),
    ),
    "layout": Kind(
        "mine.toml",
        {**shortened(parse(layout.LAYOUTS / "arm-none-eabi.toml"), 3), "name": "mine"},
        read_layout, (("structs",),),
        frozenset({"AllocationInfo", "AllocationInfoBuilder", "ArithmeticParams"}),
        (("structs", ({},)),),
    ),
    "latency": Kind(
        "latency_x_cmsis-nn.toml",
        {**parse(CALIBRATIONS / "latency_stm32f746zg_cmsis-nn.toml"),
         "fit": parse(CALIBRATIONS / "latency_stm32f746zg_cmsis-nn.toml")["fit"][-1:]},
        load_calibration, (("fit", 0, "milliseconds_per"), ("fit", 0, "ratio_of")),
        frozenset({"clock_hz", "fit", "power", "leave_one_out_percent", "ratio_of", "r2"}),
        (("fit", ([],)), ("milliseconds_per", ({},)), ("sources", ([],)), ("backbones", ([],)),
         ("ratio_of", ({},))),
    ),
    "instructions": Kind(
        "instructions_cortex-m7_reference.toml",
        shortened(parse(CALIBRATIONS / "instructions_cortex-m7_reference.toml"), 3),
        read_costs, (("costs",), ("borrowed", "costs")), frozenset({"borrowed"}),
        (("costs", ({},)),),
    ),
    "code size": Kind(
        "code_cortex-m4_reference_release_nano.json", smaller_code(), read_code,
        (("operators",), ("strings",), ("strings_inside",)), frozenset({"AddRelu"}),
        _CODE_ALSO,
    ),
    "harness board": Kind(
        "boards/mine/board.toml", tomllib.loads(BOARD),
        lambda path: boards.load_board(path.parents[2], "mine"),
        (), frozenset({"qemu", "serial", "flash"}), (("openocd", ([],)),),
    ),
    "library": Kind(
        "mine.toml", tomllib.loads(LIBRARY), load_library, (),
        frozenset({"name", "definitions"}),
        (("include", ([],)), ("definitions", ([],)), ("flags", ("", " "))), library,
    ),
    "lock": Kind(
        "mculint.lock", {"version": 1, "models": {"a.tflite": {"default": SNAPSHOT}}}, read_lock,
        (("models",), ("models", "a.tflite"), *((
            "models", "a.tflite", "default", table) for table in (
            "peak_tensors", "peak_scratch", "tail", "file", "macs"))),
        frozenset({"a.tflite", "default", *"abcde"}),
        (*((key, (None,)) for key in ("arena", "sram", "flash", "model", "energy", "ops")),
         ("models", ({},)), ("a.tflite", ({},)), *((key, ({}, {"x": 1}, "", " ")) for key in (
            "peak_tensors", "peak_scratch", "tail", "file", "macs", "sha256", "target", "runtime",
            "peak"))),
    ),
    "record": Kind(
        "record.json",
        parse(min((REPOSITORY / "golden/records").glob("*/*/*.json"),
                  key=lambda p: (p.stat().st_size, p))),
        read_record, (), frozenset({"digest"}), RECORD_ALSO,
    ),
}  # fmt: skip
NUMBERS = (math.nan, math.inf, -math.inf, 10**400, -1, 0, 1.5, 2**33, True, 10**25)
OTHERS = ("", " ", "x", [], [1], ["x"], {}, {"x": 1}, None)
LOOSE = frozenset({0, 1.5, 2**33, 10**25, -1})
"""Numbers that some keys may have; what is forbidden for which stands in the tests below."""


def keys(values: Any, prefix: Key = ()) -> Iterator[Key]:
    """The paths of all keys, and of the first two entries of each list."""
    items: Any = ()
    if isinstance(values, dict):
        items = values.items()
    elif isinstance(values, list):
        items = list(enumerate(values))[:2]
    for key, value in items:
        yield (*prefix, key)
        yield from keys(value, (*prefix, key))


def inner(values: Any, key: Key) -> Any:
    for part in key:
        values = values[part]
    return values


def changed(values: dict[str, Any], key: Key, change: Callable[[Any, Any], None]) -> dict[str, Any]:
    other = copy.deepcopy(values)
    change(inner(other, key[:-1]), key[-1])
    return other


def rename(table: dict[Any, Any], key: Any) -> None:
    items = [(f"{k}_x" if k == key else k, v) for k, v in table.items()]
    table.clear()
    table.update(items)


def fault(kind: Kind, values: dict[str, Any], folder: Path) -> EstimatorError | None:
    """What reading says; everything but an EstimatorError fails the test."""
    path = kind.write(folder, values)
    try:
        kind.read(path)
    except EstimatorError as error:
        assert error.message
        file = "pyproject.toml" if kind.read is pyproject else Path(kind.name).name
        assert file in error.where, error
        assert len(str(error)) < 2000, error
        return error
    return None


def names(error: EstimatorError | None, *parts: object) -> bool:
    """Whether an error names one of some keys (as written, or with underscores)."""
    text = str(error).replace("-", "_")
    return any(str(part).replace("-", "_") in text for part in parts)


def named(key: Key) -> str:
    """The name of a key; a list's entry has that of the list."""
    return next(part for part in reversed(key) if isinstance(part, str))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "CMakeLists.txt").touch()
    return tmp_path


@pytest.mark.parametrize("name", KINDS)
def test_sound_files_are_read(name: str, folder: Path) -> None:
    kind = KINDS[name]
    kind.prepare(folder)
    assert fault(kind, kind.values, folder) is None


@pytest.mark.parametrize("name", KINDS)
def test_removed_and_renamed(name: str, folder: Path) -> None:
    kind = KINDS[name]
    kind.prepare(folder)
    for key in keys(kind.values):
        if not isinstance(key[-1], str):
            continue  # the entry of a list has no name
        removed = fault(kind, changed(kind.values, key, lambda table, k: table.pop(k)), folder)
        if key[-1] not in kind.optional and key[:-1] not in kind.free:
            assert names(removed, key[-1]), (key, removed)
        renamed = fault(kind, changed(kind.values, key, rename), folder)
        if key[:-1] not in kind.free and key != ("digest",):
            assert names(renamed, f"{key[-1]}_x", key[-1]), (key, "an unknown key is an error")


@pytest.mark.parametrize("name", KINDS)
def test_unknown_keys_and_wrong_values(name: str, folder: Path) -> None:
    kind = KINDS[name]
    kind.prepare(folder)
    for key in keys(kind.values):
        _try_values(kind, key, folder)


def _try_values(kind: Kind, key: Key, folder: Path) -> None:
    before = inner(kind.values, key)
    if isinstance(before, dict) and key not in kind.free:
        more = changed(kind.values, key, lambda table, k: table[k].update(zz=1))
        assert names(fault(kind, more, folder), "zz"), (key, "an unknown key is an error")
    allowed: dict[Any, tuple[Any, ...]] = dict(kind.also)
    also = allowed.get(key, allowed.get(named(key), ()))
    for value in (*NUMBERS, *OTHERS):
        if value is None and kind.name.endswith(".toml"):
            continue

        def put(table: Any, k: Any, value: Any = value) -> None:
            table[k] = value

        found = fault(kind, changed(kind.values, key, put), folder)
        if key == ("digest",) or may_be(before, value) or any(same(value, v) for v in also):
            continue
        assert found is not None, f"{key}: {value!r} for {before!r}"
        assert names(found, named(key)), (key, value, found)


def same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)


def may_be(before: Any, value: Any) -> bool:
    """Whether a value's type may be right, so that only its meaning could be wrong."""
    number = isinstance(before, (int, float)) and not isinstance(before, bool)
    if number and isinstance(value, (int, float)) and not isinstance(value, bool):
        return value in LOOSE
    if isinstance(before, bool):
        return isinstance(value, bool)
    if isinstance(before, str):
        return value == "x"
    if isinstance(before, list):
        return isinstance(value, list) and bool(before) and bool(value) and (
            type(value[0]) is type(before[0]))  # fmt: skip
    if before is None:
        return True
    return isinstance(before, dict) and value == {"x": 1}


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("board", ("clock_hz", "value"), 0),
        ("board", ("clock_hz", "value"), 216),  # MHz
        ("board", ("clock_hz", "value"), 216e9),
        ("board", ("memory", "flash", "bytes"), 0),
        ("board", ("memory", "flash", "bytes"), 2**32 + 1),
        ("board", ("memory", "flash", "kind"), "rom"),
        ("board", ("overhead", "sram_bytes", "value"), 0.5),
        ("board", ("power", "active_mw", "value"), 0),
        ("board", ("abi",), "sysv"),
        ("core", ("core", "cycles_per_instruction", "best"), 900),
        ("layout", ("structs", "AllocationInfo"), [24, 3]),
        ("layout", ("pointer_bytes",), 2),
        ("latency", ("kernels",), "xnnpack"),
        ("latency", ("fit", 0, "ratio"), [2, 1]),
        ("latency", ("fit", 0, "r2"), 1.5),
        ("latency", ("fit", 0, "milliseconds_per"), {"bytes": 1.0}),
        ("mculint.toml", ("budgets", "doorbell", "sram"), 0),
        ("mculint.toml", ("budgets", "doorbell", "latency"), "0 ms"),
        ("mculint.toml", ("budgets", "doorbell", "flash"), "5 GB"),
        ("mculint.toml", ("budgets", "doorbell", "flash"), "1,5 MB"),
        ("mculint.toml", ("budgets", "doorbell", "latency"), f"{'9' * 400} s"),
        ("mculint.toml", ("select",), ["MCU9999"]),
        ("mculint.toml", ("suppress", 0, "codes"), ["MCU9999"]),
        ("mculint.toml", ("target",), "stm32f999"),
        ("harness board", ("qemu", "icount_shift"), 11),
        ("lock", ("version",), 2),
    ],
)
def test_impossible_values(name: str, key: Key, value: object, folder: Path) -> None:
    kind = KINDS[name]
    change = changed(kind.values, key, lambda table, k: table.__setitem__(k, value))
    assert names(fault(kind, change, folder), named(key))


@pytest.mark.parametrize("name", ["mculint.toml", "board"])
@pytest.mark.parametrize(
    "text", ['"" = {}\n[memory.""]\n', "a = " + "[" * 100_000, "a = " + "9" * 10_000,
             "a = 1\na = 2", "\ufeffa", "a = 2020-13-45", "\x00"],
)  # fmt: skip
def test_no_text_is_a_traceback(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / KINDS[name].name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EstimatorError, match=path.name):
        KINDS[name].read(path)


@pytest.mark.parametrize("table", ["budgets", "custom-operators"])
def test_tables_have_names(table: str, tmp_path: Path) -> None:
    path = tmp_path / "mculint.toml"
    path.write_text(f'[{table}.""]\n', encoding="utf-8")
    with pytest.raises(EstimatorError, match="without a name"):
        load_config(path)

"""Linking on paper: unions, costs and their sums."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from estimator.analysis.code import all_operators_bytes, link, operator_costs
from estimator.errors import FactsError
from estimator.facts import code_size
from estimator.facts.code_size import Build, CodeSize, Libc, Strings, load_code_size
from estimator.facts.runtime import Kernels
from estimator.ops import operators


def made(**changes: object) -> CodeSize:
    """A few sections: vectors, a base function, two operators with one helper, data, bss, main."""
    values: dict[str, object] = {
        "core": "cortex-m4", "kernels": Kernels.REFERENCE, "build": Build.RELEASE,
        "libc": Libc.NANO, "source": "made up",
        "size_bytes": (64, 10, 100, 200, 30, 8, 16, 48, 4, 20, 99),
        "alignment_bytes": (4, 2, 4, 4, 4, 4, 16, 4, 16, 1, 1),
        "output": (0, 1, 1, 1, 1, 5, 6, 6, 2, 2, 1),
        "part": (0, 1, 2, 2, 2, 3, 0, 0, 0, 2, 0),
        "parts": ("application/main.o", "runtime/core.cc", "kernels/a.cc", "libc/data.o"),
        "strings": Strings((12, 8), {9: (0, 1)}, {1: (0,)}, frozenset({0})),
        "base": frozenset({0, 1, 6, 7, 8, 10}),
        "operators": {"AddA": frozenset({2, 4}), "AddB": frozenset({3, 4, 5, 9})},
        "model_section": 8, "arena_section": 6, "resolver_section": 7, "resolver_bytes": 36,
        "resolver_operators": 1, "main_section": 10, "main_bytes": 6.5,
        "main_bytes_per_operator": 2.25, "single_operator_bytes": -2,
    }  # fmt: skip
    return CodeSize(**{**values, **changes})  # type: ignore[arg-type]


def test_sections_are_taken_once_and_aligned() -> None:
    empty, both = link(made(), ()), link(made(), ("AddA", "AddB"), 5)
    assert empty.flash_bytes == 64 + 10 + 6
    # text: 10, fill 2, 100, 200, 30; data 8; the second string ends the first one.
    assert both.flash_bytes == 64 + 10 + 2 + 100 + 200 + 30 + 11 + 8 + 12 + 5
    assert sum(both.parts.values()) == both.flash_bytes
    assert both.parts["alignment fill"] == 2
    assert both.parts["merged strings"] == 17


def test_one_operator_alone_is_inlined() -> None:
    alone = link(made(), ("AddA",))
    assert alone.flash_bytes == 64 + 10 + 2 + 100 + 30 + 9 - 2


def test_static_ram_grows_with_the_resolver_and_leaves_out_the_arena() -> None:
    assert link(made(), ("AddA",)).static_bytes == 48
    assert link(made(), ("AddA", "AddB")).static_bytes == 48 + 36 + 8


def test_costs_name_what_is_shared() -> None:
    code = made(single_operator_bytes=0)
    costs = {cost.resolver: cost for cost in operator_costs(code, ("AddA", "AddB"))}
    assert costs["AddA"].own_bytes == 102
    assert costs["AddA"].shared_bytes == 33  # the helper, fill, and rounding
    assert costs["AddB"].bytes > costs["AddA"].bytes
    assert list(costs) == ["AddB", "AddA"]
    assert all_operators_bytes(code) == link(code, ("AddA", "AddB")).flash_bytes


def test_unknown_operators_are_an_error() -> None:
    with pytest.raises(KeyError):
        link(made(), ("AddNothing",))


FILES = sorted(code_size.RUNTIMES.glob("code_*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_modelled_operator_has_sections_in_every_file(path: Path) -> None:
    _, core, kernels, build, libc = path.stem.split("_")
    code = load_code_size(core, Kernels(kernels), Build(build), Libc(libc))
    assert code is not None
    assert (code.core, code.kernels.value, code.build.value, code.libc.value) == (
        core, kernels, build, libc,
    )  # fmt: skip
    missing = {model.resolver for model in operators().values()} - set(code.operators)
    assert not missing
    for method in code.operators:
        image = link(code, (method,))
        assert sum(image.parts.values()) == image.flash_bytes
        assert sum(image.files.values()) <= image.flash_bytes
    assert link(code, ("AddConv2D",)).flash_bytes < all_operators_bytes(code)


def test_there_are_files() -> None:
    assert FILES


def test_a_build_that_was_not_measured_is_none() -> None:
    assert load_code_size("cortex-m99", Kernels.REFERENCE, Build.RELEASE, Libc.NANO) is None


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("size_bytes", [1, "2"], "whole numbers"),
        ("base", [10**9], "below"),
        ("part", [], "must hold"),
        ("schema_version", 2, "must be 1"),
        ("surplus", 1, "not a known key"),
        ("operators", {"AddConv2D": [-1]}, "must hold"),
    ],
)
def test_malformed_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: object, message: str
) -> None:
    values = json.loads(FILES[0].read_text())
    values[key] = value
    (tmp_path / "code_x_reference_release_nano.json").write_text(json.dumps(values))
    monkeypatch.setattr(code_size, "RUNTIMES", tmp_path)
    with pytest.raises(FactsError, match=message):
        load_code_size.__wrapped__("x", Kernels.REFERENCE, Build.RELEASE, Libc.NANO)

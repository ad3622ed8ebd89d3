"""The Flash map of a firmware: its parts sum up, and unknown stays unknown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from estimator.analysis.flash import FlashMap, estimate_flash
from estimator.analysis.flash_shares import by_kind, by_operator, by_tensor, code_choices
from estimator.facts.board import load_board
from estimator.facts.code_size import Build, Libc
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.graph import Graph
from estimator.quantity import Basis
from estimator.reading import read

MODELS = sorted((Path(__file__).parents[3] / "golden" / "models").glob("*.tflite"))
KWS = Path(__file__).parents[3] / "golden/models/kws_ds_cnn_int8.tflite"
BOARD = load_board("cortex-m4")
RUNTIME = Runtime(Kernels.CMSIS_NN, BOARD.core, load_layout("arm-none-eabi"))


def mapped(path: Path = KWS, runtime: Runtime = RUNTIME, **more: object) -> FlashMap:
    data = memoryview(path.read_bytes())
    return estimate_flash(read(data), data, runtime, BOARD, path.name, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_parts_sum_up(path: Path) -> None:
    flash = mapped(path)
    size = path.stat().st_size
    assert flash.model_bytes.best == sum(flash.model_parts.values()) == size
    assert flash.code_bytes.best == sum(flash.code_parts.values())
    assert flash.code_bytes.best is not None
    assert flash.total_bytes.best == size + flash.code_bytes.best
    assert flash.total_bytes.basis is Basis.BOUNDED
    assert flash.static_bytes.basis is Basis.EXACT
    graph = read(memoryview(path.read_bytes()))
    for shares in (
        by_kind(flash.ranges), by_operator(flash.ranges, graph), by_tensor(flash.ranges, graph),
    ):  # fmt: skip
        assert sum(share.bytes for share in shares) == size
        assert all(sum(bytes_ for _, bytes_ in share.parts) == share.bytes for share in shares)
        assert [share.bytes for share in shares] == sorted(
            (share.bytes for share in shares), reverse=True
        )


def test_weights_belong_to_their_operator() -> None:
    data = memoryview(KWS.read_bytes())
    graph = read(data)
    shares = {share.label: dict(share.parts) for share in by_operator(mapped().ranges, graph)}
    for op in graph.main.operators:
        if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            weights = graph.main.tensors[op.inputs[1]].data
            assert weights is not None
            assert shares[f"{op.index} {op.name}"]["weights"] == len(weights)


def test_builds_and_libraries_differ() -> None:
    release, default = mapped(), mapped(build=Build.DEFAULT)
    full = mapped(libc=Libc.FULL, build=Build.DEFAULT)
    sizes = [flash.code_bytes.best or 0 for flash in (release, default, full)]
    assert 0 < sizes[0] < sizes[1] < sizes[2]


def test_the_application_is_added() -> None:
    assert (mapped(application_bytes=1000).total_bytes.best or 0) == 1000 + (
        mapped().total_bytes.best or 0
    )


def with_operator(name: str) -> Graph:
    graph = read(memoryview(KWS.read_bytes()))
    first = replace(graph.main.operators[0], name=name)
    main = replace(graph.main, operators=(first, *graph.main.operators[1:]))
    return replace(graph, subgraphs=(main,))


def test_unknown_code_is_unknown_and_not_zero() -> None:
    strange = estimate_flash(with_operator("MY_OWN"), None, RUNTIME)
    assert not strange.code_bytes.known
    assert "MY_OWN" in strange.code_bytes.source
    assert not strange.total_bytes.known
    assert not strange.static_bytes.known
    core = Core("cortex-m99")
    nowhere = mapped(runtime=Runtime(Kernels.REFERENCE, core, RUNTIME.layout))
    assert not nowhere.code_bytes.known
    assert nowhere.model_bytes.known
    other_abi = Runtime(Kernels.CMSIS_NN, BOARD.core, load_layout("x86-64"))
    assert not mapped(runtime=other_abi).code_bytes.known


def test_double_precision_fpu_needs_no_soft_float() -> None:
    single, double = (
        mapped(runtime=replace(RUNTIME, core=load_board(name).core))
        for name in ("cortex-m7", "stm32f767zi")
    )
    assert single.code_bytes.best is not None and double.code_bytes.best is not None
    assert 1024 < single.code_bytes.best - double.code_bytes.best < 4096
    assert "libgcc" in single.code_parts
    assert double.code_parts.get("libgcc", 0) < single.code_parts["libgcc"]


def test_code_for_a_core_without_its_fpu_was_not_measured() -> None:
    for name in ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"):
        core = replace(load_board(name).core, fpu=False)
        assert not mapped(runtime=replace(RUNTIME, core=core)).code_bytes.known
    assert mapped(runtime=replace(RUNTIME, core=load_board("cortex-m3").core)).code_bytes.known


def test_choices_compare_kernels_and_all_operators() -> None:
    choices = code_choices(mapped().resolver, RUNTIME)
    assert choices is not None
    sizes = dict(choices.kernels_bytes)
    assert sizes[Kernels.CMSIS_NN] == choices.code_bytes == mapped().code_bytes.best
    assert sizes[Kernels.REFERENCE] < sizes[Kernels.CMSIS_NN]
    assert choices.all_operators_bytes > choices.code_bytes
    assert {cost.resolver for cost in choices.operators} == set(mapped().resolver)
    assert code_choices(("AddNothing",), RUNTIME) is None

"""The order found is a valid one, and its head is what the whole pipeline says of it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.analysis.reordering import find_order
from estimator.api import estimate_graph
from estimator.graph import Graph
from tests.unit.checks.building import graph


@st.composite
def _branches(draw: st.DrawFn) -> Graph:
    """Branches of chains off one input, joined by additions, interleaved at random."""
    tensors, chains, ends = ["in: INT8 1x64 q", "zero: INT32 2 =0,0"], [], []
    for branch in range(draw(st.integers(2, 4))):
        last, chain = "in", []
        for step, width in enumerate(draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))):
            name = f"b{branch}_{step}"
            width = min(width, int(tensors_width(tensors, last)))
            tensors += [f"{name}: INT8 1x{width} q", f"s{name}: INT32 2 =1,{width}"]
            chain.append(f"SLICE {last} zero s{name} -> {name}")
            last = name
        tensors += [f"e{branch}: INT8 1x1 q", f"se{branch}: INT32 2 =1,1"]
        chain.append(f"SLICE {last} zero se{branch} -> e{branch}")
        chains.append(chain)
        ends.append(f"e{branch}")
    operators = []
    while any(chains):
        chain = draw(st.sampled_from([chain for chain in chains if chain]))
        operators.append(chain.pop(0))
    total = ends[0]
    for index, end in enumerate(ends[1:]):
        tensors.append(f"sum{index}: INT8 1x1 q")
        operators.append(f"ADD {total} {end} -> sum{index}")
        total = f"sum{index}"
    return graph({"tensors": tensors, "operators": operators})


def tensors_width(tensors: list[str], name: str) -> str:
    text = next(text for text in tensors if text.startswith(f"{name}: "))
    return text.split()[2].split("x")[1]


@settings(max_examples=60, deadline=None)
@given(_branches())
def test_the_order_is_valid_and_its_head_is_real(model: Graph) -> None:
    arena = estimate_graph(model).arena
    assert arena is not None
    found = find_order(model, arena)
    if found is None:
        return
    order, head_bytes = found
    assert sorted(order) == list(range(len(model.main.operators)))
    written = set(model.main.inputs) | {t.index for t in model.main.tensors if t.is_constant}
    operators = []
    for new, old in enumerate(order):
        op = model.main.operators[old]
        assert set(op.inputs) <= written
        written.update(op.outputs)
        operators.append(replace(op, index=new))
    main = replace(model.main, operators=tuple(operators))
    codes = tuple(model.operator_codes[old] for old in order)
    again = estimate_graph(replace(model, subgraphs=(main,), operator_codes=codes)).arena
    assert again is not None
    assert again.plan.size_bytes == head_bytes < arena.plan.size_bytes


def test_a_chain_has_no_other_order() -> None:
    case = {
        "tensors": ["in: INT8 1x64 q", "a: INT8 1x64 q", "b: INT8 1x64 q", "out: INT8 1x64 q"],
        "operators": ["RELU in -> a", "RELU a -> b", "RELU b -> out"],
    }
    model = graph(case)
    arena = estimate_graph(model).arena
    assert arena is not None and find_order(model, arena) is None


def test_an_offline_plan_is_left_alone() -> None:
    case = {
        "tensors": ["in: INT8 1x64 q", "a: INT8 1x64 q", "b: INT8 1x64 q", "out: INT8 1x64 q"],
        "operators": ["RELU in -> a", "RELU in -> b", "ADD a b -> out"],
        "offline": [0, 64, 128, 192],
    }
    model = graph(case)
    arena = estimate_graph(model).arena
    assert arena is not None and find_order(model, arena) is None

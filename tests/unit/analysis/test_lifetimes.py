"""First and last use of tensors and scratch, by hand from AllocationInfoBuilder's walk."""

from __future__ import annotations

import pytest

from estimator.analysis.lifetimes import (
    NEVER,
    ControlFlowError,
    Lifetimes,
    Scratch,
    find_lifetimes,
)  # fmt: skip
from estimator.graph import DType, Graph, Op, OperatorCode, Subgraph, Tensor


def tensor(index: int, size: int = 16, **fields: object) -> Tensor:
    return Tensor(index, f"t{index}", (size,), DType.INT8, **fields)  # type: ignore[arg-type]


def graph(*subgraphs: Subgraph) -> Graph:
    codes = (OperatorCode("ANY", 1, False, 1),)
    return Graph(subgraphs, operator_codes=codes)


def subgraph(index: int, count: int, inputs: tuple[int, ...], outputs: tuple[int, ...], *ops: Op,
             **special: Tensor) -> Subgraph:  # fmt: skip
    tensors = [special.get(f"t{i}", tensor(i)) for i in range(count)]
    return Subgraph(index, f"s{index}", tuple(tensors), inputs, outputs, ops)


def spans(found: Lifetimes, owner: int = 0) -> dict[int | None, tuple[int, int]]:
    return {
        b.tensor: (b.first_use, b.last_use) for b in found.buffers if b.subgraph == owner
    }  # fmt: skip


def chain() -> Subgraph:
    """t0 -> op 0 -> t1 -> op 1 -> t2; t0 is read by both."""
    return subgraph(
        0, 3, (0,), (2,), Op(0, "A", (0,), (1,)), Op(1, "B", (1, 0), (2,))
    )  # fmt: skip


def test_inputs_start_at_0_and_outputs_live_to_the_end() -> None:
    assert spans(find_lifetimes(graph(chain()))) == {0: (0, 2), 1: (1, 2), 2: (2, 2)}


def test_scratch_lives_while_its_operator_runs() -> None:
    found = find_lifetimes(graph(chain()), (Scratch(0, 1, "work", 20),))
    scratch = found.buffers[-1]
    assert (scratch.tensor, scratch.size_bytes) == (None, 32)
    assert (scratch.first_use, scratch.last_use) == (2, 2)


def test_constants_variables_empty_and_owned_tensors_are_not_planned() -> None:
    special = {
        "t0": tensor(0, data=memoryview(b"\1" * 16)), "t1": tensor(1, is_variable=True),
        "t2": tensor(2, 0),
    }  # fmt: skip
    found = find_lifetimes(
        graph(subgraph(0, 5, (), (4,), Op(0, "A", (0, 1, 2, 3), (4,)), **special)),
        unplanned=frozenset({(0, 3)}),
    )
    assert spans(found) == {4: (1, 1)}


def test_a_tensor_that_nothing_uses_is_planned_at_no_time() -> None:
    found = find_lifetimes(graph(subgraph(0, 2, (0,), (0,))))
    assert spans(found) == {0: (0, 0), 1: (NEVER, NEVER)}


def test_an_omitted_input_is_passed_over() -> None:
    found = find_lifetimes(graph(subgraph(0, 2, (0,), (1,), Op(0, "A", (0, -1), (1,)))))
    assert spans(found) == {0: (0, 1), 1: (1, 1)}


def test_control_flow_spans_the_walk_of_what_it_calls() -> None:
    branch = Op(0, "IF", (0, 1), (2,), options={"then_subgraph_index": 1, "else_subgraph_index": 2})
    main = subgraph(0, 3, (0, 1), (2,), branch)
    called = [subgraph(i, 2, (0,), (1,), Op(0, "A", (0,), (1,))) for i in (1, 2)]
    found = find_lifetimes(graph(main, *called), (Scratch(0, 0, "work", 16),))
    # Steps: 1 IF, 2 enters the then branch, 3 its operator, 4 enters the else branch, 5 its own.
    assert found.steps == ((0, None), (0, 0), (1, None), (1, 0), (2, None), (2, 0))
    assert spans(found)[0] == (0, 5)
    assert spans(found)[2] == (1, 5)
    assert spans(found, 1) == {0: (2, 3), 1: (3, 3)}
    assert spans(found, 2) == {0: (4, 5), 1: (5, 5)}
    scratch = found.buffers[-1]
    assert (scratch.first_use, scratch.last_use) == (1, 5)


def test_offline_offsets_count_the_tensors_of_all_subgraphs() -> None:
    main = subgraph(0, 1, (0,), (0,))
    other = subgraph(1, 2, (), (), t1=tensor(1, is_variable=True))
    found = find_lifetimes(graph(main, other), offline_offsets=(-1, 64, 128))
    # A variable tensor with an offset is planned.
    assert [b.offline_offset for b in found.buffers] == [-1, 64, 128]


def test_a_kernel_s_shape_sets_the_size() -> None:
    found = find_lifetimes(graph(chain()), resized={(0, 1): 100})
    assert [b.size_bytes for b in found.buffers] == [16, 112, 16]


def test_recursion_is_an_error() -> None:
    loop = Op(0, "CALL_ONCE", (), (), options={"init_subgraph_index": 0})
    with pytest.raises(ControlFlowError, match="calls itself"):
        find_lifetimes(graph(subgraph(0, 1, (0,), (0,), loop)))


def test_files_without_builtin_code_hide_their_subgraphs_from_the_walk() -> None:
    branch = Op(0, "IF", (0,), (0,), options={"then_subgraph_index": 1, "else_subgraph_index": 1})
    codes = (OperatorCode("IF", 1, False, 0),)
    called = subgraph(1, 1, (0,), (0,))
    found = find_lifetimes(Graph((subgraph(0, 1, (0,), (0,), branch), called), codes))
    assert spans(found, 1) == {0: (NEVER, NEVER)}

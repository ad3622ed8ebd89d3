"""Resource variables across operators and subgraphs; sizes after micro_resource_variable.cc."""

from __future__ import annotations

from estimator.graph import DType, Graph, Subgraph
from estimator.opmodel import RequestKind, Stage
from estimator.ops._variables import variables_after_prepare
from tests.unit.ops.graphs import op, sizes, subgraph, tensor, traced

PERSISTENT = RequestKind.PERSISTENT


def _handle(index: int, output: int, name: str = "v"):  # type: ignore[no-untyped-def]
    return op(index, "VAR_HANDLE", (), (output,), container="c", shared_name=name)


def _counter(*, read_bytes: int = 8, name: str = "v") -> Subgraph:
    """VAR_HANDLE, READ_VARIABLE of ``read_bytes`` elements, ASSIGN_VARIABLE of 8 floats."""
    tensors = (
        tensor(0, (1,), DType.RESOURCE),
        tensor(1, (1, read_bytes), DType.FLOAT32),
        tensor(2, (1, 8), DType.FLOAT32),
    )
    operators = (
        _handle(0, 0, name),
        op(1, "READ_VARIABLE", (0,), (1,)),
        op(2, "ASSIGN_VARIABLE", (0, 2), ()),
    )
    return subgraph(0, tensors, operators, (2,), (1,))


def test_the_first_assignment_allocates_the_variable() -> None:
    traces = traced(Graph((_counter(),)))
    assert sizes(traces, PERSISTENT) == [[], [], [32]]
    assert not traces.refusals


def test_a_variable_is_allocated_once() -> None:
    first = _counter()
    again = op(3, "ASSIGN_VARIABLE", (0, 2), ())
    both = subgraph(0, first.tensors, (*first.operators, again), (2,), (1,))
    assert sizes(traced(Graph((both,))), PERSISTENT) == [[], [], [32], []]


def test_names_tell_variables_apart_and_containers_too() -> None:
    tensors = [tensor(i, (1,), DType.RESOURCE) for i in range(4)]
    handles = (
        _handle(0, 0, "a"),
        _handle(1, 1, "b"),
        _handle(2, 2, "a"),
        op(3, "VAR_HANDLE", (), (3,), container="other", shared_name="a"),
    )
    variables = variables_after_prepare(Graph((subgraph(0, tensors, handles),)))
    assert variables.handles == [("c", "a"), ("c", "b"), ("other", "a")]
    assert variables.ids == {(0, 0): 0, (0, 1): 1, (0, 2): 0, (0, 3): 2}


def test_a_handle_without_container_is_that_of_any_container() -> None:
    tensors = [tensor(i, (1,), DType.RESOURCE) for i in range(2)]
    handles = (_handle(0, 0, "a"), op(1, "VAR_HANDLE", (), (1,), shared_name="a"))
    variables = variables_after_prepare(Graph((subgraph(0, tensors, handles),)))
    assert variables.ids == {(0, 0): 0, (0, 1): 0}


def test_a_handle_from_another_subgraph_allocates_nothing() -> None:
    called = subgraph(
        1,
        (tensor(0, (1,), DType.RESOURCE), tensor(1, (1, 8), DType.FLOAT32)),
        (op(0, "ASSIGN_VARIABLE", (0, 1), ()),),
        (0, 1),
    )
    traces = traced(Graph((_counter(), called)))
    assert sizes(traces, PERSISTENT) == [[], [], [32], []]
    assert not traces.refusals


def test_reading_another_size_trips_an_assertion() -> None:
    (refusal,) = traced(Graph((_counter(read_bytes=4),))).refusals
    assert (refusal.stage, refusal.operator, refusal.aborts) == (Stage.INVOKE, 1, True)
    assert "16 bytes from a variable of 32" in refusal.reason


def test_reading_what_is_never_assigned_trips_an_assertion() -> None:
    whole = _counter()
    graph = Graph((subgraph(0, whole.tensors, whole.operators[:2], (), (1,)),))
    (refusal,) = traced(graph).refusals
    assert (refusal.stage, refusal.operator, refusal.aborts) == (Stage.INVOKE, 1, True)
    assert "no ASSIGN_VARIABLE" in refusal.reason

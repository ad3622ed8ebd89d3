"""Options of custom operators: read as TFLM's kernels do; damaged ones refused, never raised."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flatbuffers import flexbuffers
from hypothesis import given
from hypothesis import strategies as st

from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.graph import DType, Graph, Op, Subgraph
from estimator.opmodel import Node, Stage, trace, work_of
from estimator.ops import operators
from estimator.ops._flexbuffer import element_as_bool, element_as_int32, map_int32, map_value
from tests.unit.ops.graphs import tensor

Options = Mapping[str, object]
OPTIONS: dict[str, Options] = {
    "CIRCULAR_BUFFER": {"cycles_max": 1},
    "SignalDelay": {"delay_length": 3},
    "SignalEnergy": {"end_index": 4, "start_index": 1},
    "SignalFilterBank": {"num_channels": 3},
    "SignalFilterBankLog": {"input_correction_bits": 3, "output_scale": 64},
    "SignalFramer": {"frame_size": 8, "frame_step": 4, "prefill": True},
    "SignalIrfft": {"T": 7, "fft_length": 8},
    "SignalOverlapAdd": {"T": 7, "frame_step": 4},
    "SignalPCAN": {"snr_shift": 6},
    "SignalRfft": {"T": 7, "fft_length": 8},
    "SignalStacker": {
        "num_channels": 2,
        "stacker_left_context": 1,
        "stacker_right_context": 1,
        "stacker_step": 1,
    },
    "SignalWindow": {"shift": 12},
    "TFLite_Detection_PostProcess": {"max_detections": 3, "num_classes": 2},
}


def _node(name: str, options: bytes, *, tensors: int = 1) -> Node:
    """An operator with one INT16 input and output, whatever else it would need."""
    both = (tensor(0, (2, 8), DType.INT16), tensor(1, (2, 8), DType.INT16))
    op = Op(0, name, (0,) * tensors, (1,), is_custom=True, custom_options=memoryview(options))
    subgraph = Subgraph(0, "main", both, (0,), (1,), (op,))
    runtime = Runtime(Kernels.REFERENCE, Core("cortex-m4"), load_layout("arm-none-eabi"))
    return Node(Graph((subgraph,)), subgraph, op, runtime, "")


def _read(options: object) -> Node:
    return _node("SignalWindow", bytes(flexbuffers.Dumps(options)))


def test_elements_are_taken_by_position_in_key_order() -> None:
    node = _read({"b": 300, "a": -2, "c": True})
    assert [element_as_int32(node, i, "") for i in range(3)] == [-2, 300, 1]
    assert element_as_bool(node, 2, "")


def test_bits_are_taken_as_a_signed_integer() -> None:
    """FlexbufferWrapper ignores the type: an unsigned 200 of one byte becomes -56."""
    builder = flexbuffers.Builder()
    with builder.Vector():
        builder.UInt(200)
    node = _node("SignalWindow", bytes(builder.Finish()))
    assert element_as_int32(node, 0, "") == -56


def test_long_integers_are_cut_to_32_bits() -> None:
    assert element_as_int32(_read([2**32 + 5]), 0, "") == 5
    assert element_as_int32(_read([2**31]), 0, "") == -(2**31)


def test_look_up_by_key() -> None:
    node = _read({"a": 3, "b": 0.5, "n": None})
    assert (map_int32(node, "a"), map_value(node, "b"), map_int32(node, "b")) == (3, 0.5, 0)
    assert (map_value(node, "n"), map_value(node, "x"), map_int32(node, "x", 100)) == (
        None, None, 100,
    )  # fmt: skip


def test_what_is_no_map_has_no_keys() -> None:
    assert map_int32(_read([1, 2]), "a") == 0


@pytest.mark.parametrize("name", sorted(set(OPTIONS) - {"CIRCULAR_BUFFER"}))
def test_missing_options_are_refused_at_init(name: str) -> None:
    model = operators()[name]
    found = trace(model, _node(name, b""))
    assert found.refusals[0].stage is Stage.INIT
    assert "no options" in found.refusals[0].reason
    assert found.refusals[0].fix


def _survives(name: str, options: bytes, tensors: int = 1) -> None:
    """Whatever the options say, the answer is a trace and a work, or None."""
    model = operators()[name]
    node = _node(name, options, tensors=tensors)
    found = trace(model, node)
    assert all(request.size_bytes >= 0 for request in (*found.init, *found.prepare))
    work_of(model, _node(name, options, tensors=tensors))


@given(st.sampled_from(sorted(OPTIONS)), st.binary(max_size=64), st.integers(1, 6))
def test_arbitrary_bytes_never_raise(name: str, options: bytes, tensors: int) -> None:
    _survives(name, options, tensors)


@given(
    st.sampled_from(sorted(OPTIONS)),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=4),
    st.integers(1, 6),
)
def test_changed_bytes_never_raise(name: str, changes: list[tuple[int, int]], tensors: int) -> None:
    content = bytearray(flexbuffers.Dumps(OPTIONS[name]))
    for position, value in changes:
        content[position % len(content)] = value
    _survives(name, bytes(content), tensors)


@given(
    st.sampled_from(sorted(OPTIONS)),
    st.data(),
    st.integers(1, 6),
)
def test_extreme_values_never_raise(name: str, data: st.DataObject, tensors: int) -> None:
    numbers = st.one_of(
        st.integers(-(2**63), 2**63 - 1),
        st.floats(width=32),
        st.booleans(),
        st.none(),
        st.text(max_size=3),
    )
    options = {key: data.draw(numbers) for key in OPTIONS[name]}
    _survives(name, bytes(flexbuffers.Dumps(options)), tensors)

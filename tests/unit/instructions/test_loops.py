"""Loop bodies run as often as the kernels' sources say; the numbers here are worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from estimator.facts.calibration import load_instruction_costs
from estimator.facts.layout import load_layout
from estimator.facts.runtime import Core, Kernels, Runtime
from estimator.graph import DType, Graph, Op, Quantization, Subgraph, Tensor
from estimator.instructions import operator_loops
from estimator.instructions._windows import Window
from estimator.instructions._windows import inside as taps
from estimator.loops import merge, named
from estimator.opmodel import Answer, Node
from estimator.ops import operators

ROOT = Path(__file__).resolve().parents[3]
M4 = Core("cortex-m4", dsp=True, fpu=True)


def counts(
    name: str,
    shapes: tuple[tuple[int, ...], ...],
    options: Mapping[str, int] | None = None,
    *,
    dtypes: tuple[DType, ...] = (),
    kernels: Kernels = Kernels.CMSIS_NN,
    core: Core = M4,
) -> Mapping[str, float] | None:
    """The counts of one operator; the last shape is the output's."""
    tensors = tuple(
        Tensor(index, "", shape, dtypes[index] if dtypes else DType.INT8,
               Quantization((1.0,), (0,)))
        for index, shape in enumerate(shapes)
    )  # fmt: skip
    last = len(shapes) - 1
    op = Op(0, name, tuple(range(last)), (last,), options=options or {})
    subgraph = Subgraph(0, "", tensors, (0,), (last,), (op,))
    runtime = Runtime(kernels, core, load_layout("arm-none-eabi"))
    model = operator_loops()[name]
    describe = model.reference
    if kernels is Kernels.CMSIS_NN and not isinstance(model.cmsis_nn, Answer):
        describe = model.cmsis_nn
    return describe(Node(Graph((subgraph,)), subgraph, op, runtime, ""))


STRIDE_1 = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        (Window(5, 3, 1, 1, 1, 5), [2, 3, 3, 3, 2]),
        (Window(5, 3, 2, 1, 1, 3), [2, 3, 2]),
        (Window(5, 3, 1, 2, 2, 5), [2, 2, 3, 2, 2]),
        (Window(2, 5, 1, 1, 2, 2), [2, 2]),
        (Window(4, 2, 2, 1, 0, 2), [2, 2]),
    ],
)
def test_taps_inside_a_padded_input(window: Window, inside: list[int]) -> None:
    assert list(taps(window)) == inside


def test_pointwise_convolution_goes_two_by_two() -> None:
    """15 pixels, 7 to 5 channels: 2 pairs of rows and 1 row, 7 pairs of pixels and 1 pixel."""
    found = counts("CONV_2D", ((1, 3, 5, 7), (5, 1, 1, 7), (5,), (1, 3, 5, 5)), STRIDE_1)
    function = "arm_nn_mat_mult_nt_t_s8: "
    assert found == {
        "cmsis_nn/conv.cc INT8: call": 1,
        function + "call": 1,
        function + "pair of rows": 2,
        function + "weight sum": 2 * 7,
        function + "block": 2 * 7,
        function + "block of 4": 2 * 7,
        function + "block of 1": 2 * 7 * 3,
        function + "left over": 2,
        function + "left over of 4": 2,
        function + "left over of 1": 2 * 3,
        function + "rest": 2 * 7 + 2,
        function + "rest of 4": 2 * 7 + 2,
        function + "odd row": 15,
        function + "odd row mac": 15 * 7,
    }


def test_convolution_with_a_stride_runs_row_by_row() -> None:
    strided = {**STRIDE_1, "stride_h": 2, "stride_w": 2}
    found = counts("CONV_2D", ((1, 4, 6, 4), (2, 1, 1, 4), (2,), (1, 2, 3, 2)), strided)
    assert found is not None
    assert found["arm_nn_mat_mult_nt_t_s8: call"] == 2


def test_windowed_convolution_copies_two_columns() -> None:
    """3x3 over 3x3 with padding 1: 9 columns, 49 taps inside, 32 in the padding."""
    found = counts("CONV_2D", ((1, 3, 3, 2), (3, 3, 3, 2), (3,), (1, 3, 3, 3)), STRIDE_1)
    assert found is not None
    assert found["arm_convolve_s8: copied tap"] == 49
    assert found["arm_convolve_s8: padded tap"] == 81 - 49
    assert found["arm_nn_mat_mult_kernel_s8_s16: call"] == 4
    assert found["arm_nn_mat_mult_kernel_s8_s16: odd"] == 4
    assert found["arm_convolve_s8: left over"] == 3
    assert found["memcpy: of 1"] == 49 * 2


def test_channels_not_divisible_by_4_run_one_by_one() -> None:
    even = counts("DEPTHWISE_CONV_2D", ((1, 8, 8, 8), (1, 3, 3, 8), (8,), (1, 8, 8, 8)), STRIDE_1)
    odd = counts("DEPTHWISE_CONV_2D", ((1, 8, 8, 7), (1, 3, 3, 7), (7,), (1, 8, 8, 7)), STRIDE_1)
    assert even is not None and odd is not None
    assert even["arm_depthwise_conv_3x3_s8: group"] == 64 * 2
    assert "arm_depthwise_conv_3x3_s8: single" not in even
    assert odd["arm_depthwise_conv_3x3_s8: group"] == 64
    assert odd["arm_depthwise_conv_3x3_s8: single"] == 64 * 3


@pytest.mark.parametrize(
    ("multiplier", "dilation", "function"),
    [
        (1, 1, "arm_depthwise_conv_3x3_s8"),
        (4, 1, "depthwise_conv_s8_mult_4"),
        (3, 1, "depthwise_conv_s8_generic"),
        (1, 2, "depthwise_conv_s8_generic"),
    ],
)
def test_depthwise_kernels(multiplier: int, dilation: int, function: str) -> None:
    channels = 4 * multiplier
    options = {
        "stride_h": 1, "stride_w": 1, "depth_multiplier": multiplier,
        "dilation_h_factor": dilation, "dilation_w_factor": dilation,
    }  # fmt: skip
    found = counts(
        "DEPTHWISE_CONV_2D",
        ((1, 8, 8, 4), (1, 3, 3, channels), (channels,), (1, 8, 8, channels)),
        options,
    )
    assert found is not None
    assert any(body.startswith(function) for body in found)


def test_reference_convolution_counts_macs_inside() -> None:
    found = counts(
        "CONV_2D", ((1, 3, 3, 2), (3, 3, 3, 2), (3,), (1, 3, 3, 3)), STRIDE_1,
        kernels=Kernels.REFERENCE,
    )  # fmt: skip
    assert found is not None
    assert found["Conv INT8: mac"] == 49 * 3 * 2
    assert found["Conv INT8: tap"] == 81 * 3


def test_fully_connected_takes_rows_in_pairs() -> None:
    found = counts("FULLY_CONNECTED", ((1, 10), (5, 10), (5,), (1, 5)))
    assert found is not None
    function = "arm_nn_vec_mat_mult_t_s8: "
    assert found[function + "pair of rows"] == 2
    assert found[function + "pair of 4"] == 2 * 2
    assert found[function + "pair of 1"] == 2 * 2
    assert found[function + "odd row"] == 1


def test_cores_whose_kernels_are_not_described_are_unknown() -> None:
    shapes = ((1, 3, 5, 8), (4, 1, 1, 8), (4,), (1, 3, 5, 4))
    helium = Core("cortex-m55", dsp=True, mve=True, fpu=True)
    for core in (helium, Core("cortex-m3")):
        assert counts("CONV_2D", shapes, STRIDE_1, core=core) is None


def test_described_operators_exist() -> None:
    assert operator_loops().keys() <= operators().keys()


def test_named_leaves_out_what_never_runs() -> None:
    assert named("f", a_b=2, c=0) == {"f: a b": 2}
    assert merge({"a": 1.0}, {"a": 2.0, "b": 1.0}) == {"a": 3.0, "b": 1.0}


@pytest.mark.parametrize("kernels", list(Kernels))
@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7"])
def test_costs_are_plausible(core: str, kernels: Kernels) -> None:
    """A MAC takes at least one instruction where it runs at all, and not hundreds."""
    costs = load_instruction_costs(core, kernels)
    assert costs is not None
    assert all(value >= 0 for value in costs.costs.values())
    inner = [value for body, value in costs.costs.items() if body.endswith((" mac", ": mac"))]
    assert inner
    assert 1 < max(inner) < 64

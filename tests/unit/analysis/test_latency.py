"""Latency from calibrations, with the interval and the reason that belong to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimator.analysis.backbone import Recognised
from estimator.analysis.instructions import ModelInstructions
from estimator.analysis.latency import (
    ClockedCore,
    choose,
    energy,
    estimate_latency,
    features,
    predict_interval,
    serves,
)
from estimator.analysis.work import ModelWork, OperatorWork
from estimator.facts.calibration import Backbone, Calibration, Fit, Power
from estimator.facts.runtime import Kernels
from estimator.opmodel import LayerKind, Work
from estimator.quantity import Basis, Quantity

FIT = Fit(
    method="ops / throughput", backbones=(Backbone.DS_CNN,), any_backbone=False,
    milliseconds_per={"ops": 1e-5}, leave_one_out_percent=6.0, ratio=(0.8, 1.25), ratio_of={},
    interval_source="held-out models", ops=(1_000_000, 10_000_000), r2=0.99, models=9,
)  # fmt: skip
ANY = replace(FIT, method="any", backbones=(), any_backbone=True, ratio=(0.5, 2.0))
POWER = Power(active_mw=200.0, ratio=(0.9, 1.1), error_percent=3.0, models=9)
BOARD = Calibration(
    name="b", board="b", core="cortex-m4", clock_hz=1e8, kernels=Kernels.CMSIS_NN,
    runtime="TFLM of then", sources=(), fits=(FIT, ANY), power=POWER,
)  # fmt: skip


def work(macs: int = 1_000_000, unknown: tuple[str, ...] = ()) -> ModelWork:
    conv = Work(LayerKind.CONV, macs, 0, 0, 0)
    dense = Work(LayerKind.FULLY_CONNECTED, macs // 4, 0, 0, 0)
    operators = (OperatorWork(0, 0, "CONV_2D", conv), OperatorWork(0, 1, "FULLY_CONNECTED", dense))
    by_kind = {LayerKind.CONV: macs, LayerKind.FULLY_CONNECTED: macs // 4}
    return ModelWork(operators, (), by_kind, macs + macs // 4, macs + macs // 4, 0, 0, unknown)


def instructions(conv: float = 3e6, dense: float = 1e6) -> ModelInstructions:
    by_kind = {LayerKind.CONV: conv, LayerKind.FULLY_CONNECTED: dense}
    return ModelInstructions((conv, dense), by_kind, Quantity.exact(conv + dense))


def latency(
    backbone: Backbone = Backbone.DS_CNN,
    *calibrations: Calibration,
    of: ModelWork | None = None,
    board: str = "b",
    core: ClockedCore | None = None,
    counted: ModelInstructions | None = None,
):  # type: ignore[no-untyped-def]
    return estimate_latency(
        of or work(), Recognised(backbone, ""), calibrations or (BOARD,), board=board,
        kernels=Kernels.CMSIS_NN, core=core or ClockedCore("cortex-m4"), instructions=counted,
    )  # fmt: skip


def test_known_backbone_takes_its_own_throughput() -> None:
    found = latency().milliseconds
    assert found.best == pytest.approx(2.5e6 * 1e-5)
    assert (found.low, found.high) == pytest.approx((25.0 * 0.8, 25.0 * 1.25))
    assert found.basis is Basis.CALIBRATED
    assert "leave-one-out error 6 %" in found.source
    assert "TFLM of then" in found.source


def test_unmeasured_backbone_gets_the_wider_interval() -> None:
    found = latency(Backbone.RESNET).milliseconds
    assert found.high == pytest.approx(25.0 * 2.0)
    assert "none of them resnet" in found.source


def test_backbone_without_any_fit_is_unknown() -> None:
    alone = replace(BOARD, fits=(FIT,))
    found = latency(Backbone.RESNET, alone).milliseconds
    assert not found.known
    assert found.best is None


def test_outside_the_range_the_interval_widens() -> None:
    inside, outside = latency().milliseconds, latency(of=work(50_000_000)).milliseconds
    assert inside.high is not None and inside.low is not None
    assert outside.high is not None and outside.low is not None
    assert outside.high / outside.low == pytest.approx((inside.high / inside.low) ** 2)
    assert "beyond the calibrated 1 to 10 Mops" in outside.source


def test_another_board_is_never_taken_silently() -> None:
    assert not latency(board="other").milliseconds.known


def test_no_calibration_serves_a_model_that_is_not_int8() -> None:
    """Boards were measured with int8 models; others get the range of executed instructions."""
    core = ClockedCore("cortex-m4", 1e8, (1.0, 2.0, 4.0), "guide")
    float_model = replace(work(), int8_macs=1_000_000)
    found = latency(of=float_model, core=core, counted=instructions()).milliseconds
    assert (found.low, found.best, found.high) == pytest.approx((40.0, 80.0, 160.0))
    assert "isn't int8" in found.source
    barely = replace(work(), int8_macs=1_240_000)
    assert latency(of=barely, core=core, counted=instructions()) == latency()


def test_unknown_work_makes_the_latency_unknown() -> None:
    found = latency(of=work(unknown=("CUSTOM",)))
    assert "CUSTOM" in found.milliseconds.source
    assert found.operator_milliseconds == (None, None)


def test_operators_share_the_time() -> None:
    first, second = latency().operator_milliseconds
    assert first == pytest.approx(20.0)
    assert second == pytest.approx(5.0)


def test_clock_and_cycles_give_a_latency_without_calibration() -> None:
    core = ClockedCore("cortex-m4", 1e8, (1.0, 2.0, 4.0), "data sheet")
    found = latency(board="other", core=core, counted=instructions()).milliseconds
    assert (found.low, found.best, found.high) == pytest.approx((40.0, 80.0, 160.0))
    assert "data sheet" in found.source


def test_cycles_are_those_of_measured_builds_of_the_core_widened() -> None:
    rate = {f"instructions: {kind.value}": 2e-5 for kind in LayerKind}  # 2 cycles at 100 MHz
    slow = replace(ANY, milliseconds_per=rate, ratio=(0.9, 1.1))
    fast = replace(slow, milliseconds_per={name: 1e-5 for name in rate})
    builds = (replace(BOARD, fits=(slow,)), replace(BOARD, board="c", fits=(fast,)))
    core = ClockedCore("cortex-m4", 2e8)
    found = latency(
        Backbone.DS_CNN, *builds, board="other", core=core, counted=instructions()
    ).milliseconds
    # 4e6 instructions at 200 MHz and 1 to 2 cycles, +-10 %, widened by the factor 2 between them.
    assert found.low == pytest.approx(20.0 * 0.9 / 2)
    assert found.high == pytest.approx(40.0 * 1.1 * 2)
    assert "2 measured builds on cortex-m4" in found.source


def test_a_core_that_nobody_measured_is_unknown() -> None:
    core = ClockedCore("cortex-m33", 1e8)
    found = latency(board="other", core=core, counted=instructions()).milliseconds
    assert not found.known
    assert "cortex-m33" in found.source


def test_features_with_a_poorer_basis_widen_their_share_only() -> None:
    fit = replace(
        ANY,
        milliseconds_per={"instructions: convolution": 1.0, "instructions: fully connected": 1.0},
        ratio=(0.9, 1.1), ratio_of={"instructions: fully connected": (0.5, 2.0)},
    )  # fmt: skip
    found = features({}, {LayerKind.CONV: 3.0, LayerKind.FULLY_CONNECTED: 1.0})
    assert predict_interval(fit, found) == pytest.approx((2.7 + 0.5, 4.0, 3.3 + 2.0))


def test_a_fit_that_lacks_a_kind_does_not_serve() -> None:
    found = features({LayerKind.CONV: 90, LayerKind.DEPTHWISE: 10})
    assert not serves({"macs: convolution": 1.0}, found)
    assert serves({"macs: convolution": 1.0, "macs: depthwise convolution": 1.0}, found)
    assert not serves({"instructions: convolution": 1.0}, found)


def test_the_narrowest_interval_is_chosen() -> None:
    narrow = replace(FIT, method="narrow", ratio=(0.95, 1.05))
    assert choose((FIT, narrow, ANY), Backbone.DS_CNN, features({LayerKind.CONV: 10})) is narrow


def test_energy_is_latency_times_power() -> None:
    found = latency()
    assert found.millijoules.best == pytest.approx(25.0 * 200.0 / 1e3)
    assert found.millijoules.low == pytest.approx(20.0 * 180.0 / 1e3)


def test_energy_is_unknown_without_power() -> None:
    time = Quantity(1.0, 2.0, 3.0, Basis.CALIBRATED)
    assert not energy(time, None).known
    assert not energy(Quantity.unknown("why"), Quantity.exact(1.0)).known

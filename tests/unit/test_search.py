"""Candidates of a search get the answers of the Graph that they stand for."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from estimator import estimate_graph
from estimator.architecture import (
    Conv,
    Dense,
    DepthwiseConv,
    Flatten,
    Layer,
    Pool,
    Residual,
    Softmax,
    build_graph,
    inverted_bottleneck,
    separable,
)
from estimator.geometry import Padding
from estimator.reading import read
from estimator.search import Evaluator, model_bytes

MODELS = sorted((Path(__file__).parents[2] / "golden" / "models").glob("*.tflite"))
INPUT = (1, 32, 24, 3)
SIDES = ((1, 1), (2, 1), (2, 2))


def random_layers(rng: Random) -> tuple[Layer, ...]:
    channels = rng.choice((8, 12, 16))
    layers: list[Layer] = [Conv(channels, rng.choice(((3, 3), (10, 4), (1, 1))), rng.choice(SIDES))]
    for _ in range(rng.randint(0, 4)):
        kind = rng.choice(("separable", "bottleneck", "residual", "conv", "depthwise", "pool"))
        wider = rng.choice((channels, channels + 4, 24))
        if kind == "separable":
            layers += separable(wider, rng.choice(SIDES))
        elif kind == "bottleneck":
            layers += inverted_bottleneck(channels, wider, rng.choice((1, 4)), (1, 1))
        elif kind == "residual":
            layers.append(
                Residual((Conv(wider), Conv(wider, activation=0)), (Conv(wider, (1, 1)),))
            )
        elif kind == "conv":
            layers.append(Conv(wider, (3, 3), (1, 1), rng.choice(tuple(Padding)), activation=3))
        elif kind == "depthwise":
            layers.append(DepthwiseConv(multiplier=2))
            wider = 2 * channels
        else:
            layers.append(Pool((2, 2), maximum=rng.random() < 0.5))
            wider = channels
        channels = wider
    return (*layers, Pool(), Flatten(), Dense(rng.randint(1, 12)), Softmax())


@pytest.mark.parametrize("target", ["stm32f746zg", "cortex-m4", "cortex-m55"])
def test_a_candidate_equals_its_graph(target: str) -> None:
    rng, evaluator, compared = Random(8), Evaluator(INPUT, target=target), 0
    for _ in range(60):
        try:
            layers = random_layers(rng)
            candidate = evaluator.evaluate(layers)
        except ValueError as error:  # pooled away to nothing
            assert "would have the shapes" in str(error)
            continue
        whole = estimate_graph(build_graph(layers, INPUT), target=target)
        assert whole.accepted and not candidate.refusals, whole.refusals
        assert whole.arena is not None
        assert candidate.arena_bytes == whole.arena.minimum_bytes
        assert candidate.sram_bytes == whole.sram.total_bytes
        assert candidate.milliseconds == whole.latency.milliseconds
        assert candidate.millijoules == whole.latency.millijoules
        assert candidate.macs == whole.work.total_macs
        code = whole.flash.code_bytes
        assert code.known
        assert candidate.flash_bytes.best >= candidate.model_bytes.best + code.best
        compared += 1
    assert compared > 40


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_files_are_as_large_as_said(path: Path) -> None:
    size = model_bytes(read(path.read_bytes()))
    assert size.low <= path.stat().st_size <= size.high


def test_a_refused_candidate_says_why() -> None:
    candidate = Evaluator((1, 50_000, 50_000, 1)).evaluate((Pool((2, 2)),))
    assert "more than TFLM's int can count" in candidate.refusals[0].reason
    assert candidate.arena_bytes is None
    assert not (candidate.sram_bytes.known or candidate.milliseconds.known)


def test_layers_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"layers\[1\].*Flatten"):
        Evaluator(INPUT).evaluate((Conv(8), Dense(3)))
    with pytest.raises(ValueError, match=r"layers\[0\].*shortcut"):
        build_graph((Residual((Conv(8),)),), INPUT)
    with pytest.raises(ValueError, match=r"layers\[1\].*height"):
        build_graph((Flatten(), Conv(8)), INPUT)

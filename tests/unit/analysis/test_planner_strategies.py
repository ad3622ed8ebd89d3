"""The planner's two ways of finding neighbours give the same plan."""

from __future__ import annotations

from random import Random

import pytest

from estimator.analysis import planner
from estimator.analysis.lifetimes import ONLINE, Buffer


@pytest.mark.parametrize("count", [1, 2, 17, 64, 65, 300])
def test_few_and_many(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(count)
    for _ in range(20):
        steps = rng.choice((1, 5, count + 1))
        buffers = []
        for index in range(count):
            first = rng.randrange(-1, steps)
            last = min(steps, first + rng.choice((0, 1, 3, steps)))
            offline = 16 * rng.randrange(40) if rng.random() < 0.05 else ONLINE
            size = 16 * rng.randint(1, 30)
            buffers.append(Buffer(0, index, None, "", size, first, last, offline))
        monkeypatch.setattr(planner, "FEW", count)
        few = planner.plan_greedy(buffers)
        monkeypatch.setattr(planner, "FEW", 0)
        assert planner.plan_greedy(buffers) == few

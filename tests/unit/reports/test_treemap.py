"""The treemap fills its rectangle with areas in proportion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.reports.treemap import layout


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=40),
    st.floats(10, 2000),
    st.floats(10, 2000),
)
def test_boxes_fill_the_rectangle(values: list[int], width: float, height: float) -> None:
    boxes = layout(values, width, height)
    assert sorted(box.item for box in boxes) == [i for i, value in enumerate(values) if value > 0]
    total = sum(values)
    for box in boxes:
        assert box.x >= -1e-6 and box.y >= -1e-6
        assert box.x + box.width <= width * (1 + 1e-4)
        assert box.y + box.height <= height * (1 + 1e-4)
        share = values[box.item] / total
        assert box.width * box.height == pytest.approx(share * width * height, rel=1e-2, abs=1e-3)


def test_boxes_do_not_overlap() -> None:
    boxes = layout([60, 30, 20, 10, 5, 5], 100, 50)
    for one in boxes:
        for other in boxes:
            if one.item < other.item:
                apart = (
                    one.x + one.width <= other.x + 1e-9
                    or other.x + other.width <= one.x + 1e-9
                    or one.y + one.height <= other.y + 1e-9
                    or other.y + other.height <= one.y + 1e-9
                )
                assert apart


def test_nothing_gives_nothing() -> None:
    assert layout([], 10, 10) == () == layout([0], 10, 10)

"""`mculint validate --plot` draws the paper's Fig. 2 beside our estimate."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from estimator.api import estimate
from estimator.validation.breakdown import estimated_bars, published_bars, render

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


def test_bars_are_those_of_the_paper_and_the_estimate() -> None:
    (model, board), paper = published_bars(GOLDEN / "published" / "micronets_figure_2.csv")
    assert (model, board) == ("micronet_kws_l_int8", "stm32f746zg")
    assert [sum(parts.values()) for _, parts in paper] == [216, 687]
    result = estimate(GOLDEN / "models" / f"{model}.tflite", target=board)
    sram, flash = estimated_bars(result)
    assert flash[1]["weights and biases"] == pytest.approx(500.0, abs=0.1)
    assert sram[1]["persistent buffers"] == pytest.approx(34, rel=0.05)
    total = result.flash.total_bytes.best
    assert total is not None
    assert sum(flash[1].values()) * 1024 == pytest.approx(total)
    tree = ElementTree.fromstring(render("KWS", (*paper, sram, flash)))
    parts = [e for e in tree.iter() if e.get("class") == "part"]
    assert len(parts) == sum(len(bar[1]) for bar in (*paper, sram, flash))

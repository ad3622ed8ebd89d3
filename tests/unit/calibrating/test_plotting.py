"""The plot is well-formed SVG with every measured point and none that was estimated."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from estimator.calibrating.measurements import read_measurements
from estimator.calibrating.plotting import latency_plot

PUBLISHED = Path(__file__).resolve().parents[3] / "golden" / "published" / "latency.csv"
SVG = "{http://www.w3.org/2000/svg}"


def test_every_measured_point_is_drawn_once() -> None:
    rows = read_measurements(PUBLISHED)
    drawn = ElementTree.fromstring(latency_plot(rows)).iter(f"{SVG}title")
    measured = [row for row in rows if not row.estimated and row.ops is not None]
    assert len(list(drawn)) == len(measured)


def test_points_lie_inside_the_panel() -> None:
    root = ElementTree.fromstring(latency_plot(read_measurements(PUBLISHED)))
    for circle in root.iter(f"{SVG}circle"):
        assert 0 < float(circle.attrib["cx"]) < 420
        assert 0 < float(circle.attrib["cy"]) < 320


def test_nothing_measured_is_still_svg() -> None:
    assert ElementTree.fromstring(latency_plot(())).tag == f"{SVG}svg"

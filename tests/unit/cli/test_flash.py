"""`mculint flash` and `mculint strip`'s figures, as a user sees them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimator.cli import cli

MODEL = Path(__file__).parents[3] / "golden/models/kws_ds_cnn_int8.tflite"
SIZE = MODEL.stat().st_size
ROW = re.compile(r"^ (\S.*?) +([\d,]+) B +[\d.]+%", re.M)


def flash(*arguments: str) -> str:
    done = CliRunner(env={"COLUMNS": "400"}).invoke(cli, ["flash", str(MODEL), *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def rows(printed: str) -> list[tuple[str, int]]:
    """The lines of the model file's table."""
    table = printed.partition("\ncode about")[0]
    return [(label, int(size.replace(",", ""))) for label, size in ROW.findall(table)]


@pytest.mark.parametrize(
    ("option", "label"),
    [
        ((), "weights"),
        (("--by-operator",), "0 CONV_2D"),
        (("--by-tensor",), "0 serving_default_input_1:0"),
    ],
)
def test_every_view_sums_up_to_the_file(option: tuple[str, ...], label: str) -> None:
    found = rows(flash(*option))
    assert label in dict(found)
    assert sum(size for _, size in found) == SIZE


def test_top_keeps_the_largest_and_sums_up_the_rest() -> None:
    every, top = rows(flash("--by-tensor")), rows(flash("--by-tensor", "--top", "3"))
    assert top[:3] == every[:3]
    assert top[3:] == [(f"{len(every) - 3} more", sum(size for _, size in every[3:]))]


@pytest.mark.parametrize("option", [(), ("--by-operator",), ("--by-tensor",)])
def test_treemap_has_every_row(option: tuple[str, ...], tmp_path: Path) -> None:
    target = tmp_path / "map.svg"
    printed = flash(*option, "--svg", str(target))
    titles = {title.text for title in ElementTree.parse(target).iter() if "title" in title.tag}
    for label, size in rows(printed):
        assert f"{label}: {size:,} B" in titles

"""The HTML report in headless Chromium: no console errors, all charts, tips, nothing injected."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from estimator.gate.checking import check
from estimator.lint import CheckReport, Problem, Rule, Severity, to_finding
from estimator.reports._format import Style
from estimator.reports.findings.as_html import render
from estimator.settings.config import Config
from tests.unit.checks.building import subject

MODELS = Path(__file__).parents[2] / "golden" / "models"
HOSTILE = '"><script>document.title="pwned"</script><img src=x onerror=alert(1)>\x1b[31m\u202e'
PROBE = """<script>{
const count = (selector) => document.querySelectorAll(selector).length;
const buffer = document.querySelector("svg.arena .buffer");
buffer.dispatchEvent(new PointerEvent("pointerover", {bubbles: true, clientX: 50, clientY: 50}));
const tip = document.getElementById("tip");
const shown = {hidden: tip.hidden, text: tip.textContent};
document.body.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
document.documentElement.dataset.probe = JSON.stringify({
  title: document.title, shown, hiddenAfter: tip.hidden,
  buffers: count("svg.arena .buffer"), steps: count("svg.arena .step"),
  boxes: count("svg.treemap .box"), bars: count("svg.latency .bar"),
  images: count("img"), scripts: count("script"), findings: count("ul.findings li"),
  wider: document.documentElement.scrollWidth > innerWidth,
});
}</script></body>"""


@pytest.fixture(scope="module")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")


def _open(chromium: str, page: str, folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """What the probe saw, and what the console said."""
    path = folder / "report.html"
    path.write_text(page.replace("</body>", PROBE), encoding="utf-8")
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         f"--user-data-dir={folder / 'profile'}", *options, "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.search(r'data-probe="(.*?)"', done.stdout)
    assert found, "the probe did not run"
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return json.loads(unescape(found.group(1))), console


def _report() -> CheckReport:
    model = str(MODELS / "kws_ds_cnn_int8.tflite")
    return check([model], Config(), target="stm32f446re")


def test_the_page_has_its_charts_and_tips(chromium: str, tmp_path: Path) -> None:
    report = _report()
    arena = report.subjects[0].estimate.arena
    assert arena is not None
    seen, console = _open(chromium, render(report, Style()), tmp_path, "--window-size=1200,900")
    assert console == ""
    assert seen["buffers"] == len(arena.plan.buffers)
    assert seen["steps"] == len(arena.lifetimes.steps)
    assert seen["boxes"] >= 8
    assert seen["bars"] == len(report.subjects[0].estimate.graph.main.operators)
    assert seen["findings"] == len(report.findings) > 0
    assert not seen["shown"]["hidden"] and seen["hiddenAfter"]
    first = arena.plan.buffers[0]
    assert seen["shown"]["text"].startswith(f"{first.what}: {first.size_bytes:,} B at ")


def test_the_page_is_no_wider_than_a_phone(chromium: str, tmp_path: Path) -> None:
    seen, console = _open(chromium, render(_report(), Style()), tmp_path, "--window-size=500,900")
    assert console == "" and not seen["wider"]


def test_names_of_a_model_do_nothing(chromium: str, tmp_path: Path) -> None:
    case = {
        "tensors": ["in: INT8 1x8 q", "out: INT8 1x8 q"],
        "operators": ["RELU in -> out"],
    }
    clean = subject(case, tmp_path)
    graph = clean.estimate.graph
    tensors = tuple(replace(t, name=HOSTILE) for t in graph.main.tensors)
    hostile = replace(graph, subgraphs=(replace(graph.main, tensors=tensors),))
    plan = clean.estimate.arena
    assert plan is not None
    buffers = tuple(b._replace(what=HOSTILE) for b in plan.plan.buffers)
    arena = replace(plan, plan=replace(plan.plan, buffers=buffers))
    estimate = replace(clean.estimate, graph=hostile, arena=arena, name=HOSTILE)
    whole = replace(clean, path=HOSTILE, deployment=HOSTILE, estimate=estimate)
    rule = Rule("MCU999", "hostile", Severity.ERROR, lambda _: ())
    finding = to_finding(rule, Problem(HOSTILE, HOSTILE, 0, 0), whole)
    page = render(CheckReport((whole,), (finding,)), Style(version=HOSTILE))
    seen, console = _open(chromium, page, tmp_path)
    assert console == ""
    assert seen["title"] == "mculint report"
    assert seen["images"] == 0 and seen["scripts"] == 2  # the page's own and the probe


def test_the_page_loads_nothing() -> None:
    page = render(_report(), Style())
    assert "default-src 'none'" in page
    for forbidden in ("http://", "https://", " src=", "@import", "url("):
        assert forbidden not in page

"""Whatever a model's strings say, every output keeps its form and acts on nothing."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from estimator.analysis.flash_shares import by_operator, by_tensor
from estimator.api import Estimate, estimate
from estimator.checks import model_rules
from estimator.cli import _models
from estimator.errors import ModelError
from estimator.gate.checking import Selection, examine
from estimator.graph import DType
from estimator.lint import CheckReport, Fault, Subject, to_finding
from estimator.ops import operators
from estimator.reports import (
    as_json,
    as_text,
    flash_svg,
    flash_text,
    operators_csv,
    plan_svg,
    plan_text,
    resolver_header,
)
from estimator.reports._format import Style
from estimator.reports.diffs import formats as diff_formats
from estimator.reports.findings import formats
from estimator.settings.config import Config
from estimator.snapshot import Difference, compare, snapshot
from tests.hostile.files import INJECTIONS
from tests.oracle.builder import ModelSpec, OpSpec, SubgraphSpec, TensorSpec

RAW = "\ue000"
"""Stands for a byte that is no UTF-8: the builder writes three bytes, which are exchanged."""
PIECES = (
    *INJECTIONS, RAW, "::error::owned", "::add-mask::x", "##vso[task.setvariable variable=a]b",
    "##[error]x", "##teamcity[x]", "[/b]", "[link=file:///etc]x[/link]", ":bomb:", "[", "\\",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "*/", "\\\n#include", "??/", '"); system("x"); ("',
    "](https://x.example)", "<!--", "-->", "@user", "#1", "https://x.example", "www.x.example",
    "| a |", "```", "$(x)", "%0D%0A", "\u2028", "\u2029", "\u2066", "\x9b31m", "\x7f", "{0}",
    "<![CDATA[", "]]>", "&#x1b;", "javascript:x", "\ufeff", "\U000e0041", "''",
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12),
)
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
COMMAND = re.compile(r"\s*::[\w-]+[^:]*::|##\[|##vso\[|##teamcity\[")
"""What GitHub's runner, Azure Pipelines and TeamCity take for a command in a line of a log."""


def model(text: str) -> bytes:
    """All strings of a model that reach an output; one operator is custom, one makes a finding."""
    tensors = [TensorSpec((1, 64), DType.INT8, (0.5,), (0,), name=f"{text}{i}" if i % 2 else text)
               for i in range(5)]  # fmt: skip
    ops = [
        OpSpec("RELU", [0], [1]), OpSpec(text, [1], [2], custom=b"x", is_custom=True),
        OpSpec("RELU", [2], [3]), OpSpec("RELU", [0], [4]),
    ]  # fmt: skip
    spec = ModelSpec([SubgraphSpec(tensors, ops, [0], [3])], {text: b"x"})
    return spec.to_bytes().replace(RAW.encode(), b"\xff\x80\xc0")


def accepted(text: str) -> bytes:
    """A model that TFLM accepts, so that it has an arena, a plan and a header."""
    tensors = [TensorSpec((1, 64), DType.INT8, (0.5,), (0,), name=text + "!" * i) for i in range(4)]
    ops = [OpSpec("RELU", [i], [i + 1]) for i in range(3)]
    spec = ModelSpec([SubgraphSpec(tensors, ops, [0], [3])])
    return spec.to_bytes().replace(RAW.encode(), b"\xff\x80\xc0")


def name_of(text: str) -> str:
    """A file's name; what no file can be called is left out."""
    return text.replace(RAW, "\udcff").replace("/", "").replace("\0", "")[:60] + ".tflite"


class Rendered:
    """Everything that is written about the two models."""

    def __init__(self, text: str) -> None:
        first, second = model(text), accepted(text)
        self.subjects = [*self._subjects(text, first), *self._subjects(text, second)]
        self.estimates = [
            replace(estimate(first), name=name_of(text)),
            replace(estimate(second, target="stm32f746zg"), name=name_of(text)),
        ]
        findings = tuple(
            to_finding(rule, problem, subject)
            for subject in self.subjects for rule in model_rules()
            for problem in rule.check(subject)
        )  # fmt: skip
        fault = Fault(name_of(text), ModelError("is broken", where=name_of(text)))
        self.report = CheckReport(tuple(self.subjects), findings, (fault,), 0, tuple(model_rules()))
        self.single = CheckReport(tuple(self.subjects[:1]), findings, (), 0, tuple(model_rules()))

    @staticmethod
    def _subjects(text: str, data: bytes) -> list[Subject]:
        config = Config(root=Path.cwd())
        return list(examine(Path(name_of(text)), config, Selection(), data=data))

    def check(self, name: str) -> str:
        report = self.single if name.startswith("model-explorer") else self.report
        return formats()[name].render(report, Style())

    def difference(self, name: str) -> str:
        old, new = (snapshot(s) for s in self.subjects)
        changes = compare(old, new)
        entries = [Difference(self.subjects[0].path, "", old, new, changes),
                   Difference(self.subjects[0].path, "", None, new, ())]  # fmt: skip
        return diff_formats()[name].render(entries)

    @property
    def good(self) -> Estimate:
        return self.estimates[1]


rendered = lru_cache(maxsize=32)(Rendered)


def screen(*parts: object) -> str:
    console: Console = _models.console()
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def plan_texts(r: Rendered) -> str:
    assert r.good.arena is not None
    return screen(plan_text.render(r.good.graph, r.good.arena))


def plan_picture(r: Rendered) -> str:
    assert r.good.arena is not None
    return plan_svg.render(r.good.graph, r.good.arena)


def shares(r: Rendered) -> list[list[object]]:
    return [[e.flash, by(e.flash.ranges, e.graph)]
            for e in r.estimates for by in (by_tensor, by_operator)]  # fmt: skip


def header(r: Rendered) -> str:
    models = [
        resolver_header.HeaderModel(name_of(""), r.estimates[0].graph, None),
        resolver_header.HeaderModel(r.good.name.removesuffix(".tflite"), r.good.graph, 1024),
    ]
    return resolver_header.render(models, operators())


OUTPUTS: dict[str, Callable[[Rendered], str]] = {
    **{f"check {name}": (lambda r, name=name: r.check(name)) for name in formats()},  # type: ignore[misc]
    **{f"diff {name}": (lambda r, name=name: r.difference(name)) for name in diff_formats()},  # type: ignore[misc]
    "estimate text": lambda r: screen(*(as_text.render(e, per_operator=True) for e in r.estimates)),
    "estimate json": lambda r: as_json.render([as_json.entry(e, "") for e in r.estimates]),
    "estimate csv": lambda r: operators_csv.render(r.estimates) + "\n",
    "plan text": plan_texts,
    "plan svg": plan_picture,
    "flash text": lambda r: screen(*(flash_text.render(*part) for part in shares(r))),  # type: ignore[arg-type]
    "flash svg": lambda r: flash_svg.render(*shares(r)[0]),  # type: ignore[arg-type]
    "resolver": header,
}  # fmt: skip


class Tags(HTMLParser):
    """The tags of a page with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attributes)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment",))


def html_form(text: str) -> object:
    tags = Tags()
    tags.feed(text)
    return [tag for tag in tags.found if tag[0] != "text"]  # captions only where they fit


def xml_form(text: str) -> object:
    root = ElementTree.fromstring(text)
    tags = [(e.tag, tuple(e.keys())) for e in root.iter() if not e.tag.endswith("}text")]
    return tags


def markdown_form(text: str) -> object:
    parted = text.replace("<!-- -->", "\0")
    assert "<" not in parted and "](" not in parted and "```" not in parted
    assert not re.search(r"[@#]\w|://|www\.", html.unescape(parted)), "mentions or links"
    return [(len(re.findall(r"(?<!\\)\|", line)), line[:1] == "#") for line in text.splitlines()]


def csv_form(text: str) -> object:
    rows = list(csv.reader(io.StringIO(text)))
    for cell in (cell for row in rows for cell in row):
        number = re.fullmatch(r"-?[\d.]+(e[-+]\d+)?", cell)
        assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    return [len(row) for row in rows]


def json_form(text: str) -> object:
    assert text.isascii()
    return type(json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")))


def header_form(text: str) -> object:
    """The code without comments, and with every string alike."""
    assert "??" not in text, "a trigraph"
    lines = []
    for line in text.splitlines():
        code = re.sub(r'"(?:[^"\\]|\\[0-7]{3})*"', '""', line)
        comment = code.find("//")
        assert comment < 0 or not code.endswith("\\"), "the comment goes on"
        assert "/*" not in code[: comment if comment >= 0 else None]
        code = code if comment < 0 else code[:comment]
        lines.append(re.sub(r"model_\w*", "model_", code))
    return lines


FORMS: dict[str, Callable[[str], object]] = {
    "check html": html_form, "check junit": xml_form, "plan svg": xml_form, "flash svg": xml_form,
    "check markdown": markdown_form, "diff markdown": markdown_form, "check csv": csv_form,
    "estimate csv": csv_form, "resolver": header_form,
    **{name: json_form for name in OUTPUTS if name.split()[1:] in (
        ["json"], ["sarif"], ["gitlab"], ["model-explorer"])},
}  # fmt: skip


def judge(name: str, text: str) -> None:
    out = OUTPUTS[name](rendered(text))
    for line in out.splitlines():
        hidden = [c for c in line if unicodedata.category(c) in HIDDEN]
        assert not hidden, (name, line)
    for line in out.split("\n"):
        if name == "check github":
            assert line == "" or re.match(r"::(error|warning|notice) file=[^,:]*,title=[^:,]*::",
                                          line), line  # fmt: skip
        else:
            assert not COMMAND.match(line), line
        assert not re.search(r"##(\[|vso|teamcity)", line), line
    if name in FORMS:
        plain = rendered("p" * len(text.encode()))  # as long: a rule speaks of long names
        assert FORMS[name](out) == FORMS[name](OUTPUTS[name](plain)), name


@pytest.mark.parametrize("piece", PIECES)
def test_every_piece_in_every_output(piece: str) -> None:
    for name in OUTPUTS:
        judge(name, piece)


@given(st.sampled_from(sorted(OUTPUTS)), TEXTS)
@settings(max_examples=100, derandomize=True)
def test_any_text_in_any_output(name: str, text: str) -> None:
    judge(name, text)


@pytest.mark.long
@given(st.sampled_from(sorted(OUTPUTS)), TEXTS)
@settings(max_examples=20_000)
def test_any_text_in_any_output_long(name: str, text: str) -> None:
    judge(name, text)

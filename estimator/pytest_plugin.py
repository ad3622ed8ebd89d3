"""The pytest fixture ``mculint``: a model's budget as a test.

def test_model_fits(mculint):
    mculint.check("models/keyword.tflite", target="stm32f446re", sram="96 kB", flash="512 KiB")
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from estimator.budgets import parse_bytes, parse_millijoules, parse_milliseconds
from estimator.gate.checking import check
from estimator.lint import CheckReport, Severity
from estimator.reports._format import Style
from estimator.reports.findings.as_text import render
from estimator.settings.config import find_config, load_config


class Mculint:
    """Checks models from a test; the configuration is that of the folder that pytest runs in."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def check(
        self,
        *paths: str | os.PathLike[str],
        target: str | None = None,
        kernels: str | None = None,
        arena: str | int | None = None,
        sram: str | int | None = None,
        flash: str | int | None = None,
        latency: str | None = None,
        energy: str | None = None,
        ignore: tuple[str, ...] = (),
        fail_on: str = "warning",
    ) -> CheckReport:
        """Fail the test where a model breaks a limit or a rule; else return the report.

        Args:
            paths: files, folders and globs; none for what the configuration names.
            target, kernels: in place of the configured ones.
            arena, sram, flash, latency, energy: limits such as ``"96 kB"`` and ``"120 ms"``; with
                one of them the configured deployments don't apply.
            ignore: codes of rules to leave out.
            fail_on: the least severity that fails, ``"error"`` or ``"warning"``.

        Raises:
            EstimatorError: a limit, path or the configuration is wrong.
        """
        config = load_config(find_config(self.root))
        limits = (arena, sram, flash, latency, energy)
        if any(limit is not None for limit in limits):
            config = replace(config, budgets=(), default=replace(
                config.default,
                arena_bytes=None if arena is None else parse_bytes(arena),
                sram_bytes=None if sram is None else parse_bytes(sram),
                flash_bytes=None if flash is None else parse_bytes(flash),
                latency_ms=None if latency is None else parse_milliseconds(latency),
                energy_mj=None if energy is None else parse_millijoules(energy),
            ))  # fmt: skip
        config = replace(config, ignore=(*config.ignore, *ignore))
        report = check([os.fspath(path) for path in paths], config, target=target, kernels=kernels)
        order = list(Severity)
        worst = order.index(Severity(fail_on))
        if report.faults or any(order.index(f.severity) <= worst for f in report.findings):
            pytest.fail(render(report, Style(quiet=True)), pytrace=False)
        return report


@pytest.fixture
def mculint(pytestconfig: pytest.Config) -> Mculint:
    """Checks models against budgets and rules: see :class:`Mculint`."""
    return Mculint(pytestconfig.rootpath)

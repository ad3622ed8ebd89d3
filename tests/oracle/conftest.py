"""Adds up what the blocks of random models found, and prints it at the end of the run."""

from __future__ import annotations

import json
from collections import Counter

import pytest

SUMMARY = "oracle"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counters: dict[str, Counter[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":  # teardown reports repeat the properties
                continue
            for name, content in getattr(report, "user_properties", ()):
                if name == SUMMARY:
                    for title, counts in json.loads(content).items():
                        counters.setdefault(title, Counter()).update(counts)
    if not counters:
        return
    terminalreporter.section("random models against the TFLM of the tflite-micro wheel")
    for title, counter in counters.items():
        found = ", ".join(f"{name} {count:,}" for name, count in sorted(counter.items()))
        terminalreporter.write_line(f"{title} ({len(counter)}): {found}")

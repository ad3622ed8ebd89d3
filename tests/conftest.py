"""Options and fixtures of the whole test suite."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared"
"""Real models and what real TFLM answered about them; not part of the repository."""


# How long an example takes says more about the machine's load than about the code.
settings.register_profile("any-load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-load")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long tests too")
    parser.addoption(
        "--rebuild-models",
        nargs="?",
        const=sys.executable,
        metavar="PYTHON",
        help="build golden/models again and compare; PYTHON has golden/requirements.txt installed",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "rebuild_models: needs TensorFlow and --rebuild-models")


def pytest_report_header() -> str:
    found = "found" if SHARED.is_dir() else "NOT FOUND, its tests are skipped"
    return f"shared models and measurements (../shared): {found}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker in ("long", "rebuild_models"):
        option = "--" + marker.replace("_", "-")
        if not config.getoption(option):
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(pytest.mark.skip(reason=f"needs {option}"))


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside the repository")
    return SHARED

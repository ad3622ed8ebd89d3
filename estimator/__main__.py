"""Runs the command line: ``python -m estimator`` is ``mculint``."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the command ``mculint``; an interrupt while it is imported ends it too."""
    try:
        from estimator.cli import main as run
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()

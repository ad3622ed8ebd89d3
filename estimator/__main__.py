"""Runs the command line: ``python -m estimator`` is ``mculint``."""

from __future__ import annotations

from estimator.cli import main

if __name__ == "__main__":
    main()

"""Boards, layouts, runtimes and calibrations: dataclasses and strict loaders of their TOML."""

# `make demo` and `make test` do all the set-up on a fresh Debian or Ubuntu machine.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
SECONDS ?= 60
JOBS ?= 1
MODEL ?= golden/models/kws_ds_cnn_int8.tflite
TARGET ?= stm32f746zg

SYSTEM_PACKAGES := cmake make gcc g++ gcc-arm-none-eabi libnewlib-arm-none-eabi \
    libstdc++-arm-none-eabi-newlib qemu-system-arm chromium git nodejs
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: demo test check lint types contracts docs bench fuzz versions system clean

demo: $(VENV)/.installed
	$(BIN)/mculint estimate $(MODEL) --target $(TARGET)

test: system $(VENV)/.developer
	$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

check: lint types contracts test versions

lint: $(VENV)/.developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developer
	$(BIN)/mypy

contracts: $(VENV)/.developer
	$(BIN)/lint-imports

# Pages and command output in the documents that are made by the code itself.
docs: $(VENV)/.developer
	$(BIN)/python tools/generate_docs.py
	$(BIN)/python tools/refresh_docs.py

bench: $(VENV)/.developer
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only --benchmark-group-by=group

# make fuzz SECONDS=600 JOBS=2; exits 1 if it found a defect, with the files that show it.
fuzz: $(VENV)/.developer
	$(BIN)/python -m pip install -q --group fuzz
	$(BIN)/python -m fuzz --seconds $(SECONDS) --jobs $(JOBS)

# The lowest versions of all dependencies on the lowest Python here, the newest on the newest.
versions:
	$(PYTHON) tools/versions.py -n auto --dist loadgroup $(PYTEST_ARGS)

# System packages: only what is missing, so that a second run needs no network.
system:
	@missing=""; for package in $(SYSTEM_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q "ok installed" \
	    || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -q && \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -q -y --no-install-recommends $$missing; fi

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade "pip>=25.1"

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.developer: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q -e ".[calibrate,dask,measure]" --group dev
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .venv-lowest .venv-newest build dist

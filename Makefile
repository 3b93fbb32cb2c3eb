# On a fresh machine with Python 3.11 or newer: `make explore`, `make reproduce`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
EVERYTHING := dev,docs
# What the explorer needs and no more; a whole environment has it too.
EXPLORER := $(if $(wildcard $(INSTALLED)),$(INSTALLED),$(VENV)/.explorer)
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export OMP_WAIT_POLICY := passive

.PHONY: help install explore browser reproduce reproduce-full test lint format bench docs docs-ledger docs-screens notebooks clean

help:
	@echo "make explore         watch networks in a browser (installs only what that needs)"
	@echo "make reproduce       environment, then the paper's experiments at smaller sizes -> reproduction/report.html"
	@echo "make reproduce-full  the same at the published sizes (hours; can be interrupted and run again)"
	@echo "make test            environment, then the tests"
	@echo "make docs            the documentation site -> docs/_build/index.html (offline, warnings are errors)"
	@echo "make notebooks       notebooks/*.py -> notebooks/*.ipynb"
	@echo "make lint | format | bench | clean"

define environment  # with the extras $(1); doctor checks, and compiles the engine's kernels once
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Polysem needs Python 3.11 or newer; pass one as make PYTHON=python3.12 …"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(1)]'
	$(BIN)/polysem doctor > /dev/null
	touch $@
endef

$(INSTALLED): pyproject.toml constraints.txt
	$(call environment,$(EVERYTHING))

$(VENV)/.explorer: pyproject.toml constraints.txt
	$(call environment,explorer)

install: $(INSTALLED)

explore: $(EXPLORER)
	$(BIN)/polysem explore

# Chromium for the browser tests, which are skipped without one; needs root on Debian or Ubuntu.
browser:
	@command -v chromium-headless-shell chromium chromium-browser google-chrome > /dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null \
	    && { apt-get update -qq; apt-get install -qq -y chromium-headless-shell; } > /dev/null 2>&1; } \
	  || echo "No Chromium: browser tests are skipped (apt-get install chromium-headless-shell)."

reproduce: install
	$(BIN)/polysem reproduce --out reproduction --resume

reproduce-full: install
	$(BIN)/polysem reproduce --full --out reproduction-full --resume

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: install browser
	$(BIN)/python -m pytest -n 2 -q

bench: install
	$(BIN)/python -m benchmarks

docs: install
	cd docs && ../$(BIN)/python -m _site.build _build
	@echo "Open docs/_build/index.html"

docs-ledger: install  # the stored results on the pages of claims (many minutes)
	cd docs && ../$(BIN)/python -m _site.ledger ../runs/ledger ledger.json

docs-screens: install browser  # the pictures of the explorer (a minute)
	cd docs && ../$(BIN)/python -m _site.screens

notebooks: install
	$(BIN)/python -m jupytext --to ipynb notebooks/*.py

clean:
	rm -rf docs/_build docs/generated $(VENV) build dist .pytest_cache .ruff_cache .hypothesis

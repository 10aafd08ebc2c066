# Everything starts here; each target does all it needs on a fresh Debian 12.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: check test unit types style rings clean

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

check: style types rings unit  ## seconds: style, types, import rules, and every test that needs no Asterisk

style: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy

rings: .venv/ready
	$(BIN)/lint-imports

unit: .venv/ready
	$(BIN)/pytest -q tests/unit tests/stories tests/property tests/contract

test: check  ## everything
	$(BIN)/pytest -q tests/integration tests/chaos

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

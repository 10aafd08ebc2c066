# Everything starts here; each target does all it needs on a fresh Debian 12.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
REAL := tests/integration tests/chaos tests/parties
# On a machine that others use too a phone may be late: what failed is tried once more, alone, and
# both outcomes are printed.
AGAIN := --last-failed --last-failed-no-failures=none
# Else every process of the tests would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo check test docker-test bench coverage unit types style rings clean

run: .venv/ready  ## an Asterisk and the ACD with the sample configuration, until ctrl-C
	@$(BIN)/python tools/run

demo: .venv/ready  ## the same with callers and agents, and a live view
	@tools/test-packages demo
	@$(BIN)/python tools/demo

check: style types rings unit  ## seconds: style, types, import rules, and every test that needs no Asterisk

test: check  ## everything, installing what it needs
	tools/test-packages
	$(BIN)/python tools/coverage_gate
	$(BIN)/pytest -q -m slow tests/unit tests/stories tests/property
	$(BIN)/pytest -q $(REAL) || $(BIN)/pytest -q -x $(AGAIN) $(REAL)
	$(MAKE) docker-test

docker-test: .venv/ready  ## docker-compose.yml: built, a call, the ACD killed; skipped where no engine can be had
	-tools/test-packages docker
	$(BIN)/pytest -q -rs tests/docker

coverage: .venv/ready  ## every branch of what decides is taken by a test
	$(BIN)/python tools/coverage_gate

bench: .venv/ready  ## the figures of docs/performance.md, printed; BENCH="--full invites" for some
	@tools/test-packages
	$(BIN)/python -m bench $(BENCH)

.venv/ready: pyproject.toml
	@echo 'Making the Python environment in .venv ...'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

style: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy

rings: .venv/ready
	$(BIN)/lint-imports

unit: .venv/ready
	$(BIN)/pytest -q -n auto -m 'not slow' tests/unit tests/stories tests/property tests/contract

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

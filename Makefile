# `make` lists the targets. Everything runs from .venv, installed from requirements.lock.
.DEFAULT_GOAL := help
.PHONY: help setup lock run dev serve test check format contracts diff benchmark benchmark-ml benchmark-scoring benchmark-features clean

PYTHON ?= python3
BIN := .venv/bin
DISTRIBUTIONS := platform $(patsubst %/pyproject.toml,%,$(wildcard domains/*/pyproject.toml))
PROJECTS := $(patsubst %/dbt/dbt_project.yml,%,$(wildcard domains/*/dbt/dbt_project.yml))
STAMP := .venv/.installed
DOMAIN_SOURCES := $(wildcard domains/*/src)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install everything into .venv, as locked

$(STAMP): requirements.lock $(addsuffix /pyproject.toml,$(DISTRIBUTIONS))
	$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(foreach d,$(DISTRIBUTIONS),-e ./$(d))
	@$(BIN)/python -m compileall -q platform/src $(DOMAIN_SOURCES)
	@touch $@

lock: ## Resolve requirements.lock again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --group dev --extra experiments --extra catalog --extra serve platform/pyproject.toml -o requirements.lock

run: setup ## Simulate, ingest, transform, audit and publish every product
	@$(BIN)/mesh run

dev: setup ## Open the Dagster UI over all domains
	@$(BIN)/mesh up

serve: setup ## Serve products, features and live models over HTTP
	@$(BIN)/mesh serve

test: setup ## Run the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

check: setup ## Lint, types, walls, SQL, and documents against code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy platform/src $(DOMAIN_SOURCES) platform/platform_tests $(wildcard domains/*/*_tests) tests benchmarks conftest.py
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar $(addsuffix /dbt/models,$(PROJECTS)) platform/src/mesh_platform/transform/dbt_mesh
	$(BIN)/python -m mesh_platform.transform $(notdir $(PROJECTS))
	$(BIN)/mesh contracts check

format: setup ## Format Python and SQL
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --quiet $(addsuffix /dbt/models,$(PROJECTS))

contracts: setup ## Export contracts/ from the code
	@$(BIN)/mesh contracts export

diff: setup ## Tell whom the interface's changes break, and which versions they take
	@$(BIN)/mesh contracts diff

benchmark: setup ## Measure the mesh beside plain DuckDB (minutes)
	$(BIN)/python -m benchmarks

benchmark-ml: setup ## Measure the models on real data, beside published figures (minutes)
	$(BIN)/python -m benchmarks.ml

benchmark-scoring: setup ## Measure batches of a million predictions, on a finished world (minutes)
	$(BIN)/python -m benchmarks.scoring fraud churn

benchmark-features: setup ## Measure point-in-time joins beside Feast, in an environment of its own (minutes)
	$(BIN)/python -m benchmarks.features

clean: ## Remove the environment and the mesh's state
	rm -rf .venv .mesh

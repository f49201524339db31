# The contributor's guide: every target the continuous integration calls stands here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE ?= 1
export DO_NOT_TRACK ?= 1
export PREFECT_SERVER_ANALYTICS_ENABLED ?= false

.PHONY: help demo test test-fast check gate fuzz schema golden release-home format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/base ## the whole pipeline over the bundled sample, ending in a digest
	$(BIN)/watchfloor demo

test-fast: $(VENV)/installed ## the tests without model, server, browser and slow replays: a minute
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
		-m "not model and not server and not browser and not slow" --ignore tests/server --ignore tests/browser

test: $(VENV)/installed ## all tests
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/installed ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

gate: $(VENV)/installed ## quality floors on the labelled corpora
	$(BIN)/python benchmarks/quality_gate.py

fuzz: $(VENV)/installed ## 100,000 mutated feeds, dates and encodings through the parsers: half an hour on two cores
	nice -n 10 $(BIN)/python benchmarks/fuzz_feeds.py
	nice -n 10 $(BIN)/python benchmarks/fuzz_forms.py

schema: $(VENV)/installed ## docs/researchers/data-dictionary.md anew from the comments of the views
	$(BIN)/watchfloor schema --out docs/researchers/data-dictionary.md

golden: $(VENV)/installed ## the golden issue and the published schema anew; look at the diff
	PYTHONPATH=. $(BIN)/python tests/golden.py

release-home: $(VENV)/installed ## a populated warehouse of a schema that is released now, for the upgrade tests
	PYTHONPATH=. $(BIN)/python tests/release_home.py

format: $(VENV)/installed ## rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the environment and what the demo wrote
	rm -rf $(VENV) demo

$(VENV)/base: pyproject.toml constraints.txt
	@echo "Making the environment in $(VENV): about two minutes and 1 GB, once."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/installed: $(VENV)/base
	@echo "Adding what the tests need, PyTorch among it: 1 GB or more, once."
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Two commands matter: `make reports` and `make test`. Both set up .venv first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
WORKERS ?= 2
STUDY ?= data/binh_duong
BIN := .venv/bin
BENCH_PYTHON ?= $(BIN)/python
PIP_INSTALL := -m pip install --disable-pip-version-check --no-deps
READY := .venv/.ready
LAB_READY := .venv-lab/.ready
SPARK_READY := .spark/.ready
CLIENTS_READY := .clients/.ready
EDITOR_READY := .editor/.ready
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

# Without byte-code every import costs three times as much; with many small processes more BLAS threads only queue.
unexport PYTHONDONTWRITEBYTECODE
export OPENBLAS_NUM_THREADS := 1

.PHONY: help reports test lint bench growth coverage false-positives diagnose-tables second-opinion schemas refusals test-clients test-slow lock lab clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

reports: $(READY) ## the main job: the rehearsal of the study, from the plan to the decision report
	$(BIN)/surveylib run $(STUDY) --rehearsal

test: lint ## everything: style, floors, unit, theorems, goldens, doctests, contracts, notebooks, end to end
	$(PYTEST) --nbval --nbval-current-env --nbval-cell-timeout 120 tests surveylib $(wildcard notebooks)

lint: $(READY) ## ruff and the import contracts only
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

bench: $(READY) ## ratios against the obvious alternative (BENCH_OPTIONS=--page: table of docs/speed.md too)
	$(BENCH_PYTHON) -m tests.bench $(BENCH_OPTIONS)

growth: $(READY) ## how CPU time grows with rows, PSUs, domains and items: figure and table of docs/speed.md
	$(BIN)/python -m tests.bench_growth

coverage: $(READY) ## docs/coverage.md: how often intervals hold the truth, 2,000 samples a design (minutes)
	$(BIN)/python -m tests.simulations.write_coverage

false-positives: $(READY) ## docs/false_positives.md: how often each method finds what is not there (minutes)
	$(BIN)/python -m tests.simulations.write_false_positives

diagnose-tables: $(READY) ## the tables of docs/diagnose.md, after a rehearsal of data/binh_duong (minutes)
	$(BIN)/surveylib run data/binh_duong --rehearsal --quiet
	$(BIN)/python -m tests.simulations.write_diagnose

second-opinion: $(READY) ## docs/svy.md: svy and R beside us (BENCH_PYTHON=… of an environment with svy)
	$(BENCH_PYTHON) -m tests.second_opinion.compare

schemas: $(READY) ## the committed JSON Schemas again, after a change of the types they are made from
	$(BIN)/python -c "from surveylib.runner.starter import refresh_schemas as write; \
	  write('questionnaires/schema', names=['bank', 'questionnaire']); write('data/schema', names=['plan', 'study'])"

refusals: $(READY) ## docs/refusals.md again, from the sentences the tool says
	$(BIN)/python -c "from pathlib import Path; from surveylib.report.refusal_page import refusals_page as made; \
	  Path('docs/refusals.md').write_text(made(), encoding='utf-8', newline='\n')"

test-clients: $(READY) ## installs R, Java, Node, Chromium and poppler where it may, then runs the tests that need them
	.ci/install-clients
	$(MAKE) --no-print-directory $(SPARK_READY) || \
	  echo "clients: Spark is NOT INSTALLED. The tests that need it will skip." >&2
	$(MAKE) --no-print-directory $(CLIENTS_READY) || \
	  echo "clients: ODK's form clients are NOT INSTALLED. The tests that need them will skip." >&2
	$(MAKE) --no-print-directory $(EDITOR_READY) || \
	  echo "clients: the YAML language server is NOT INSTALLED. The tests that need it will skip." >&2
	PYTHONPATH=$(abspath .spark) $(PYTEST) --slow -m clients tests

test-slow: $(READY) ## the simulations `make test` leaves out
	$(PYTEST) --slow -m slow tests

lock: $(READY) ## resolves the lock files anew (needs uv, or fetches it into .venv)
	PATH="$$PATH:$(abspath $(BIN))"; command -v uv > /dev/null || $(BIN)/python $(PIP_INSTALL) uv
	PATH="$$PATH:$(abspath $(BIN))"; compile() { \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --no-annotate "$$@"; }; \
	compile --group build pyproject.toml --extra test --output-file requirements.lock; \
	compile --group build pyproject.toml --extra lab --constraints requirements.lock \
	  --output-file requirements-lab.lock; \
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"] \
	  ["optional-dependencies"]["spark"], sep="\n")' | compile - --output-file requirements-spark.lock

lab: $(LAB_READY) ## JupyterLab on the notebooks, in an environment of its own; with npm, YAML is completed there
	$(MAKE) --no-print-directory $(EDITOR_READY) || \
	  echo "lab: the YAML language server is NOT INSTALLED (it needs Node and npm); docs/editing.md" >&2
	ln -sfn ../../.editor/node_modules .venv-lab/lib/node_modules  # one of the places the extension looks in
	.venv-lab/bin/jupyter lab --LabApp.default_url=/lab/tree/notebooks

clean: ## removes the environments and caches; reports/ stays
	rm -rf .venv .venv-lab .spark .clients .editor .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	$(call environment,.venv,requirements.lock)

$(LAB_READY): requirements-lab.lock pyproject.toml
	$(call environment,.venv-lab,requirements-lab.lock)

# Two packages beside those of .venv, 450 MB: nobody but its own tests and `--engine spark` needs them.
$(SPARK_READY): requirements-spark.lock | $(READY)
	$(BIN)/python $(PIP_INSTALL) --quiet --require-hashes --upgrade --target .spark --requirement $<
	@touch $@

# ODK's form engine and Web Forms, and the schema of SARIF, 220 MB: only tests/clients needs them.
$(CLIENTS_READY): tests/clients/package.json tests/clients/package-lock.json
	mkdir -p .clients
	cp $^ .clients/
	cd .clients && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The YAML language server, 27 MB: JupyterLab's extension asks it for completions, tests/clients drives it.
$(EDITOR_READY): .ci/editor/package.json .ci/editor/package-lock.json
	mkdir -p .editor
	cp $^ .editor/
	cd .editor && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

define environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  echo "Cần Python 3.11 trở lên / Python 3.11 or later is needed: $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
       "Thử / try: make PYTHON=python3.11" >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, venv' || { \
  echo "Thiếu venv của Python / Python's venv is missing. Trên Debian / on Debian: apt-get install python3-venv" >&2; exit 1; }
test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
$(1)/bin/python $(PIP_INSTALL) --require-hashes --requirement $(2)
$(1)/bin/python $(PIP_INSTALL) --no-build-isolation --editable .
@touch $(1)/.ready
endef

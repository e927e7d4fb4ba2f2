# Two commands do all the set-up: `make report` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
CORES ?= all
PROFILE ?= default
GRID ?= workflow/grids/benchmarks.yml
PYTHON ?= python3
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet

.PHONY: help report batch test lint check html pdf lab bench lock clean tex browser slurm

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

report: .venv/ready tex ## Make the whole report: notebooks, results, HTML, PDF (CORES=n to limit, PROFILE=slurm)
	@$(BIN)/complimits report --profile $(PROFILE) --cores $(CORES)

batch: .venv/ready ## Run a notebook over a grid of parameters (GRID=workflow/grids/benchmarks.yml)
	@$(BIN)/complimits batch $(GRID) --profile $(PROFILE) --cores $(CORES)

test: .venv/ready tex browser slurm ## Run everything CI runs: lint, types, data, report, tests, browser
	@$(MAKE) --no-print-directory lint
	@$(BIN)/complimits report --profile $(PROFILE) --cores $(CORES)
	@$(BIN)/python -m pytest

lint: .venv/ready ## Check style, types and the order of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check: .venv/ready ## Check the data tables against the codebook
	@$(BIN)/complimits data check

html: .venv/ready ## Build the HTML only
	@$(BIN)/complimits report --profile $(PROFILE) --cores $(CORES) -- _build/work/html-built.txt
	@echo "HTML: _build/work/html/_build/html/index.html"

pdf: .venv/ready tex ## Build the PDF only
	@$(BIN)/complimits report --profile $(PROFILE) --cores $(CORES) -- _build/work/pdf/computational-limits.pdf
	@echo "PDF: _build/work/pdf/computational-limits.pdf"

lab: .venv/ready .venv-lab/ready ## Open the notebooks in JupyterLab
	@$(BIN)/python -m ipykernel install --prefix .venv-lab --name python3 >/dev/null 2>&1
	@.venv-lab/bin/jupyter lab notebooks

bench: .venv/ready ## Time the simulation, the regressions and the multiverse beside other solvers, then the pipeline
	@$(BIN)/python tests/bench_simulation.py
	@$(BIN)/python tests/bench_regressions.py
	@$(BIN)/python tests/bench_multiverse.py
	@$(BIN)/python tests/bench_pipeline.py
	@$(BIN)/python tests/bench_batch.py

lock: ## Resolve the locks again, all packages in one go (needs uv)
	$(COMPILE) --all-extras pyproject.toml --output-file requirements.lock
	$(COMPILE) --group lab --output-file requirements-lab.lock

clean: ## Remove everything generated, the environments excepted
	rm -rf _build .snakemake

.venv/ready: requirements.lock pyproject.toml workflow/environment.sh
	@PYTHON=$(PYTHON) workflow/environment.sh .venv requirements.lock
	@touch $@

.venv-lab/ready: requirements-lab.lock workflow/environment.sh
	@PYTHON=$(PYTHON) workflow/environment.sh .venv-lab requirements-lab.lock
	@touch $@

tex:
	@workflow/packages.sh apt.txt latexmk xelatex

browser:
	@workflow/packages.sh tests/apt.txt chromium

slurm:
	@workflow/packages.sh tests/apt-slurm.txt sbatch || echo "going on without Slurm: its tests are skipped" >&2

# `make demo` and `make test` each set up everything they need in .venv.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: install install-dev demo check test docs reference notebooks peers bench-quick bench bench-long ready-model clean

install: .venv/.installed
install-dev: .venv/.installed-dev

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) -e '.[demo]'
	touch $@

.venv/.installed-dev: pyproject.toml constraints.txt .venv/.installed
	$(INSTALL) -e '.[demo,formats,s3,deploy,track,dev]'
	touch $@

demo: install
	$(BIN)/faultprint demo

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Workers of one thread each, or torch would start one per core in all of them; three, since tests of batches wait a lot.
test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3
	$(MAKE) --no-print-directory notebooks

notebooks: install-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --nbmake --nbmake-timeout=600 -n 2 notebooks

# The documentation as a site of files, in site/; it opens without a server or a network.
docs: install-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# What of the documentation is written from the code; a test tells when it is behind.
reference: install-dev
	$(BIN)/python docs/reference.py
	$(BIN)/python docs/house.py

# Other libraries that benchmarks/imaging.py is timed against, in an environment of their own.
peers: install-dev
	$(BIN)/python benchmarks/peers.py

# A small part of some, minutes in all; `benchmarks/run_all.py --quick` takes a small part of every one.
QUICK := imaging fault_order severity regimes scanning mutations
bench-quick: install-dev
	$(BIN)/python benchmarks/run_all.py --quick $(QUICK:%=--only %)

# Every result that docs/results.md shows, and the page itself; under two hours on two cores.
bench: install-dev
	$(BIN)/python benchmarks/run_all.py

# With the fine-tuned nets; a night.
bench-long: install-dev
	$(BIN)/python benchmarks/run_all.py --long

# The model that comes with Faultprint, from simulated machines alone.
ready-model: install-dev
	$(BIN)/python benchmarks/rebuild_ready.py

clean:
	rm -rf .venv .venv-peers .venv-aeon build dist site *.egg-info

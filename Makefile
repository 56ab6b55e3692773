# Everything runs in .venv, which is made on first use and brought up to date whenever
# pyproject.toml or constraints.txt change. Name another Python with `make demo PYTHON=python3.13`.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; \
	done)
NPM := $(shell command -v npm 2>/dev/null)
ARGS ?=

BIN := .venv/bin
READY := .venv/.ready
INTEROP := $(if $(NPM),tests/interop/node_modules/.ready)
CKAN := tests/interop/.venv

.DELETE_ON_ERROR:
.PHONY: help demo test check bench fix constraints clean

help:  ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 20

demo: $(READY)  ## Start a network of eight cities on this machine (ARGS="--cities torino,paris")
	$(BIN)/citynode demo $(ARGS)

test: $(READY) $(INTEROP) $(CKAN)/.tried  ## Run the tests (ARGS="tests/vocab -x")
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: $(READY)  ## Check format, lint, types and import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## Measure the hot paths (ARGS="members")
	$(BIN)/python -m benchmarks $(ARGS)

fix: $(READY)  ## Format, and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

constraints:  ## Choose newest versions within pyproject.toml and write constraints.txt
	@$(require_python)
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet --upgrade pip
	build/constraints/bin/python -m pip install --quiet '.[semantic]' --group dev
	{ sed -n '/^#/p' constraints.txt; build/constraints/bin/python -m pip freeze --all \
		--exclude citynode --exclude setuptools --exclude wheel; } > build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/constraints

clean:  ## Remove everything that was made here
	rm -rf .venv build dist tests/interop/node_modules $(CKAN)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip before 25.1 does not know --group, so the pinned pip comes first.
$(READY): pyproject.toml constraints.txt
	@$(require_python)
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv || \
		{ echo "Python could not make .venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[semantic]' --group dev
	@touch $@

tests/interop/node_modules/.ready: tests/interop/package.json tests/interop/package-lock.json
	cd tests/interop && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# The reader of CKAN stands in an environment of its own: what it needs must not touch ours. Where it
# cannot be installed its test is skipped, and says so; under CI that is a failure.
$(CKAN)/.tried: tests/interop/ckan-requirements.txt $(READY)
	@rm -rf $(CKAN)
	@$(BIN)/python -m venv $(CKAN) \
		&& $(CKAN)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $< \
		&& PYTHONPATH=tests/interop $(CKAN)/bin/python -c 'import read_ckan' \
		&& touch $(CKAN)/.ready \
		|| { echo "CKAN's reader cannot be installed here; its test will be skipped." >&2; \
			test -z "$$CI"; }
	@mkdir -p $(CKAN) && touch $@

define require_python
test -n "$(PYTHON)" || { \
	echo "citynode needs Python 3.11 or newer and found none." >&2; \
	echo "Install it, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	exit 1; }
endef

# make run · make demo · make test · make quick · make check · make bench · make clean
# Needs python3 (3.11 or newer) with venv, make and git; PORT and DATA may be given: make run PORT=8080 DATA=/srv/shuke

PYTHON ?= python3
PORT ?= 8000
DATA ?= data

BIN := .venv/bin
CATALOGUES := $(wildcard shuke/*/locale/*/LC_MESSAGES/django.po)
MADE_OF := pyproject.toml hatch_build.py vendor/package-lock.json vendor/build.mjs
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --editable
STATIC_TESTS := tests/house/test_floors.py tests/house/test_tree.py tests/house/test_docs.py

.PHONY: run demo test quick check bench clean developed
.SILENT:

run: .venv/installed
	exec $(BIN)/shuke serve --data "$(DATA)" --port "$(PORT)"

demo: .venv/installed
	$(BIN)/shuke demo --data "$(DATA)"
	exec $(BIN)/shuke serve --data "$(DATA)" --port "$(PORT)"

test: developed
	$(BIN)/python -m tools.test

quick: developed
	$(BIN)/pytest -q -n 2 -m "not slow and not browser"

check: developed
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet --output-format concise || { echo "Not formatted: run $(BIN)/ruff format"; exit 1; }
	$(BIN)/mypy --no-error-summary
	$(BIN)/djlint shuke --lint --quiet
	$(BIN)/python -m django makemigrations --check --dry-run --settings tests.settings
	$(BIN)/python -m tools.messages --check
	$(BIN)/pytest -q $(STATIC_TESTS)

bench: developed
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf .venv build dist vendor/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f shuke/language/data/regions.json shuke/language/data/readings.txt $(CATALOGUES:.po=.mo)

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Shuke needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# Stamps: the parts are set up again when what they are made of changed.
.venv/installed: $(MADE_OF) $(CATALOGUES) | .venv/bin/python
	echo "Setting up (about half a minute) ..."
	$(INSTALL) ".[postgres]"
	touch $@

.venv/developed: $(MADE_OF) | .venv/bin/python
	echo "Setting up the product and what the tests need (about a minute) ..."
	$(INSTALL) ".[dev]"
	touch $@ .venv/installed

developed: .venv/developed
	$(BIN)/python -m tools.messages --compile

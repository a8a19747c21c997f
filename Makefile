# Every target uses the tools of .venv, whatever is on the PATH. VENV=... takes another one.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
TIMES ?= 20
RANDOM := random_programs.py nested_derivatives.py recorded_gradients.py sessions.py tiling.py
PYTEST := $(BIN)/python -m pytest -q -n $(JOBS)
PATHS := dlang tests docs $(wildcard benchmarks)

.PHONY: help setup fix lint check test fuzz golden docs bench clean

help:
	@echo 'make setup   the environment: .venv, an editable install, the commit hooks'
	@echo 'make fix     format, and mend what ruff can mend'
	@echo 'make check   everything a commit must pass: ruff, mypy, import-linter, all tests'
	@echo 'make test    the tests without the slow ones'
	@echo 'make fuzz    the random programs, TIMES=20 times as many as in a test run, and new ones'
	@echo 'make golden  rewrite the golden files, and show which changed'
	@echo 'make docs    rewrite the generated pages of docs/'
	@echo 'make bench   the benchmarks'

setup:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[dev]'
	$(BIN)/pre-commit install

fix:
	$(BIN)/ruff format $(PATHS)
	$(BIN)/ruff check --fix $(PATHS)

lint:
	$(BIN)/ruff format --check $(PATHS)
	$(BIN)/ruff check $(PATHS)
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tests come last, so that the last line is pytest's count.
check: lint
	@$(PYTEST)

test:
	@$(PYTEST) -m 'not slow'

fuzz:
	@PROGRAMS=$(TIMES) $(PYTEST) $(addprefix tests/differential/test_,$(RANDOM))

golden:
	-$(BIN)/python -m pytest -q --update-golden
	git diff --stat

docs:
	$(BIN)/python docs/generate.py

bench:
	$(BIN)/python -m benchmarks

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

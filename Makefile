# The two commands of a newcomer are `make quickstart` and `make test`; the rest serves them.
# Every target sets up what it needs in .venv, once.

VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE ?= 1
# One process of tests for each core, four at most: each holds a whole engine in memory. The tests of
# one file stay together, since they share what its fixtures have trained.
PYTEST := $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

.PHONY: quickstart test unit lint format docs clean

quickstart:
	@scripts/setup.sh train
	@$(BIN)/fctune quickstart

test:
	@scripts/setup.sh train,dev
	@$(PYTEST)

unit:
	@scripts/setup.sh train,dev
	@$(PYTEST) -m "not e2e and not contract"

lint:
	@scripts/setup.sh train,dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format:
	@scripts/setup.sh train,dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs:
	@scripts/setup.sh train,dev
	@$(BIN)/python scripts/reference.py

clean:
	rm -rf build saves quickstart .pytest_cache .mypy_cache .ruff_cache .hypothesis

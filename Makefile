# The two commands of a newcomer are `make quickstart` and `make test`; the rest serves them.
# Every target sets up what it needs in .venv, once.

VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE ?= 1

.PHONY: quickstart test unit lint format docs clean

quickstart:
	@scripts/setup.sh train
	@$(BIN)/fctune quickstart

test:
	@scripts/setup.sh train,dev
	@$(BIN)/python -m pytest

unit:
	@scripts/setup.sh train,dev
	@$(BIN)/python -m pytest -m "not e2e and not contract"

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

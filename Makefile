PYTHON ?= python

.PHONY: lint format test test-slow wheel

lint:  ## ruff and mypy, as CI runs them
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

test:  ## the default suite: offline, about ten minutes on two cores
	$(PYTHON) -m pytest -n auto

test-slow:  ## full-size archives, benchmarks' guards
	$(PYTHON) -m pytest -m slow

wheel:
	$(PYTHON) -m build

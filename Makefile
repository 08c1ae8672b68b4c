PYTHON ?= python

.PHONY: lint format test test-slow wheel wheel-check docs

lint:  ## ruff and mypy, as CI runs them
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

test:  ## the default suite: offline, about six minutes on two cores
	$(PYTHON) -m pytest -n auto

test-slow:  ## full-size archives, benchmarks' guards
	$(PYTHON) -m pytest -m slow

wheel:
	$(PYTHON) -m build

docs:  ## the pages, strictly: any warning is an error; open docs/_build/html/index.html
	$(PYTHON) -m sphinx -W --keep-going -n -q docs docs/_build/html

wheel-check:  ## build, inspect, install in a new environment, test from outside the checkout
	.ci/wheel-check $(PYTHON)

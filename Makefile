# What CI runs, one part at a time, in the environment that scripts/run_tests.sh makes.
.PHONY: lint type test slow fuzz all

bin := $(or $(CLASSSR_VENV),.venv)/bin

lint:
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/codespell

type:
	$(bin)/mypy

test:
	bash scripts/run_tests.sh

slow:
	bash scripts/run_tests.sh -m slow

# Damaged and hostile files, for minutes; CASES and SEED choose which.
fuzz:
	$(bin)/python tests/fuzz.py --cases $(or $(CASES),20000) --seed $(or $(SEED),0)

all:
	bash .ci/run

# The two commands are `make run` and `make test`; both install what is missing first.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= auto

.PHONY: run test install check format prove bench scale elasticsearch lock clean

run: install
	@$(BIN)/gongkai run

test: install
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q

install: .venv/installed

.venv/installed: requirements/dev.lock pyproject.toml scripts/install.sh
	@PYTHON=$(PYTHON) sh scripts/install.sh
	@touch $@

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_layout.py tests/core/test_migrations.py

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

prove: install
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q -m prove

bench: install
	$(BIN)/python -m tests.benchmarks

scale: install
	$(BIN)/python -m tests.benchmarks.scale

elasticsearch: install
	@$(BIN)/python -m tests.elasticsearch

lock: install
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra dev -c requirements/run.lock pyproject.toml -o requirements/dev.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

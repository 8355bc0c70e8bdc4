# Afterlaunch: `make demo` for a portal on this machine, `make test` for the suite.

PYTHON ?= python3
PORT ?= 8000
AFTERLAUNCH_HOME ?= .afterlaunch
UV_VERSION := 0.13.9
BIN := .venv/bin

export PORT AFTERLAUNCH_HOME
export UV_PYTHON_DOWNLOADS := never

.PHONY: demo venv test fuzz check lock faults soak bench shell clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo "make demo    a portal with a story in it on http://localhost:$(PORT)  (PORT= AFTERLAUNCH_HOME= FRESH=1)"
	@echo "make test    the whole test suite  (ARGS=)"
	@echo "make fuzz    the properties with examples never tried before  (ARGS=)"
	@echo "make check   lint, types, import contracts, migrations, deployment checks"
	@echo "make faults  the fault harness  (SEED= FAULTS= DELIVERIES=);  make soak  the long load"
	@echo "make bench   the benchmarks  (SIZE= OUT=)"
	@echo "make shell   a Python prompt with the portal's data"
	@echo "make venv    .venv with everything;  make lock  pin the dependencies;  make clean  start from nothing"

# Two locks: base.txt runs the portal and the demo, dev.txt is base.txt and the tools. What is
# installed is told by stamps, so that a second start waits for nothing and a demo after a test
# run takes nothing away.
STAMP_UV := .venv/.uv-$(UV_VERSION)
STAMP_BASE := .venv/.base
STAMP_DEV := .venv/.dev

$(STAMP_UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: uv==$(UV_VERSION) \
		|| echo "uv has no wheel here: plain pip installs instead."
	touch $@

# $(call install,LOCK): exactly what the lock names, checked against its hashes.
install = if [ -x $(BIN)/uv ]; then \
		$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $(1); \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
	fi

$(STAMP_DEV): requirements/dev.txt | $(STAMP_UV)
	@$(call install,$<)
	@touch $(STAMP_BASE) $@

$(STAMP_BASE): requirements/base.txt | $(STAMP_UV)
	@if [ -e $(STAMP_DEV) ]; then $(MAKE) --no-print-directory $(STAMP_DEV); else $(call install,$<); fi
	@touch $@

venv: $(STAMP_DEV)

demo: $(STAMP_BASE)
	@$(if $(FRESH),$(BIN)/python -m apps.embedded clear)
	@exec $(BIN)/python manage.py demo

test: $(STAMP_DEV)
	$(BIN)/pytest $(ARGS)

fuzz: $(STAMP_DEV)
	$(BIN)/pytest -q -m hypothesis --hypothesis-profile=fuzz $(ARGS)

check: $(STAMP_DEV)
	$(BIN)/python -m tests.checks

faults: $(STAMP_DEV)
	$(BIN)/python -m tests.faults

soak: $(STAMP_DEV)
	$(BIN)/python -m tests.faults --soak

bench: $(STAMP_DEV)
	$(BIN)/python -m tests.bench

shell: $(STAMP_BASE)
	$(BIN)/python manage.py shell

# --universal: one lock for Linux and macOS and every Python; nothing of this machine is in it.
COMPILE := UV_NO_CONFIG=1 $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes
COMPILED_BY := UV_CUSTOM_COMPILE_COMMAND="make lock"
RUNS := --extra embedded --extra demo

lock: $(STAMP_UV)
	$(COMPILED_BY) $(COMPILE) $(RUNS) pyproject.toml -o requirements/base.txt
	$(COMPILED_BY) $(COMPILE) $(RUNS) --extra test --extra check --extra browser \
		pyproject.toml -o requirements/dev.txt

clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m apps.embedded clear; fi
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis htmlcov staticfiles

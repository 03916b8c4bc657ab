# The two commands of the README are `make demo` and `make test`; the rest serves developers.
# Everything is installed into .venv; nothing needs root.

# Hundreds of tests start Python: it keeps what it compiled, whatever the caller's environment says.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INTERPRETER ?= micropython
PORTABLE := bcl modem sdk boards firmware tests/portable
# Programs of others; without one of them its tests are skipped and say so.
PEERS := curl openssl gnutls-bin libcoap3-bin tshark gammu mosquitto postgresql valgrind autoconf automake libtool gcc make bzip2
# Debian's npm cannot be installed beside another maker's node.
PEERS += $(if $(shell command -v npm),,nodejs npm) g++
# Another maker's node has its headers with it, and Debian's stand in its way.
PEERS += $(if $(wildcard /usr/include/node/node.h),,libnode-dev)
# A proxy that judges the API by 1NCE's documents.
PRISM := @stoplight/prism-cli@5.14.2
# The compiler and the emulator of the emulated boards; without them their tests skip, too.
BOARDS := gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm gcc libc6-dev make bzip2
# A browser for the stories of the portal, and what judges how usable its pages are.
BROWSER := chromium-headless-shell fonts-dejavu-core $(if $(shell command -v npm),,nodejs npm)
AXE := axe-core@4.14.1
PICO := gcc-arm-none-eabi libnewlib-arm-none-eabi gcc libc6-dev cmake ninja-build g++ bzip2
# The ports whose own stubs basedpyright reads (tools/board_types). The stubs of one would overwrite
# those of another: each has a folder.
PORTS := unix esp32 rp2
STUBS := ~=1.29.0
CORES = $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 6))')
# Many tests wait for a program or a clock, so there are more workers than cores.
WORKERS ?= $(shell echo $$((5 * $(CORES) / 2)))
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist load --maxschedchunk 2
# `make explore` tries examples that no run has tried before.
SEED ?= $(shell $(PYTHON) -c 'import secrets; print(secrets.randbelow(10**9))')
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# Debian's packages, for the targets that need root.
define apt_install
	@$(if $(filter 0,$(shell id -u)),,sudo) sh -c 'apt-get -o Acquire::Retries=3 -q update && \
	  DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -q -y --no-install-recommends $(1)'
endef

.PHONY: help demo test test-slow test-exhaustive explore mutants check format bench docs docs-serve clean peers boards pico browser screenshots

help:
	@echo "make demo       power-on to decoded telemetry: firmware on MicroPython, everything else simulated"
	@echo "make demo INTERPRETER=cpython   the same firmware files on CPython"
	@echo "make test       unit, engine, simulator and scenario tests, on CPython and MicroPython"
	@echo "make test-slow  the suites that take minutes, and the property tests with all their examples"
	@echo "make test-exhaustive  what takes many minutes: 30 days of sleep, every fault at every command"
	@echo "make explore    the property tests with examples of a fresh seed, which is printed"
	@echo "make mutants    changes one operator at a time and lists what no test notices (an hour)"
	@echo "make check      format, lint, types, import contract, portable subset, spelling"
	@echo "make bench      speed, bytes and heap in one table; writes build/bench.json"
	@echo "make docs       the Developer Hub, a site in build/site that needs no network"
	@echo "make docs-serve shows it on loopback, until Ctrl-C"
	@echo "make peers      other people's programs for the interoperability tests (Debian; asks for root)"
	@echo "make boards     the compiler, emulator and images of the emulated board (Debian; asks for root)"
	@echo "make pico       the image of the emulated Raspberry Pi Pico, three minutes (Debian; asks for root)"
	@echo "make browser    a browser for the stories of the portal's pages (Debian; asks for root)"
	@echo "make screenshots  the portal's pictures in docs/pictures, after make browser"
	@echo "make clean      removes .venv and build"

# A stamp per set of packages, remade when pyproject.toml changes.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "nce-iot needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "python3 cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "Installing nce-iot into $(VENV) ..."
	@$(PIP) -e '.[serial,sim,micropython]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing nce-iot and its test tools into $(VENV) ..."
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.stubs: Makefile | $(BIN)/python
	@echo "Installing the stubs of MicroPython's ports into $(VENV)/stubs ..."
	@rm -rf $(VENV)/stubs
	@for port in $(PORTS); do \
	  $(PIP) --target $(VENV)/stubs/$$port "micropython-$$port-stubs$(STUBS)" || exit 1; done
	@touch $@

demo: $(VENV)/.demo
	@$(BIN)/nce sim demo --interpreter $(INTERPRETER)

# Collected once first: a file that cannot be imported ends the run at once, and the workers find
# every file compiled.
test: $(VENV)/.dev
	@$(BIN)/python -m compileall -q $(PORTABLE) host_sim
	@ls tests/*/test_*.py | xargs -P $(CORES) -n 125 $(BIN)/pytest -p no:xdist --collect-only -qq \
	  > $(VENV)/collected.txt || { cat $(VENV)/collected.txt; exit 1; }
	$(PYTEST) -m "not slow and not exhaustive" tests

test-slow: $(VENV)/.dev $(VENV)/.stubs
	$(PYTEST) -m "(slow or hypothesis) and not exhaustive" --hypothesis-profile whole tests

explore: $(VENV)/.dev
	@echo "seed $(SEED); the same again: make explore SEED=$(SEED)"
	$(PYTEST) -m hypothesis --hypothesis-profile explore --hypothesis-seed $(SEED) tests

mutants: $(VENV)/.dev
	$(BIN)/python tools/mutants.py

test-exhaustive: $(VENV)/.dev
	$(BIN)/pytest -m exhaustive tests

check: $(VENV)/.dev $(VENV)/.stubs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	printf '%s\n' mypy $(PORTS:%="basedpyright -p tools/board_types/%.json") | \
	  xargs -P $(CORES) -I CHECKER sh -c '$(BIN)/CHECKER'
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/portable_lint.py $(PORTABLE)
	$(BIN)/codespell

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	@mkdir -p build
	@$(BIN)/python tests/bench/bench.py --json build/bench.json

docs: $(VENV)/.dev
	@tools/fetch_wasm_micropython.sh build/wasm || echo "The playground will lack its interpreter."
	@PYTHONPATH=tools $(BIN)/python -m hub build build/site

docs-serve: docs
	@PYTHONPATH=tools $(BIN)/python -m hub serve build/site

peers: $(VENV)/.dev
	$(call apt_install,$(PEERS))
	@$(PIP) -e '.[peers]'
	npm install --prefix build/prism --no-save --no-fund --no-audit --loglevel=error $(PRISM)
	tools/build_mbedtls_peer.sh build/mbedtls
	tools/build_lwm2m_peer.sh build/lwm2m
	tools/build_micropython_float32.sh build/float32

boards: $(VENV)/.dev
	$(call apt_install,$(BOARDS))
	tools/build_qemu_board.sh build/qemu

pico: $(VENV)/.dev
	$(call apt_install,$(PICO))
	tools/build_pico_board.sh build/pico

browser: $(VENV)/.dev
	$(call apt_install,$(BROWSER))
	npm install --prefix build/axe --no-save --no-fund --no-audit --loglevel=error $(AXE)

screenshots: $(VENV)/.dev
	@$(BIN)/python tests/portal/pictures.py

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis

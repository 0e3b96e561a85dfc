# CertTray. `make run` and `make test` are all a newcomer needs; both set up what is missing first.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run install uninstall setup test test-full features bench lint clean

run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(BIN)/certtray demo --desktop; else $(BIN)/certtray demo; fi

setup: $(READY)

$(READY): pyproject.toml installer/setup.sh installer/debian-packages.txt installer/constraints.txt installer/build_hook.py $(shell find daemon -name '*.po')
	@sh installer/setup.sh
	@touch $@

install: setup
	@$(BIN)/python installer/desktop.py install

uninstall: setup
	@$(BIN)/python installer/desktop.py remove

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint
	$(BIN)/pytest -n 2 --dist worksteal -m "not full"

test-full: lint
	$(BIN)/pytest -n 2 --dist worksteal --timeout=3600

features: setup
	$(BIN)/pytest -m "not full" --features

bench: setup
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# CertTray. `make run` and `make test` are all a newcomer needs; both set up what is missing first.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BROWSERS := $(VENV)/.browsers

.PHONY: run install uninstall setup browsers test test-full features bench lint clean

run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(BIN)/certtray demo --desktop; else $(BIN)/certtray demo; fi

setup: $(READY)

$(READY): pyproject.toml installer/setup.sh installer/packages.sh installer/debian-packages.txt installer/constraints.txt installer/build_hook.py $(shell find daemon -name '*.po')
	@sh installer/setup.sh
	@touch $@

browsers: $(BROWSERS)

$(BROWSERS): $(READY) installer/debian-browsers.txt
	@sh installer/packages.sh installer/debian-browsers.txt $(BIN)/python
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

test: lint browsers
	$(BIN)/pytest -n 3 --dist worksteal -m "not full"

test-full: lint browsers
	$(BIN)/pytest -n 3 --dist worksteal --timeout=3600

features: browsers
	$(BIN)/pytest -n 3 --dist worksteal -m "not full" --features

bench: browsers
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

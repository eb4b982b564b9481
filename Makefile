# Bottega: `make run` serves the demo company, `make test` runs every test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PIP = -m pip --disable-pip-version-check install --quiet --progress-bar off
# pip mentions every local index folder that lacks a package, and every index out of reach; nobody needs to read that.
QUIET = 2> >(grep -v -e "is ignored: it is neither a file nor a directory" -e "Retrying (Retry" >&2)

.PHONY: help setup run train test bench chaos connect-telegram connect-whatsapp lint requirements clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: requirements/torch.txt requirements/app.txt requirements/dev.txt pyproject.toml
	@echo "Setting up .venv (the app; a few minutes the first time)"
	@test -x .venv/bin/python || $$(requirements/find-python 3.11 3.12 3.13) -m venv .venv
	@.venv/bin/python $(PIP) --retries 0 --no-deps --index-url $(TORCH_INDEX) -r requirements/torch.txt $(QUIET) \
	  || .venv/bin/python $(PIP) -r requirements/torch.txt $(QUIET)
	@.venv/bin/python $(PIP) -r requirements/app.txt -r requirements/dev.txt $(QUIET)
	@.venv/bin/python $(PIP) --no-deps --no-build-isolation --editable . $(QUIET)
	@touch $@

.venv-rasa/.ready: requirements/rasa.txt
	@echo "Setting up .venv-rasa (Rasa on Python 3.10; a few minutes the first time)"
	@test -x .venv-rasa/bin/python || $$(requirements/find-python 3.10) -m venv .venv-rasa
	@.venv-rasa/bin/python $(PIP) wheel "setuptools<81" $(QUIET)
	@.venv-rasa/bin/python $(PIP) -r requirements/rasa.txt $(QUIET)
	@touch $@

setup: .venv/.ready .venv-rasa/.ready ## make both Python environments

run: setup ## serve the demo company (trains and loads what is missing)
	@exec .venv/bin/bottega demo

train: setup ## train the assistant and the search encoder
	@.venv/bin/bottega train --force

test: setup ## the whole test suite
	@$(MAKE) --no-print-directory lint
	@.venv/bin/bottega train
	@.venv-rasa/bin/python -m pytest -q -p no:cacheprovider tests/rasa_ext
	@.venv/bin/python -m pytest --ignore tests/rasa_ext

.venv/.bench: .venv/.ready requirements/bench.txt
	@.venv/bin/python $(PIP) -r requirements/bench.txt $(QUIET)
	@touch $@

bench: setup .venv/.bench ## print the benchmarks and write benchmarks.json
	@.venv/bin/bottega train
	@.venv/bin/python -m tests.benchmarks

chaos: setup ## thousands of messages while processes are killed at random (MESSAGES=10000)
	@.venv/bin/bottega train
	@.venv/bin/python -m tests.chaos --messages $(or $(MESSAGES),10000)

connect-telegram: setup ## set up a Telegram bot (TOKEN=… from BotFather)
	@.venv/bin/bottega connect-telegram $(TOKEN)

connect-whatsapp: setup ## check the WhatsApp settings and say what is missing
	@.venv/bin/bottega connect-whatsapp

lint: .venv/.ready ## style, types, import direction
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy crm knowledge actions integrations desk app
	@.venv/bin/lint-imports

COMPILE = -m piptools compile -q --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
  --no-emit-options --strip-extras --no-header --no-annotate --allow-unsafe
requirements: setup ## pin anew what requirements/*.in ask for
	@.venv/bin/python $(PIP) pip-tools $(QUIET)
	@.venv-rasa/bin/python $(PIP) pip-tools $(QUIET)
	@for name in app dev bench; do .venv/bin/python $(COMPILE) -o requirements/$$name.txt requirements/$$name.in $(QUIET); \
	  sed -i -E '/^(torch|triton|nvidia-|cuda-)/d' requirements/$$name.txt; done
	@.venv-rasa/bin/python $(COMPILE) -o requirements/rasa.txt requirements/rasa.in $(QUIET)

clean: ## remove what was trained, indexed and stored (not the environments)
	@rm -rf .bottega .cache .mypy_cache .ruff_cache .pytest_cache

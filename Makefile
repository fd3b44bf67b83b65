# Countersign. `make` alone lists the targets; each is idempotent and says what it does.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PORT ?= 8080

.PHONY: help serve build test simulate fuzz lint bench fmt clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: ## install what is missing, build the release, serve it at http://127.0.0.1:8080 (PORT=...)
	@scripts/setup.sh serve
	@scripts/build.sh
	@. scripts/env.sh; exec node scripts/serve.mjs --dir dist --port $(PORT)

build: ## build the release into dist/ (DEV=1: quick and large)
	@scripts/setup.sh serve
	@scripts/build.sh

test: ## install what the tests need and run all of them
	@scripts/setup.sh test
	@scripts/test.sh all

simulate: ## twenty devices on a bad network, a thousand times (SEEDS=...; a failure prints its seed, SEED=... repeats it)
	@scripts/setup.sh serve
	@SEEDS=$${SEEDS:-1000} cargo test --release --test it sync::simulation

lint: ## formatting, clippy, scripts, licences
	@scripts/setup.sh lint
	@scripts/lint.sh

bench: ## measure: natively, and the page in Chromium
	@scripts/setup.sh test
	@scripts/bench.sh

fuzz: ## fuzz every parser of the record, FOR=60 seconds each
	@scripts/fuzz.sh $(or $(FOR),60)

fmt: ## format the source
	@cargo fmt

clean: ## remove what was built (installed tools stay in .tools)
	@rm -rf dist; cargo clean

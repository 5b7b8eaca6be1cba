# Pagemill. `make` prints this help; `make demo` and `make test` do all the set-up they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export PAGEMILL_HOME ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/pagemill
CARGO := cargo
PAGEMILL = $(or $(CARGO_TARGET_DIR),target)/release/pagemill

.PHONY: help setup system native models servers build demo test lint lint-tools licences fuzz format bench bench-cluster bench-extraction bench-generation bench-planning test-services samples clean-demo

help: ## print this help
	@echo "Pagemill: a folder of PDFs in, cited answers out."
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'

setup: system native models ## install what is missing: system packages, native libraries, models

system:
	@scripts/setup/system.sh

native: system
	@scripts/setup/native.sh

models: native ## put the models in place (MODELS="e5 smollm2 qwen" for others, "hf:OWNER/NAME" by name from a hub)
	@scripts/setup/models.sh $(MODELS)

servers: system ## install the real servers of the services tests: Kafka, S3, PostgreSQL
	@scripts/setup/servers.sh

build: setup ## build the `pagemill` program (long the first time: native libraries are compiled)
	@echo "building pagemill"
	@$(CARGO) build --release --locked --workspace --bins
	@echo "built: $(PAGEMILL)"

demo: build ## ingest the sample PDFs, ask two questions, leave the web page running
	@PAGEMILL=$(PAGEMILL) scripts/demo.sh

clean-demo: ## forget what the demo ingested
	rm -rf "$(PAGEMILL_HOME)/demo"

test: setup ## run the tests
	@$(CARGO) test --release --locked --workspace --exclude pagemill-services-tests --exclude pagemill-test-servers

test-services: setup servers ## run the tests against real servers: Kafka, S3, PostgreSQL
	@python3 tests/setup/hub.py
	@# builds the programs too, with the features that the tests have
	@$(CARGO) test --release --locked --workspace --no-run
	@$(CARGO) test --release --locked --workspace --test servers --test services -- $(SERVICES_TESTS)

lint: system lint-tools ## formatting, clippy, house rules, deployment files
	@scripts/lint.sh
	@scripts/lint-deploy.sh

lint-tools: system
	@scripts/setup/lint-tools.sh

licences: ## hold the licences of all dependencies against deny.toml
	@python3 scripts/licences.py

fuzz: system ## fuzz what reads bytes and geometry from outside (SECONDS_EACH=60 TARGETS="pages facts" JOBS=1)
	@scripts/fuzz.sh $(or $(SECONDS_EACH),60) $(TARGETS)

format: ## format the code
	@$(CARGO) fmt --all

bench: build ## speed, CPU and memory of an ingest beside the bare libraries (a table, and bench.json)
	@PAGEMILL=$(PAGEMILL) scripts/bench/run.sh

bench-extraction: build ## scores, CPU and memory of extraction beside other engines (DATA=FOLDER MEASURE=FOLDER [SETS=] [PEERS=])
	@PAGEMILL=$(PAGEMILL) scripts/bench/extraction.sh

bench-cluster: build servers ## the cluster beside one machine: CPU per page, two workers beside one (bench-cluster.json)
	@PAGEMILL=$(PAGEMILL) scripts/bench/cluster.sh

bench-generation: setup ## a model's speed beside bare llama.cpp, one conversation and several (MODEL=FILE.gguf DEVICE=gpu FEATURES=cuda CONVERSATIONS=8)
	@$(CARGO) build --release --locked --package pagemill-models --example generating $(if $(FEATURES),--features $(FEATURES))
	@$(dir $(PAGEMILL))examples/generating $(or $(MODEL),default) $(or $(DEVICE),cpu) $(or $(CONVERSATIONS),8)

bench-planning: setup servers ## list a million made-up keys into a catalog, SQLite and PostgreSQL: rate and memory
	@$(CARGO) build --release --locked --workspace --example plan_keys
	@$(dir $(PAGEMILL))examples/plan_keys 1000000 sqlite
	@$(dir $(PAGEMILL))examples/plan_keys 1000000 postgres

samples: system ## make the sample PDFs again from their sources
	@samples/make.sh

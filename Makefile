# `make` alone lists the targets: those with a comment after two hashes.

CARGO ?= cargo
# CI sets --locked: there, a lock file that does not fit the manifests is an error.
LOCKED ?=
COMPOSE ?= docker compose
IMAGE ?= construe:latest
BENCH_ARGS ?=
# Folder of annotated texts, for eval and models.
DATA ?=
# Models to train, such as entities/en; empty for all, those of the medical engine too.
MODELS ?=
# Generated texts for each fuzz target, and their seed.
COUNT ?= 20000
SEED ?= 1
WITH_SERVICES := deploy/test-services/run.sh
TRAIN_MEDICAL = $(CARGO) run --release --package construe-medical $(LOCKED) --example train --
END_TO_END := crates/construe/tests/e2e

.DEFAULT_GOAL := help
.PHONY: help build demo test test-unit test-e2e run-all-tests run-e2e-tests fuzz fmt lint boundaries eval models needs-data bench deny image up down

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the binary: target/release/construe
	$(CARGO) build --release $(LOCKED) --bin construe

demo: ## Build, start a server, run jobs on the sample documents, show what they find, stop
	deploy/demo.sh

test: ## Run all tests; installs and starts what they need (PostgreSQL, RabbitMQ, Python), stops it after
	$(WITH_SERVICES) $(MAKE) --no-print-directory run-all-tests

test-unit: ## Run the tests inside the crates, which need no services
	$(CARGO) test --workspace $(LOCKED) --lib --bins

test-e2e: ## Run only the tests that use the service through AWS's own clients
	$(WITH_SERVICES) $(MAKE) --no-print-directory run-e2e-tests

run-all-tests:
	$(CARGO) test --workspace $(LOCKED)
	$(MAKE) --no-print-directory run-e2e-tests

# `--tests` beside `--bins`: the same features as in `cargo test`, so that nothing is compiled twice.
run-e2e-tests:
	$(CARGO) build --workspace $(LOCKED) --bins --tests
	pytest $(END_TO_END)

fuzz: ## Check the engines on more generated texts than `make test`: make fuzz COUNT=100000 SEED=7
	$(CARGO) run --package construe-fuzz $(LOCKED) -- --count $(COUNT) --seed $(SEED)

fmt: ## Format the code
	$(CARGO) fmt --all

lint: boundaries ## Check format, lints and crate boundaries
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets $(LOCKED) -- -D warnings

boundaries: ## Check that engine crates reach no async, network or database crate
	python3 deploy/check-boundaries.py

eval: needs-data ## Measure quality and put it into docs/quality.md: make eval DATA=folder
	$(CARGO) run --release --bin construe $(LOCKED) -- eval all $(DATA) --write docs/quality.md

models: needs-data ## Train the shipped models again, bit for bit: make models DATA=folder MODELS=entities/en
	$(CARGO) run --release --bin construe $(LOCKED) -- train shipped $(DATA) $(MODELS)
ifeq ($(MODELS),)
	$(TRAIN_MEDICAL) task=entities data=$(DATA) out=crates/medical/models/entities.tagger
	$(TRAIN_MEDICAL) task=phi data=$(DATA) out=crates/medical/models/phi.tagger
endif

needs-data:
	@[ -n "$(DATA)" ] || { echo "say where the annotated texts are: make $(MAKECMDGOALS) DATA=folder" >&2; exit 1; }

bench: ## Measure the engines, then a whole job of 1 GB (settings: make bench BENCH_ARGS=--help)
	$(CARGO) bench $(LOCKED) --package construe-entities --bench analyze
	$(CARGO) bench $(LOCKED) --package construe-pii --bench analyze
	deploy/bench.sh $(BENCH_ARGS)

deny: ## Check licences, advisories and banned crates among the dependencies (needs cargo-deny)
	@$(CARGO) deny --version >/dev/null 2>&1 || { \
	  echo "NOTHING WAS CHECKED: cargo-deny is missing. Install it: cargo install --locked cargo-deny" >&2; exit 1; }
	$(CARGO) deny check

image: ## Build the container image
	docker build --file deploy/Dockerfile --tag $(IMAGE) .

up: ## Start the distributed system with Docker (settings in .env, see deploy/compose.env.example)
	$(COMPOSE) up --build --detach --wait

down: ## Stop it; its data stays in volumes
	$(COMPOSE) down

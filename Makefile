# `make` alone lists the targets: those with a comment after two hashes.

CARGO ?= cargo
# CI sets --locked: there, a lock file that does not fit the manifests is an error.
LOCKED ?=
COMPOSE ?= docker compose
IMAGE ?= construe:latest
BENCH_ARGS ?=
WITH_SERVICES := deploy/test-services/run.sh
END_TO_END := crates/construe/tests/e2e

.DEFAULT_GOAL := help
.PHONY: help build demo test test-unit test-e2e run-all-tests run-e2e-tests fmt lint boundaries bench deny image up down

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the binary: target/release/construe
	$(CARGO) build --release $(LOCKED) --bin construe

demo: ## Build, start a server, find personal data in the sample documents, show it, stop
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

fmt: ## Format the code
	$(CARGO) fmt --all

lint: boundaries ## Check format, lints and crate boundaries
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets $(LOCKED) -- -D warnings

boundaries: ## Check that engine crates reach no async, network or database crate
	python3 deploy/check-boundaries.py

bench: ## Measure the engine, then a whole job of 1 GB (settings: make bench BENCH_ARGS=--help)
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

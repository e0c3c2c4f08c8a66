# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
SWIFT ?= swift
# CI turns warnings into errors; a user's newer compiler may warn without stopping the build.
FLAGS := $(if $(CI),-Xswiftc -warnings-as-errors)
BUILD := $(SWIFT) build -c release --product orderlog $(FLAGS)

# Of which sources an image is, for the line of a start and for metrics.
export ORDERLOG_COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)

.DEFAULT_GOAL := help
# Docker Compose, version 2 or 1.29.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
.PHONY: help run test chaos cost power-cut faults bench bench-quick build lint format contract events up down demo upgrade compose-test dependencies clean

help: ## list these targets
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

run: build ## install what is missing, build, start all three services (ARGS="--kafka HOST:PORT" and the like)
	@exec .build/release/orderlog up $(ARGS)

# All tests at once starve each other on a small machine until deadlines pass that have nothing to do with them; so many
# side by side keep its processors busy. A compiler that does not know the option runs them all at once.
WIDTH := --experimental-maximum-parallelization-width

test: dependencies ## install what is missing, build, run every test (KAFKA_HOME=… for those that need Kafka)
	$(SWIFT) test $(FLAGS) $(if $(shell $(SWIFT) test --help-hidden 2>/dev/null | grep -e $(WIDTH)),$(WIDTH) 16) $(ARGS)

chaos: dependencies ## kill and stall everything at random under load, then audit (CHAOS_SECONDS=180 CHAOS_SEED=…)
	CHAOS_SECONDS=$${CHAOS_SECONDS:-180} $(SWIFT) test $(FLAGS) --filter ChaosTests

power-cut: build ## cut the power of a shop under load at CUTS random moments, and audit what comes back (CUTS=1000 ARGS="--seed N")
	scripts/power-cut --cuts $${CUTS:-100} $(ARGS)

faults: build ## break a running shop in each way that it has alerts for, and see who tells; 15 min, as root (KAFKA_HOME=… ARGS="NAME…")
	scripts/faults $(ARGS)

cost: build ## count instructions, commits, page writes and allocations an order (ARGS=--profile: which functions)
	scripts/cost $(ARGS)

bench: build ## measure beside others, write docs/benchmarks.md; 45 min (PEERS=DIR KAFKA_HOME=… ROUNDS=…)
	$(SWIFT) build -c release --product HTTPReport $(FLAGS)
	@python3 scripts/bench

bench-quick: build ## the same in six minutes, each system once; writes no document
	$(SWIFT) build -c release --product HTTPReport $(FLAGS)
	@BENCH_QUICK=1 python3 scripts/bench

build: dependencies ## install what is missing and build .build/release/orderlog
	$(BUILD)

lint: ## check the code's form
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	@.ci/layers
	@! grep -rnE 'import HTTP(API|Server|Client)$$' Sources/Services/*/Domain Sources/Services/*/Storage || \
	  { echo 'Domain/ and the stores know nothing of HTTP'; false; }
	@! grep -rnE 'Mutex<[@(][^>]*->' Sources || \
	  { echo 'a Mutex of a closure wraps it once more at each access: hold a struct with the closure in it'; false; }

format: ## bring the code into form
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

contract: dependencies ## write docs/openapi/ and docs/problems/ anew, after a deliberate change of the HTTP API
	UPDATE_CONTRACT=1 $(SWIFT) test --filter ContractTests

events: dependencies ## write kafka/ anew, but for kafka/baseline, after a deliberate change of the events
	$(SWIFT) run orderlog topics list --declared > kafka/topics.json
	UPDATE_GOLDEN=1 $(SWIFT) test --filter '^(EventsTests|EventContractTests)\.'

up: ## build the image and start Kafka, PostgreSQL, the services and the gateway in containers
	@scripts/compose-up "$(COMPOSE)"

down: ## stop the containers; their data stays (make down ARGS=-v removes it)
	$(COMPOSE) down $(ARGS)

upgrade: ## replace the services' containers by those of a new image, without a pause
	@scripts/upgrade "$(COMPOSE)"

compose-test: ## test the containers: real orders, killed replicas, a rolling restart (ONLINE_RETAIL=… for the orders)
	COMPOSE="$(COMPOSE)" scripts/compose-test $(ARGS)

demo: up ## order through the gateway, scale, kill a replica, audit
	@scripts/demo "$(COMPOSE)"

dependencies:
	@scripts/dependencies

clean: ## remove what was built
	rm -rf .build

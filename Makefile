# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
SWIFT ?= swift
# CI turns warnings into errors; a user's newer compiler may warn without stopping the build.
FLAGS := $(if $(CI),-Xswiftc -warnings-as-errors)
BUILD := $(SWIFT) build -c release --product orderlog $(FLAGS)

.DEFAULT_GOAL := help
# Docker Compose, version 2 or 1.29.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
.PHONY: help run test chaos build lint format events up down demo upgrade compose-test dependencies clean

help: ## list these targets
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

run: build ## install what is missing, build, start all three services (ARGS="--kafka HOST:PORT" and the like)
	@exec .build/release/orderlog up $(ARGS)

test: dependencies ## install what is missing, build, run every test (KAFKA_HOME=… for those that need Kafka)
	$(SWIFT) test $(FLAGS) $(ARGS)

chaos: dependencies ## kill and stall everything at random under load, then audit (CHAOS_SECONDS=180 CHAOS_SEED=…)
	CHAOS_SECONDS=$${CHAOS_SECONDS:-180} $(SWIFT) test $(FLAGS) --filter ChaosTests

build: dependencies ## install what is missing and build .build/release/orderlog
	$(BUILD)

lint: ## check the code's form
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

format: ## bring the code into form
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

events: dependencies ## write kafka/topics.json and kafka/golden/ anew, after a deliberate change of the events
	UPDATE_GOLDEN=1 $(SWIFT) test --filter EventsTests
	$(SWIFT) run orderlog topics list --declared > kafka/topics.json

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

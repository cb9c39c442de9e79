# Poolhouse. `make help` lists the targets; every one works on a fresh clone.

GO  ?= go
BIN := bin
# One binary, built once with the race detector, serves every test that drives the program.
export POOLHOUSE_BIN ?= $(CURDIR)/$(BIN)/poolhouse-race
FUZZTIME ?= 10s
# The packages whose tests take longest, longest first: they begin first, so that none of
# them runs alone at the end.
LONGEST := federation factors a11y crash cognito pages oidc logout app docs

.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: build run test check deps current format vet lint binary race bench gallery conformance compatibility fuzz clean help

build: ## Build bin/poolhouse (needs Go alone)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o $(BIN)/poolhouse ./cmd/poolhouse

run: build ## Build and start `poolhouse dev`: a pool, a demo app and a mailbox, nothing to configure
	./$(BIN)/poolhouse dev

test: deps check race ## The whole gate: what CI runs, in the same order

check: current format vet lint ## The gate without tests: generated code, gofmt, vet, staticcheck

deps: ## Install Chromium, PostgreSQL, PHP, SimpleSAMLphp, Apache's mod_auth_openidc and npm's modules where they are missing (Debian, Ubuntu), or say what to install
	@.ci/deps

current: ## Fail when a generated file differs from its source
	@.ci/current

format: ## Fail when gofmt would change a file
	@bad=$$(git ls-files -co --exclude-standard -- '*.go' | xargs -r ls 2>/dev/null | xargs -r gofmt -l); \
	if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi

vet: ## go vet
	$(GO) vet ./...

lint: ## staticcheck
	$(GO) tool staticcheck ./...

binary: ## Build the binary that the tests of test/ drive
	$(GO) build -race -o $(POOLHOUSE_BIN) ./cmd/poolhouse

race: binary ## Unit, storage (three engines), program and browser tests, with the race detector
	@.ci/tests $(LONGEST:%=./test/%) ./web ./identity ./...

bench: build ## Print the figures of the budget, each beside its bare limit from the same run
	@.ci/bench

gallery: ## Render every page in every state, theme and language into bin/gallery, and its pictures
	@.ci/gallery

conformance: ## Write docs/conformance.md: what the conformance suite asks, and the test that asks it
	$(GO) run ./test/conformance

compatibility: ## Write docs/cognito-compatibility.md: the operations of the Cognito API and what is made of each
	$(GO) run ./web/cognito/compatibility

fuzz: ## Run every fuzz target for FUZZTIME (default 10s)
	@.ci/fuzz $(FUZZTIME)

clean: ## Remove what was built
	rm -rf $(BIN)

help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

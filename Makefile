# The common commands by name; Maven is the truth.
.DEFAULT_GOAL := help
.PHONY: help setup build test test-envoy bench bench-quick bench-micro demo format clean

MAVEN := mvn -B -ntp

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## check what the system must offer; install it when root on Debian
	@build/setup

build: setup ## compile and package into dist/ (dist/bin/ztunnel, dist/bin/ztunnel-sandbox)
	@$(MAVEN) -q package -DskipTests
	@build/assemble

test: setup ## everything: format, lint, unit tests, end-to-end tests in network namespaces (root)
	@$(MAVEN) verify

test-envoy: build ## the waypoint's rules with the embedded waypoint and with a real Envoy (root; ENVOY=path, or from PyPI)
	@$(MAVEN) -q -pl mesh-sandbox -am -Dsandbox.envoy=required -Dtest='io.ztunnel.sandbox.envoy.*Test' \
	  -Dit.test=WaypointRulesIT,EnvoyAcceptsIT -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false verify

# REF=/path/to/another/ztunnel measures it beside ours; without it ours is measured alone.
CANDIDATES = ours=dist/bin/ztunnel $(if $(REF),reference=$(REF))

bench: build ## every workload, beside REF=/path/to/ztunnel when given (root, an hour; results in bench/target/results)
	@build/setup --bench
	@bench/compare $(CANDIDATES)

bench-quick: build ## the main workloads in three minutes, beside REF when given (root)
	@build/setup --bench
	@bench/compare --quick --idle-seconds 0 $(CANDIDATES)

bench-micro: setup ## micro-benchmarks beside their baseline; BASELINE=write renews it, ONLY=Route runs some
	@$(MAVEN) -q -pl bench -am process-test-classes
	@build/bench-micro "$(or $(BASELINE),compare)" "$(ONLY)"

demo: ## two nodes, Bookinfo and a waypoint, step by step and checked (root); KEEP=1 leaves it up
	@build/demo --may-run
	@$(MAKE) --no-print-directory build
	@build/demo

format: ## reformat every Java source
	@$(MAVEN) -q -N validate -Dformat.skip=true
	@build/java-format apply

clean: ## remove what was built
	@$(MAVEN) -q clean
	@rm -rf dist dist.*

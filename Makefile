# Thin: each target is one command of the product or of npm. `make run` and `make test` do all the set-up they need.
# What is built has three parts that do not need each other (`make -j2 setup`): kernels, modules for benchmarks and tests, the program.
.DEFAULT_GOAL := help
PORT ?= 8080
SAMPLE := data/sample/posts.jsonl
SOURCES := $(shell find engine server ops bench test -name '*.ts' -not -path '*/node_modules/*' 2>/dev/null)
WP_CHAT := node dist/program/wp-chat.js

.PHONY: help setup run rebuild-index test check check-format check-types check-use operations gameday quality clean
.PHONY: incident-status incident-active incident-detect incident-auto-detect incident-emergency-ref
.PHONY: property-soak soak-recording crash-soak canary-soak fuzz harden replay nab
.PHONY: bench bench-peers bench-smoke bench-cache bench-cache-changes bench-limits bench-overload bench-shared bench-documents bench-swap bench-journal bench-live bench-canary bench-start

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

node_modules/.package-lock.json: package.json package-lock.json .npmrc
	# Not `npm ci`: it refuses a lock file without the optional binaries of platforms that a registry does not carry.
	npm install --no-save --no-audit --no-fund
	@touch $@

dist/.kernels: node_modules/.package-lock.json $(wildcard engine/*/assembly/*)
	npm run --silent build:wasm
	@mkdir -p $(@D) && touch $@

dist/.modules: node_modules/.package-lock.json tsconfig.json $(SOURCES)
	npm run --silent build:modules
	@touch $@

dist/.program: node_modules/.package-lock.json rolldown.config.mjs $(SOURCES)
	npm run --silent build:program
	@mkdir -p $(@D) && touch $@

dist/.built: dist/.kernels dist/.modules dist/.program
	@touch $@

setup: dist/.built ## install the packages and build

data/index/CURRENT: | dist/.built
	$(WP_CHAT) index --from $(SAMPLE) --into data/index

run: setup data/index/CURRENT ## serve the sample site on :8080 (PORT overrides)
	PORT=$(PORT) exec $(WP_CHAT) serve

rebuild-index: setup ## the index anew from the documents stored in it, compared with the old before it serves
	$(WP_CHAT) index rebuild

incident-status: setup ## how many incidents there are, and which
	$(WP_CHAT) incident status

incident-active: setup ## those that are not resolved
	$(WP_CHAT) incident active

incident-detect: setup ## report one: TYPE=high_latency [SEVERITY=high] [DESCRIPTION="…"]
	@# From the environment, where make puts what stands behind its name: whatever the words are, no shell reads them.
	@if [ -z "$$TYPE" ]; then \
	  echo 'Say which: make incident-detect TYPE=high_latency SEVERITY=high DESCRIPTION="Search takes seconds"'; \
	  echo 'SEVERITY and DESCRIPTION may be left out. Types, with what is done about each:'; \
	  $(WP_CHAT) incident emergency-ref; exit 2; \
	fi; \
	$(WP_CHAT) incident detect "$$TYPE" $${SEVERITY:+"$$SEVERITY"} --description "$${DESCRIPTION:-}"

incident-auto-detect: setup ## ask the objectives whether there is one
	$(WP_CHAT) incident auto-detect

incident-emergency-ref: setup ## the runbook's quick reference
	$(WP_CHAT) incident emergency-ref

test: setup ## run all tests
	node test/run.mjs

check: check-format check-types check-use ## format, lint, types, dead code; `make -j2 check` does two at a time

check-format: setup
	npx biome ci .

check-types: setup
	npx tsc -p . --noEmit

check-use: setup
	npx knip

fuzz: setup ## a million random and mutated requests against a real server; half an hour and more
	node dist/test/fuzz/run.js

harden: setup ## slowhttptest, wapiti and ffuf, each against a real server; ten minutes
	node dist/test/hardening/run.js

bench: setup ## all benchmarks; results in bench/results
	$(WP_CHAT) bench all --out bench/results

bench-peers: setup ## the BM25 core beside Lucene and Tantivy (../shared/peers, installed)
	node dist/bench/lexical-peers.js

bench-smoke: setup ## every benchmark once, small
	$(WP_CHAT) bench all --smoke

operations: setup ## docs/OPERATIONS.md: what of it is made of the program, made anew
	npx vitest run -u --config test/vitest.config.ts test/server/runbook/document.test.ts

replay: setup ## 300 simulated days of faults and decoys before the detectors; results in bench/results
	node dist/bench/replay/run.js

soak-recording: setup ## a simulated day at 50,000 requests a second through the judge; ten minutes and more
	$(WP_CHAT) bench recording --simulated-seconds 86400 --out bench/results/recording-day.json

nab: setup ## the Numenta Anomaly Benchmark over our history of a metric (../shared/conformance/nab)
	node dist/bench/nab/run.js

bench-cache: setup ## cached answers beside the raw echo, and hit rates beside LRU and the optimum
	node dist/bench/cache/run.js

bench-overload: setup ## what is answered in time at 2, 5 and 10 times the capacity
	node dist/bench/overload/run.js

bench-shared: setup ## what a decision in Redis costs (redis-server installed)
	node dist/bench/shared-state/run.js

bench-limits: setup ## what a decision of the limiter costs
	node dist/bench/limits-gcra/run.js

bench-documents: setup ## what documents weigh by codec and block size, and what reading them costs
	node dist/bench/documents/run.js

bench-journal: setup ## durable upserts beside SQLite's (python3 installed)
	node dist/bench/journal/run.js

bench-live: setup ## how soon a change is found, and what a merge costs those who ask meanwhile
	node dist/bench/live/run.js

bench-canary: setup ## how soon a canary ends, who notices that it breaks, how well it is judged; three minutes
	node dist/bench/canary/run.js

canary-soak: setup ## ten thousand runs of equal arms, and of one that is worse, through the judgement and the test of clicks
	SOAK=10 npx vitest run --config test/vitest.config.ts --testTimeout 600000 test/ops/canary/evidence.test.ts test/ops/canary/preference.test.ts

bench-start: setup ## from the start to the first answer, with a million passages; eight minutes, 4 GB of disk
	node dist/bench/start/run.js

property-soak: setup ## all property tests, with twenty times as many cases
	SOAK=20 npx vitest run --config test/vitest.config.ts $(shell grep -rl 'support/runs' test --include='*.test.ts') --testTimeout=2400000

bench-cache-changes: setup ## what the cache is worth while documents change (virtual time, ../shared/datasets)
	node dist/bench/cache/run-changes.js

crash-soak: setup ## 500 kills under write load, none acknowledged lost, how soon it is open again; crash states of two merges and a swap back
	KILL_ROUNDS=500 KILL_REPORT=bench/results/crash-soak.json npx vitest run --config test/vitest.config.ts test/engine/changes/kill.test.ts
	SOAK=1 npx vitest run --config test/vitest.config.ts --testTimeout 600000 test/engine/changes/merge-crash.test.ts

bench-swap: setup ## what going over to another generation costs those who ask meanwhile
	node dist/bench/swap/run.js

gameday: setup data/index/CURRENT ## every incident of the runbook rehearsed on a server of its own; a quarter of an hour
	$(WP_CHAT) gameday --out bench/results/gameday

quality: setup ## nDCG, recall and MRR on the judged collections of ../shared/datasets
	node dist/bench/quality/all.js

clean: ## remove what setup and run made
	rm -rf dist node_modules data/index logs

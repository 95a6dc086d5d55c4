# The only entrance. `make` lists what there is; every target brings what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# One configuration for everything: release, with tests able to see inside. Debug builds of the renderers and of
# the tensor loop are too slow to be of use, and a second configuration would double the first build.
FLAGS := -c release -Xswiftc -enable-testing
PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))
export PKG_CONFIG_PATH

DARKROOM := .build/release/darkroom
CASES ?= 100000
KILLS ?= 100
SHARE ?= 1
PROMPT ?= a red sphere on a green meadow, lit from the left
SWIFT_FILES := Package.swift Sources Tests

.PHONY: help bootstrap build demo test test-scripts test-swift lint format fuzz endurance proofs bench reproduce docs fixtures hooks clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

bootstrap: ## bring libtorch, word vectors, the network of score cards and picture libraries (CUDA=1: for NVIDIA GPUs too)
	@Scripts/bootstrap

build: bootstrap ## build the libraries and the command line
	@Scripts/prepare-build
	swift build $(FLAGS) --product darkroom

demo: build ## draw a picture from a sentence with the shipped model (PROMPT="…")
	@mkdir -p out
	$(DARKROOM) generate "$(PROMPT)" --output out/demo.png

test: bootstrap test-scripts test-swift ## build and run all tests

test-scripts: ## test bootstrap against a server that cuts connections, and the layer check
	python3 -m unittest discover --start-directory Tests/Scripts

# Suites run side by side: one thread an operation, and none that spins while it waits for a core.
test-swift: export OMP_NUM_THREADS = 1
test-swift: export OMP_WAIT_POLICY = passive
test-swift: bootstrap
	@Scripts/prepare-build
	swift build $(FLAGS) --build-tests
	swift test $(FLAGS) --skip-build --disable-xctest $(if $(FILTER),--filter "$(FILTER)")

lint: ## check format, floors, file lengths and scripts
	@Scripts/prepare-build
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)
	Scripts/check-layers
	@for script in Scripts/bootstrap Scripts/prepare-build Scripts/build-docs Scripts/make-fixtures/run \
	    Scripts/hooks/pre-commit .ci/run; do \
	    bash -n $$script || exit 1; \
	done
	@python3 -c 'import ast, sys; [ast.parse(open(file).read(), file) for file in sys.argv[1:]]' \
	    Scripts/check-layers Scripts/reproduce $(wildcard Scripts/*/*.py Tests/Scripts/*.py Benchmarks/*.py Benchmarks/*/*.py)

format: ## format the Swift sources
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

fuzz: bootstrap ## feed 100,000 damaged files to the readers (CASES=…)
	@Scripts/prepare-build
	swift build $(FLAGS) --build-tests
	DARKROOM_FUZZ_CASES=$(CASES) swift test $(FLAGS) --skip-build --disable-xctest --filter Mutation

endurance: export OMP_NUM_THREADS = 1
endurance: bootstrap ## kill training 100 times, plain and with everything on: the same bits (KILLS=…)
	@Scripts/prepare-build
	swift build $(FLAGS) --build-tests
	DARKROOM_KILLS=$(KILLS) swift test $(FLAGS) --skip-build --disable-xctest --filter killedAtRandomMoments

proofs: export DARKROOM_PROOFS = $(CURDIR)/Documentation
proofs: bootstrap ## measure the order of every sampler and write Documentation/Samplers.md
	@Scripts/prepare-build
	swift build $(FLAGS) --build-tests
	swift test $(FLAGS) --skip-build --disable-xctest --filter SamplerProof

bench: build .deps/fixtures/.ready ## race the trainer against PyTorch (RACE="--threads 1 --name train-1-thread")
	.deps/fixtures/bin/python Benchmarks/race.py $(RACE)

reproduce: build ## train the shipped model from nothing, about ten hours (SHARE=0.001: minutes, to see that the chain holds)
	Scripts/reproduce --share $(SHARE)

# The Python reference: for benchmarks and fixtures only, a few gigabytes.
.deps/fixtures/.ready: Scripts/make-fixtures/requirements.txt | bootstrap
	python3 -m venv .deps/fixtures
	.deps/fixtures/bin/python -m pip install --quiet --requirement $<
	@touch $@

docs: bootstrap ## build the documentation of every module into out/docs
	@Scripts/prepare-build
	Scripts/build-docs

fixtures: .deps/fixtures/.ready ## make the test fixtures again with the Python reference and show what changed
	PYTHON=.deps/fixtures/bin/python Scripts/make-fixtures/run

hooks: ## run the lint before every commit
	git config core.hooksPath Scripts/hooks

clean: ## remove what was built; .deps stays (rm -r .deps removes that too)
	rm -rf .build Benchmarks/.build out

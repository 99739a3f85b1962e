# Concord. `make help` lists the commands.
SHELL := /bin/bash
PORT ?= 8080
DB ?= var/concord.db
.DEFAULT_GOAL := help
.PHONY: help packages build run test check format format-check bench clean

help:            ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*## /\t/' | expand -t 18

packages:
	@scripts/install-packages.sh build

build: packages  ## builds build/release/concord, build/release/concord-verify and build/assets
	@scripts/assets.sh
	@jobs=$$(scripts/jobs.sh) && cmake --preset release >/dev/null && cmake --build build/release --parallel $$jobs

run: build       ## builds, loads the pilot with demonstration data once, and serves at http://127.0.0.1:8080 (PORT=, DB=)
	@scripts/run.sh "$(DB)" "$(PORT)"

test:            ## builds and runs every test: the rooms on both engines, the pages and the story of a case in a browser, the whole demonstration, the API's document, fuzzing
	@tests/check.sh tests

bench: build     ## measures Concord on the data sets in DATA= and writes docs/benchmarks.md
	@jobs=$$(scripts/jobs.sh) && cmake --preset release -DCONCORD_BENCH=ON >/dev/null && cmake --build build/release --parallel $$jobs --target concord concord-bench
	@bench/run.sh "$(DATA)"

check:           ## what the integration server runs: format, warnings as errors, every test
	@tests/check.sh

format:          ## formats the sources
	@git ls-files 'src/*.cpp' 'src/*.hpp' | xargs clang-format -i

format-check:
	@tests/format.sh

clean:           ## removes the build folder
	@rm -rf build

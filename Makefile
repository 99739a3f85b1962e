# Concord. `make help` lists the commands.
SHELL := /bin/bash
PORT ?= 8080
DB ?= var/concord.db
.DEFAULT_GOAL := help
.PHONY: help packages test-packages build run test check format format-check bench clean

help:            ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*## /\t/' | expand -t 18

packages:
	@scripts/install-packages.sh build

test-packages:
	@scripts/install-packages.sh tests

build: packages  ## builds build/release/concord, build/release/concord-verify and build/assets
	@scripts/assets.sh
	@jobs=$$(scripts/jobs.sh) && cmake --preset release >/dev/null && cmake --build build/release --parallel $$jobs

run: build       ## builds, loads the pilot with demonstration data once, and serves at http://127.0.0.1:8080 (PORT=, DB=)
	@scripts/run.sh "$(DB)" "$(PORT)"

test: test-packages  ## builds and runs every test
	@scripts/assets.sh
	@jobs=$$(scripts/jobs.sh) && cmake --preset ci >/dev/null && cmake --build build/ci --parallel $$jobs
	@tests/run.sh build/ci

check: test-packages format-check  ## what the integration server runs: format, warnings as errors, all tests
	@scripts/assets.sh
	@jobs=$$(scripts/jobs.sh) && cmake --preset ci >/dev/null && cmake --build build/ci --parallel $$jobs
	@tests/run.sh build/ci

format:          ## formats the sources
	@git ls-files 'src/*.cpp' 'src/*.hpp' | xargs clang-format -i

format-check: test-packages
	@git ls-files 'src/*.cpp' 'src/*.hpp' | xargs clang-format --dry-run -Werror

clean:           ## removes the build folder
	@rm -rf build

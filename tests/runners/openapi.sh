#!/usr/bin/env bash
# tests/runners/openapi.sh BUILD_FOLDER: the document of the API, as a running server gives it, under a public linter: no errors and no warnings.
set -u
cd "$(dirname "$0")/../.."
export CONCORD_BUILD=$PWD/${1:-build/ci}
if ! node=$(scripts/node.sh) || ! scripts/npm-packages.sh tests; then echo "0 passed, 1 failed"; exit 1; fi
exec "$node" tests/browser/openapi.mjs

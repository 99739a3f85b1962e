#!/usr/bin/env bash
# tests/runners/conventions.sh: rules of the house, read from the repository's own files.
set -u
cd "$(dirname "$0")/../.."
if ! node=$(scripts/node.sh); then echo "0 passed, 1 failed"; exit 1; fi
exec "$node" tests/conventions/conventions.mjs

